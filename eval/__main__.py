"""`python -m goeswith.eval SUITE`, the same as `goeswith eval SUITE`."""

from __future__ import annotations

from goeswith.engine.cli.context import fail
from goeswith.engine.errors import GoeswithError
from goeswith.eval.cli import app

if __name__ == "__main__":
    try:
        app()
    except GoeswithError as error:
        fail(str(error), error.exit_code)
