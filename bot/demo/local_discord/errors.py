"""The refusals of Discord's API, with their HTTP status and code.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes. Statuses that the page does not give
are those seen in bug reports (160002 is a 403 there); that of 160005 could not be verified.
"""

import json
from typing import Any


class ApiError(Exception):
    """A request that the local Discord refuses; `body` is what the client reads."""

    def __init__(
        self, status: int, code: int, message: str, errors: dict[str, Any] | None = None, *, html: str | None = None
    ) -> None:
        super().__init__(f"{status} (error code: {code}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self._errors = errors
        self._html = html

    @property
    def content_type(self) -> str:
        return "application/json" if self._html is None else "text/html"

    @property
    def body(self) -> bytes:
        if self._html is not None:
            return self._html.encode()
        payload: dict[str, Any] = {"message": self.message, "code": self.code}
        if self._errors is not None:
            payload["errors"] = self._errors
        return json.dumps(payload).encode()


def invalid_form(field: str, code: str, message: str) -> ApiError:
    """A 50035 about one field; a dotted `field` is nested, as in `data.content`."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors)


def too_long(field: str, most: int) -> ApiError:
    return invalid_form(field, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def file_too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")


def request_too_large(*, as_json: bool) -> ApiError:
    """The whole request is too large: mostly answered by the proxy in front of Discord, in HTML."""
    html = None if as_json else "<html><head><title>413 Request Entity Too Large</title></head></html>"
    return ApiError(413, 40005, "Request entity too large", html=html)


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def unknown(subject: str) -> ApiError:
    codes = {
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "User": 10013,
        "Webhook": 10015,
        "Interaction": 10062,
        "application command": 10063,
    }
    return ApiError(404, codes[subject], f"Unknown {subject}")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def wrong_channel_type() -> ApiError:
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def not_the_author() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def thread_archived() -> ApiError:
    return ApiError(400, 50083, "Thread is archived")


def thread_locked() -> ApiError:
    return ApiError(403, 160005, "Thread is locked")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def invalid_webhook_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")
