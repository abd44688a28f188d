"""Answers as they go out, and Google's shape of an error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

STATUS_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 402,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""HTTP code of each status used here. Google answers 402 when prepaid credit is used up; which status it
names there is not known, FAILED_PRECONDITION is a guess."""


@dataclass(frozen=True)
class Reply:
    """A whole answer, encoded."""

    status: int
    body: bytes
    content_type: str = "application/json"


class Refusal(Exception):
    """An error in Google's shape; `details` are its typed messages, each with an "@type"."""

    def __init__(self, message: str, status: str = "INVALID_ARGUMENT", *details: dict[str, Any]) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.details = details

    def reply(self) -> Reply:
        code = STATUS_CODES[self.status]
        error: dict[str, Any] = {"code": code, "message": self.message, "status": self.status}
        if self.details:
            error["details"] = list(self.details)
        return json_reply({"error": error}, code)


def json_reply(body: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


def detail(kind: str, **fields: Any) -> dict[str, Any]:
    """A typed message of google.rpc, such as `ErrorInfo` or `RetryInfo`."""
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


def bad_key() -> Refusal:
    info = detail(
        "ErrorInfo",
        reason="API_KEY_INVALID",
        domain="googleapis.com",
        metadata={"service": "generativelanguage.googleapis.com"},
    )
    return Refusal("API key not valid. Please pass a valid API key.", "INVALID_ARGUMENT", info)


def no_key() -> Refusal:
    return Refusal(
        "Method doesn't allow unregistered callers (callers without established identity). Please use API "
        "Key or other form of API consumer identity to call this API.",
        "PERMISSION_DENIED",
    )


def too_large(limit: int) -> Refusal:
    return Refusal(f"Request payload size exceeds the limit: {limit} bytes.")


def missing_signature(kind: str, content: int, part: int) -> Refusal:
    """`kind` is Image or Text; positions count from 1."""
    return Refusal(f"{kind} part is missing a thought_signature in content position {content}, part position {part}.")
