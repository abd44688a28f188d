"""Everything that can come instead of a picture, as Gemini, a proxy or the network would send it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.demo.local_gemini import replies
from bot.demo.local_gemini.answers import envelope
from bot.demo.local_gemini.replies import Refusal, Reply, detail, json_reply

_QUOTA_METRIC = "generativelanguage.googleapis.com/generate_content_paid_tier_requests"


class Fault(StrEnum):
    """What the next answer is; the parameters in brackets can be given to `LocalGemini.fail_next`."""

    PROMPT_BLOCKED = "prompt_blocked"
    """No candidates, a blockReason (reason)."""
    PICTURE_BLOCKED = "picture_blocked"
    """A candidate without content (reason, message)."""
    NO_IMAGE = "no_image"
    """A candidate without content, finishReason NO_IMAGE (message)."""
    UNKNOWN_FINISH = "unknown_finish"
    """A candidate without content, for a reason that no SDK knows yet (reason)."""
    TEXT_ONLY = "text_only"
    """Finished as asked, but with words alone (text)."""
    EMPTY = "empty"
    """No candidates and no reason."""
    TWO_PICTURES = "two_pictures"
    """A good answer with a second, mirrored picture after the first; both are signed."""
    RATE_LIMITED = "rate_limited"
    """429 with a RetryInfo (retry_delay, in seconds)."""
    DAILY_QUOTA = "daily_quota"
    """429 for a quota per day (limit)."""
    NO_BILLING = "no_billing"
    """429 with a limit of 0."""
    BAD_KEY = "bad_key"
    NO_KEY = "no_key"
    NO_CREDIT = "no_credit"
    """402."""
    SERVER_ERROR = "server_error"
    """500."""
    OVERLOADED = "overloaded"
    """503."""
    DEADLINE = "deadline"
    """504."""
    REQUEST_TOO_LARGE = "request_too_large"
    """400 for the size of the payload (limit, in bytes)."""
    SIGNATURE_REJECTED = "signature_rejected"
    """400 for a missing thought signature (content, part: positions from 1)."""
    NOT_JSON = "not_json"
    """200 with a body that is not JSON."""
    NO_BODY = "no_body"
    """200 with an empty body."""
    HTML_ERROR = "html_error"
    """502 with a page, as a proxy sends it."""
    TIMEOUT = "timeout"
    """No answer, until the client goes away."""
    DROPPED = "dropped"
    """The connection is closed without an answer."""
    DROPPED_HALFWAY = "dropped_halfway"
    """The connection is closed in the middle of a good answer's body."""


@dataclass(frozen=True)
class QueuedFault:
    fault: Fault
    parameters: dict[str, Any]

    def reply(self, model_id: str) -> Reply | None:
        """The whole answer; None for a fault that needs a drawing or the connection."""
        answer = _ANSWERS.get(self.fault)
        return answer(model_id, **self.parameters) if answer is not None else None


def queued_fault(fault: Fault, parameters: dict[str, Any]) -> QueuedFault:
    """TypeError for a parameter that `fault` does not have."""
    if fault in _ANSWERS:
        inspect.signature(_ANSWERS[fault]).bind("model", **parameters)
    elif parameters:
        raise TypeError(f"{fault} takes no parameters")
    return QueuedFault(fault, parameters)


def _prompt_blocked(model_id: str, *, reason: str = "PROHIBITED_CONTENT") -> Reply:
    return json_reply({"promptFeedback": {"blockReason": reason}, **envelope(model_id)})


def _without_content(
    model_id: str,
    *,
    reason: str = "IMAGE_SAFETY",
    message: str = "Unable to show the generated image. You will not be charged for blocked images.",
) -> Reply:
    candidate = {"finishReason": reason, "finishMessage": message, "index": 0}
    return json_reply({"candidates": [candidate], **envelope(model_id)})


def _no_image(model_id: str, *, message: str = "Unable to generate an image for this prompt.") -> Reply:
    return _without_content(model_id, reason="NO_IMAGE", message=message)


def _unknown_finish(model_id: str, *, reason: str = "IMAGE_MELTED") -> Reply:
    return _without_content(model_id, reason=reason, message="The image came to an end nobody had foreseen.")


