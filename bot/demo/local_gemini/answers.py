"""The body of a good answer, and of the answers that look good but hold no picture."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from bot.demo.local_gemini.drawing import Drawing
from bot.demo.local_gemini.models import OUTPUT_TOKENS
from bot.demo.local_gemini.protocol import GenerateRequest
from bot.demo.local_gemini.replies import Reply, json_reply
from bot.demo.local_gemini.signatures import sign_picture, sign_text

_TOKENS_OF_INPUT_PICTURE = 258
_TOKENS_OF_THOUGHTS = 96
_CHARACTERS_A_TOKEN = 4

_WORDS = "Here is your picture, drawn by the local stand-in for Gemini."
_WORDS_WITHOUT_PICTURE = "Only text was asked for, so nothing was drawn."
_THOUGHT = "Laying out a rough draft before drawing the final picture."


def picture_answer(request: GenerateRequest, drawing: Drawing) -> Reply:
    """Thoughts with the draft, if there is one, words, and each picture of `drawing`, signed."""
    parts = [] if drawing.draft is None else _thoughts(drawing.draft)
    if "TEXT" in request.modalities:
        parts.append(_signed_text(_WORDS))
    parts.extend(_signed_picture(picture, drawing.mime_type) for picture in drawing.pictures)
    tokens = len(drawing.pictures) * OUTPUT_TOKENS[request.image_size]
    usage = _usage(request, tokens, drawing.draft is not None)
    return _answer(request, parts, usage)


def text_answer(request: GenerateRequest) -> Reply:
    """For a request that leaves IMAGE out of the modalities."""
    words = _WORDS_WITHOUT_PICTURE
    return _answer(request, [_signed_text(words)], _usage(request, len(words) // _CHARACTERS_A_TOKEN, False))


def envelope(model_id: str, usage: dict[str, Any] | None = None) -> dict[str, Any]:
    """What every 200 answer holds beside its candidates."""
    counts = usage or {
        "promptTokenCount": _TOKENS_OF_INPUT_PICTURE,
        "totalTokenCount": _TOKENS_OF_INPUT_PICTURE,
    }
    return {"usageMetadata": counts, "modelVersion": model_id, "responseId": uuid.uuid4().hex}


def _answer(request: GenerateRequest, parts: list[dict[str, Any]], usage: dict[str, Any]) -> Reply:
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    return json_reply({"candidates": [candidate], **envelope(request.model.id, usage)})


def _thoughts(draft: bytes) -> list[dict[str, Any]]:
    return [
        {"text": _THOUGHT, "thought": True},
        {"inlineData": _blob(draft, "image/jpeg"), "thought": True},
    ]


def _signed_text(text: str) -> dict[str, Any]:
    return {"text": text, "thoughtSignature": _base64(sign_text(text))}


def _signed_picture(picture: bytes, mime_type: str) -> dict[str, Any]:
    return {"inlineData": _blob(picture, mime_type), "thoughtSignature": _base64(sign_picture(picture))}


def _blob(picture: bytes, mime_type: str) -> dict[str, Any]:
    return {"mimeType": mime_type, "data": _base64(picture)}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _usage(request: GenerateRequest, output_tokens: int, with_thoughts: bool) -> dict[str, Any]:
    pictures = sum(len(content.pictures) for content in request.contents)
    letters = sum(len(content.text) for content in request.contents)
    text_tokens = max(1, letters // _CHARACTERS_A_TOKEN)
    picture_tokens = pictures * _TOKENS_OF_INPUT_PICTURE
    thought_tokens = _TOKENS_OF_THOUGHTS if with_thoughts else 0
    return {
        "promptTokenCount": text_tokens + picture_tokens,
        "candidatesTokenCount": output_tokens,
        "thoughtsTokenCount": thought_tokens,
        "totalTokenCount": text_tokens + picture_tokens + output_tokens + thought_tokens,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": text_tokens},
            {"modality": "IMAGE", "tokenCount": picture_tokens},
        ],
    }
