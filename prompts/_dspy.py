"""The DSPy side of a program: signature, adapter, engine. The only file that imports DSPy."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import dspy  # type: ignore[import-untyped]
from dspy import lm15
from dspy.utils.exceptions import (  # type: ignore[import-untyped]
    AdapterParseError,
    LMError,
)

from goeswith.prompts.errors import CallError, FailReason
from goeswith.prompts.lm import LM, Call, Reply
from goeswith.prompts.question import Message, Question, messages
from goeswith.prompts.reply import ReplyError, read_object

Untyped: TypeAlias = Any
"""An object of DSPy, which ships no types."""

dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False, restrict_pickle=True)


class FencedAdapter(dspy.Adapter):  # type: ignore[misc]
    """Lays out messages as `question.messages` does and reads replies strictly."""

    def __init__(self, question: Question, refused: tuple[str, str] | None = None) -> None:
        super().__init__()
        self._question = question
        self._refused = refused
        self.problem = ReplyError("The reply was empty.")

    def format(
        self,
        signature: Untyped,
        demos: list[dict[str, Any]],
        inputs: dict[str, Any],
    ) -> list[Message]:
        """Return the chat messages."""
        return messages(
            self._question,
            inputs,
            instructions=signature.instructions,
            demos=tuple(dict(demo) for demo in demos),
            refused=self._refused,
        )

    def parse(self, signature: Untyped, completion: str) -> dict[str, object]:
        """Return the reply's fields. Raises AdapterParseError."""
        try:
            return read_object(completion, self._question.fields)
        except ReplyError as error:
            self.problem = error
            raise AdapterParseError(
                adapter_name="FencedAdapter",
                signature=signature,
                lm_response="",
                message=str(error),
            ) from None


class _Bound:
    """What one asking is bound to, and what came of it."""

    def __init__(self, lm: LM, call: Call, schema: dict[str, object]) -> None:
        self.lm = lm
        self.call = call
        self.schema = schema
        self.failure: CallError | None = None
        self.reply: Reply | None = None

    def take(self, reply: Reply) -> Untyped:
        self.reply = reply
        return lm15.Response(
            id=None,
            model=reply.model,
            message=lm15.Message.assistant(reply.text or " "),
            finish_reason="stop",
            usage=lm15.Usage(),
        )

    def refuse(self, error: CallError) -> Untyped:
        self.failure = error
        return lm15.ServerError(str(error))


class _Engine(_Bound):
    """The engine for code that is not on the LM's loop (compiling, notebooks)."""

    def complete(self, request: Untyped) -> Untyped:
        try:
            return self.take(self.lm.complete(_chat(request), self.schema, self.call))
        except CallError as error:
            raise self.refuse(error) from None


class _LoopEngine(_Bound):
    """The engine on the LM's own loop, used when serving."""

    async def complete(self, request: Untyped) -> Untyped:
        try:
            return self.take(await self.lm.on_loop(_chat(request), self.schema, self.call))
        except CallError as error:
            raise self.refuse(error) from None


def _chat(request: lm15.Request) -> list[Message]:
    chat: list[Message] = []
    if request.system is not None:
        parts = request.system
        words = parts if isinstance(parts, str) else "".join(part.text for part in parts)
        chat.append({"role": "system", "content": words})
    chat.extend({"role": m.role, "content": m.text or ""} for m in request.messages)
    return chat


@functools.cache
def signature(question: Question) -> Untyped:
    """Return the typed DSPy signature of a question."""
    fields: dict[str, tuple[object, object]] = {
        i.name: (i.kind, dspy.InputField(desc=i.about)) for i in question.inputs
    }
    fields |= {name: (kind, dspy.OutputField()) for name, kind in question.fields.items()}
    return dspy.Signature(fields, question.instructions.strip(), signature_name=question.name)


def predictor(question: Question, state: bytes) -> Untyped:
    """Return the DSPy program of a question with its compiled state, if there is any.

    The state is DSPy's state-only JSON. A model named in it is not used.
    """
    predict = dspy.Predict(signature(question))
    if state:
        loaded = msgspec.json.decode(state, type=dict[str, Any])
        predict.load_state(loaded | {"lm": None})
    return predict


