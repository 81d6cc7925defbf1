"""Errors of the prompts room.

PromptsError
├── LMSettingsError     the [lm] settings cannot be used as they are
├── BudgetSpentError    a purse refuses a call (raised by the purse, before the call is made)
└── CallError           a model call gave no usable text; `reason` is one of `FailReason`

Programs never let a CallError or a BudgetSpentError out: they return a `Failed`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

FailReason = Literal[
    "deadline",
    "timeout",
    "budget",
    "rate_limited",
    "server",
    "refused",
    "unreachable",
    "breaker_open",
    "cancelled",
    "deferred",
    "not_configured",
    "bad_reply",
    "untrusted_reply",
    "nothing_asked",
]


class PromptsError(Exception):
    """Base of every error this room raises on purpose."""


class LMSettingsError(PromptsError):
    """The [lm] settings cannot be used as they are."""


class BudgetSpentError(PromptsError):
    """A purse refuses a call: calls, tokens or money are spent."""


class CallError(PromptsError):
    """A model call gave no usable text.

    `detail` is safe to log: it never holds a key, a prompt or a reply.
    `retry_after` is the server's own wish in seconds, or None.
    """

    def __init__(
        self, reason: FailReason, detail: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: FailReason = reason
        self.detail = detail
        self.retry_after = retry_after


class Failed(msgspec.Struct, frozen=True):
    """A program gave no result. Never to be read as "the model said no".

    `detail` is safe to log and to show: it never holds a key, a prompt or a reply.
    """

    reason: FailReason
    detail: str = ""
