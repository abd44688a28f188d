"""What goes wrong on the way to Gemini and back, as errors of ours. A foreign exception never leaves `bot.gemini`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import structlog
from google.genai import errors

from bot.gemini_errors import (
    DailyQuotaReached,
    GeminiDown,
    GeminiError,
    GeminiTimeout,
    GeminiUnreachable,
    GeminiUnreadable,
    OperatorNeeded,
    RateLimited,
    RequestRejected,
    RequestTooLarge,
    SignatureRejected,
)

log = structlog.get_logger(__name__)

NOTHING_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL)
"""There was no connection yet over which Gemini could have been asked."""


@contextmanager
def translated(timeout_seconds: float) -> Iterator[None]:
    """Raises a GeminiError for whatever google-genai and its HTTP client raise inside the block."""
    try:
        yield
    except errors.APIError as error:
        log.warning("gemini answered with an error", code=error.code, status=error.status)
        raise api_error(error) from error
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise GeminiTimeout(timeout_seconds, maybe_paid=not isinstance(error, NOTHING_SENT)) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        log.warning("connection to gemini broke", error=type(error).__name__)
        raise GeminiUnreachable(maybe_paid=not isinstance(error, NOTHING_SENT)) from error
    except (json.JSONDecodeError, ValueError, KeyError, AttributeError, TypeError) as error:
        log.warning("gemini's answer is not readable", error=type(error).__name__)
        raise GeminiUnreadable from error


def api_error(error: errors.APIError) -> GeminiError:
    """An HTTP error of Gemini by its code, status and details."""
    body = _body(error)
    if error.code == 429:
        return _too_many(body)
    if error.code == 400:
        return _bad_request(body)
    if error.code in (401, 403):
        return OperatorNeeded("Gemini does not accept my API key")
    if error.code == 402:
        return OperatorNeeded("the prepaid credit for Gemini is used up")
    if error.code == 404:
        return OperatorNeeded("Gemini does not know the model that is set")
    if error.code == 413:
        return RequestTooLarge()
    return GeminiDown()


def _too_many(body: dict[str, Any]) -> GeminiError:
    quotas = [violation.get("quotaId", "") for violation in _detail(body, "QuotaFailure").get("violations", [])]
    if "limit: 0" in body.get("message", ""):
        return OperatorNeeded("the Gemini key has no quota for this model; billing may not be set up")
    if any("PerDay" in quota for quota in quotas):
        return DailyQuotaReached()
    return RateLimited(_seconds(_detail(body, "RetryInfo").get("retryDelay")))


def _bad_request(body: dict[str, Any]) -> GeminiError:
    message = body.get("message", "").lower()
    if _detail(body, "ErrorInfo").get("reason") == "API_KEY_INVALID" or "api key not valid" in message:
        return OperatorNeeded("the Gemini API key is not valid")
    if "thought_signature" in message or "thought signature" in message:
        return SignatureRejected()
    if "payload size" in message or "request size" in message:
        return RequestTooLarge()
    if body.get("status") == "FAILED_PRECONDITION":
        return OperatorNeeded("Gemini is not available to this key; billing or the region may be the reason")
    return RequestRejected()


def _body(error: errors.APIError) -> dict[str, Any]:
    details: Any = error.details
    if isinstance(details, list) and details:
        details = details[0]
    body = details.get("error", details) if isinstance(details, dict) else {}
    return body if isinstance(body, dict) else {}


def _detail(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """The detail of that type: `"@type": "type.googleapis.com/google.rpc.RetryInfo"`."""
    for detail in body.get("details") or []:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith(kind):
            return detail
    return {}


def _seconds(duration: object) -> float | None:
    """A protobuf duration in JSON, such as "45.837906927s"."""
    try:
        return float(str(duration).removesuffix("s"))
    except ValueError:
        return None
