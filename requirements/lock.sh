#!/bin/sh
# Resolve the locked requirements for Python 3.11 to 3.13: lock.sh UV. Run through `make lock`;
# pins stay where they are unless UPGRADE=1 is set.
set -eu
uv=$1

resolve() {
    target=$1
    shift
    "$uv" --no-config pip compile --quiet ${UPGRADE:+--upgrade} --universal --python-version 3.11 \
        --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
        --constraints requirements/constraints.in --output-file "$target" "$@" \
        pyproject.toml requirements/build.in
    echo "wrote $target: $(grep -c '==' "$target") packages"
}

resolve requirements/run.txt --extra demo --extra mcp
resolve requirements/test.txt --constraints requirements/run.txt \
    --extra demo --extra mcp --extra eval --extra lm --extra redis --extra dask --extra ray \
    --extra langchain --extra llamaindex --extra telemetry --extra bench --extra test --extra dev