def _text_only(model_id: str, *, text: str = "What should the person in the picture be doing?") -> Reply:
    content = {"role": "model", "parts": [{"text": text}]}
    return json_reply({"candidates": [{"content": content, "finishReason": "STOP"}], **envelope(model_id)})


def _empty(model_id: str) -> Reply:
    return json_reply({"candidates": [], **envelope(model_id)})


def _rate_limited(model_id: str, *, retry_delay: float = 45.837906927) -> Reply:
    delay = f"{retry_delay:.9f}".rstrip("0").rstrip(".") + "s"
    message = f"{_quota_message(20, model_id)}\nPlease retry in {delay}."
    retry = detail("RetryInfo", retryDelay=delay)
    return _exhausted(message, _quota_failure("PerMinute", model_id, 20), retry)


def _daily_quota(model_id: str, *, limit: int = 250) -> Reply:
    return _exhausted(_quota_message(limit, model_id), _quota_failure("PerDay", model_id, limit))


def _no_billing(model_id: str) -> Reply:
    return _exhausted(_quota_message(0, model_id), _quota_failure("PerDay", model_id, 0, tier="FreeTier"))


def _exhausted(message: str, *details: dict[str, Any]) -> Reply:
    return Refusal(message, "RESOURCE_EXHAUSTED", *details).reply()


def _quota_message(limit: int, model_id: str) -> str:
    return (
        "You exceeded your current quota, please check your plan and billing details. \n"
        f"* Quota exceeded for metric: {_QUOTA_METRIC}, limit: {limit}, model: {model_id}"
    )


def _quota_failure(period: str, model_id: str, limit: int, tier: str = "PaidTier") -> dict[str, Any]:
    violation = {
        "quotaMetric": _QUOTA_METRIC,
        "quotaId": f"GenerateRequests{period}PerProjectPerModel-{tier}",
        "quotaDimensions": {"location": "global", "model": model_id},
        "quotaValue": str(limit),
    }
    return detail("QuotaFailure", violations=[violation])


def _request_too_large(_model_id: str, *, limit: int = 20 * 1024 * 1024) -> Reply:
    return replies.too_large(limit).reply()


def _signature_rejected(_model_id: str, *, content: int = 2, part: int = 1) -> Reply:
    return replies.missing_signature("Image", content, part).reply()


def _not_json(_model_id: str) -> Reply:
    return Reply(200, b'{"candidates": [{"content": {"parts": [{"inlineData"')


def _no_body(_model_id: str) -> Reply:
    return Reply(200, b"")


def _html_error(_model_id: str) -> Reply:
    page = b"<!DOCTYPE html><html><title>Error 502</title><p>The server encountered a temporary error."
    return Reply(502, page, "text/html")


def _always(refusal: Refusal) -> Callable[[str], Reply]:
    def answer(_model_id: str) -> Reply:
        return refusal.reply()

    return answer


_ANSWERS: dict[Fault, Callable[..., Reply]] = {
    Fault.PROMPT_BLOCKED: _prompt_blocked,
    Fault.PICTURE_BLOCKED: _without_content,
    Fault.NO_IMAGE: _no_image,
    Fault.UNKNOWN_FINISH: _unknown_finish,
    Fault.TEXT_ONLY: _text_only,
    Fault.EMPTY: _empty,
    Fault.RATE_LIMITED: _rate_limited,
    Fault.DAILY_QUOTA: _daily_quota,
    Fault.NO_BILLING: _no_billing,
    Fault.BAD_KEY: _always(replies.bad_key()),
    Fault.NO_KEY: _always(replies.no_key()),
    Fault.NO_CREDIT: _always(Refusal("Your prepayment credits are depleted.", "FAILED_PRECONDITION")),
    Fault.SERVER_ERROR: _always(Refusal("An internal error has occurred.", "INTERNAL")),
    Fault.OVERLOADED: _always(Refusal("The model is overloaded. Please try again later.", "UNAVAILABLE")),
    Fault.DEADLINE: _always(Refusal("Deadline expired before operation could complete.", "DEADLINE_EXCEEDED")),
    Fault.REQUEST_TOO_LARGE: _request_too_large,
    Fault.SIGNATURE_REJECTED: _signature_rejected,
    Fault.NOT_JSON: _not_json,
    Fault.NO_BODY: _no_body,
    Fault.HTML_ERROR: _html_error,
}
