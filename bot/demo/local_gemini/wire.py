"""JSON as Google's servers read it: names in camel or snake case, both alphabets of base64."""

from __future__ import annotations

import binascii
import json
import re
from typing import Any

from bot.demo.local_gemini.replies import Refusal, detail

_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def as_object(value: Any) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def parse_json(raw: bytes) -> Any:
    """None when it is not JSON."""
    try:
        return json.loads(raw)
    except ValueError:
        return None


def camel_case(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def without_snake_case(sent: dict[str, Any]) -> dict[str, Any]:
    """The same object, its own names (not those further down) in camel case."""
    return {camel_case(name): value for name, value in sent.items()}


def read_object(sent: Any, known: frozenset[str], path: str) -> dict[str, Any]:
    """The object at `path`, its names in camel case; `Refusal` if it is none or has an unknown name."""
    where = f" at '{path}'" if path else ""
    if not isinstance(sent, dict):
        raise _invalid(f"Invalid value{where}: an object was expected.", path)
    fields = without_snake_case(sent)
    for name in sent:
        if camel_case(name) not in known:
            raise _invalid(f'Unknown name "{name}"{where}: Cannot find field.', path)
    return fields


def read_list(sent: Any, path: str) -> list[Any]:
    if not isinstance(sent, list):
        raise _invalid(f"Invalid value at '{path}': a list was expected.", path)
    return sent


def decode_base64(sent: Any) -> bytes | None:
    """Standard or URL-safe, with or without padding; None when it is not base64."""
    if not isinstance(sent, str):
        return None
    try:
        letters = sent.encode("ascii").rstrip(b"=").translate(_URL_SAFE)
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        return None


def read_bytes(sent: Any, path: str) -> bytes:
    decoded = decode_base64(sent)
    if decoded is None:
        raise _invalid(f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed.", path)
    return decoded


def _invalid(problem: str, path: str) -> Refusal:
    message = f"Invalid JSON payload received. {problem}"
    violation = {"field": path, "description": message}
    return Refusal(message, "INVALID_ARGUMENT", detail("BadRequest", fieldViolations=[violation]))
