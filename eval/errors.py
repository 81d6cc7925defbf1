"""Errors of the harness. All are `GoeswithError`, so the command line shows them as one line."""

from __future__ import annotations

from goeswith.engine.errors import GoeswithError


class EvalError(GoeswithError):
    """A suite cannot be run: data or a library is absent, or the split leaks."""


class EvalUsageError(EvalError):
    """A suite, an arm or a number was asked for that does not exist or makes no sense."""

    exit_code = 2


class NotRun(EvalError):  # noqa: N818 (an outcome that is told, not a failure)
    """An arm cannot work here, for instance without an LM. It is told as not run, never as zero."""
