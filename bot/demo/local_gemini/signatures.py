"""Thought signatures: a keyed hash over the kind of a part and its bytes.

The key stands in the code, so that a server that was stopped and started again takes back what it signed.
"""

from __future__ import annotations

import hashlib
import hmac

_KEY = b"local-gemini: a stand-in, nothing here is secret"


def sign_picture(picture: bytes) -> bytes:
    return _sign(b"picture", picture)


def sign_text(text: str) -> bytes:
    return _sign(b"text", text.encode())


def is_signature_of_picture(signature: bytes, picture: bytes) -> bool:
    return hmac.compare_digest(signature, sign_picture(picture))


def is_signature_of_text(signature: bytes, text: str) -> bool:
    return hmac.compare_digest(signature, sign_text(text))


def _sign(kind: bytes, content: bytes) -> bytes:
    digest = hmac.new(_KEY, kind + b"\0", hashlib.sha256)
    digest.update(content)
    return digest.digest()