def bootstrap(
    lm: LM,
    question: Question,
    examples: list[tuple[dict[str, object], object]],
    value: Callable[..., float],
    *,
    call: Call,
    demos: int,
    good: float,
) -> bytes:
    """Return the state of a program whose demos are its own good replies to the examples."""
    from dspy.teleprompt import BootstrapFewShot  # type: ignore[import-untyped]

    optimiser = BootstrapFewShot(
        metric=value,
        metric_threshold=good,
        max_bootstrapped_demos=demos,
        max_labeled_demos=0,
        max_errors=len(examples) + 1,
    )
    trainset = [
        dspy.Example(**inputs, asking=asking).with_inputs(*inputs) for inputs, asking in examples
    ]
    engine = _Engine(lm, call, question.schema())
    with dspy.context(
        lm=_dspy_lm(lm, engine, None), adapter=FencedAdapter(question), disable_history=True
    ):
        compiled = optimiser.compile(predictor(question, b""), trainset=trainset)
    state: dict[str, Any] = compiled.dump_state()
    kept = {name: state[name] for name in ("demos", "signature")}
    return msgspec.json.encode(kept | {"lm": None, "traces": [], "train": []}, order="sorted")


async def ask(
    lm: LM,
    question: Question,
    predict: Untyped,
    inputs: dict[str, object],
    *,
    call: Call,
    refused: tuple[str, str] | None,
) -> tuple[str, dict[str, object] | ReplyError]:
    """Ask once, on the LM's loop. Returns the raw text and its fields, or why it cannot be read.

    Raises:
        CallError: no text came.
    """
    engine = _LoopEngine(lm, call, question.schema())
    adapter = FencedAdapter(question, refused)
    try:
        with dspy.context(
            lm=_dspy_lm(lm, _Engine(lm, call, engine.schema), engine),
            adapter=adapter,
            disable_history=True,
            trace=None,
            callbacks=[],
            usage_tracker=None,
        ):
            prediction = await predict.acall(**inputs)
    except AdapterParseError:
        return engine.reply.text if engine.reply else "", adapter.problem
    except LMError as error:
        raise engine.failure or error.__cause__ or error from None
    text = engine.reply.text if engine.reply else ""
    return text, {name: prediction[name] for name in question.fields}


def _dspy_lm(lm: LM, engine: _Engine, loop_engine: _LoopEngine | None) -> Untyped:
    return dspy.LM(
        "openai/" + (lm.settings.model.rpartition("/")[2] or "model"),
        engine=engine,
        async_engine=loop_engine,
        cache=False,
        num_retries=0,
    )


async def complete(
    lm: Untyped, chat: list[Message], cap: int
) -> tuple[str, int | None, int | None, bool]:
    """Make one call through a user's `dspy.LM`: text, tokens in and out, whether it was cut.

    Raises:
        CallError: the call failed.
    """
    roles = {"user": lm15.Message.user, "assistant": lm15.Message.assistant}
    request = lm15.Request(
        model=lm.model,
        system=chat[0]["content"],
        messages=tuple(roles[m["role"]](m["content"]) for m in chat[1:]),
        config=lm15.Config(max_tokens=cap),
    )
    with dspy.context(disable_history=True, callbacks=[], usage_tracker=None):
        try:
            response = await lm.acall(request)
        except LMError as error:
            reason = _REASONS.get(type(error).__name__, "server")
            wait = getattr(error, "retry_after", None)
            raise CallError(reason, type(error).__name__, wait) from None
    usage = response.usage
    cut = response.finish_reason == "length"
    return response.text or "", usage.input_tokens, usage.output_tokens, cut


_REASONS: dict[str, FailReason] = {
    "LMRateLimitError": "rate_limited",
    "LMServerError": "server",
    "LMTimeoutError": "timeout",
    "LMTransportError": "unreachable",
    "LMAuthError": "refused",
    "LMBillingError": "refused",
    "LMInvalidRequestError": "refused",
    "ContextWindowExceededError": "refused",
    "LMUnsupportedModelError": "refused",
    "LMUnsupportedFeatureError": "refused",
    "LMConfigurationError": "not_configured",
    "LMNotConfiguredError": "not_configured",
}
