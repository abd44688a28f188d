"""What Gemini says instead of a picture, as errors of ours: which it was, and which are worth one more try.

The reasons come from google.genai.types (FinishReason, BlockedReason). A reason that the SDK does not know becomes a
value made on the fly, so everything here goes by name.
"""

from __future__ import annotations

from google.genai import types

from bot.gemini_errors import (
    AnsweredInWords,
    GeminiError,
    NoPicture,
    PictureBlocked,
    PictureRecited,
    PromptBlocked,
    SignatureRejected,
)

RECITED = frozenset({"RECITATION", "IMAGE_RECITATION"})
BLOCKED = frozenset({"SAFETY", "PROHIBITED_CONTENT", "IMAGE_PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "ESCALATION"})


def refusal(response: types.GenerateContentResponse) -> GeminiError:
    """Why a response holds no picture."""
    if not response.candidates:
        feedback = response.prompt_feedback
        return PromptBlocked() if feedback is not None and feedback.block_reason else NoPicture()
    reason = finish_reason(response)
    if reason == "IMAGE_SAFETY":
        return PictureBlocked(safety=True)
    if reason in BLOCKED:
        return PictureBlocked(safety=False)
    if reason in RECITED:
        return PictureRecited()
    if reason == "MISSING_THOUGHT_SIGNATURE":
        return SignatureRejected()
    text = answer_text(response)
    return AnsweredInWords(text) if reason == "STOP" and text else NoPicture()


def finish_reason(response: types.GenerateContentResponse) -> str:
    """The reason's name, empty when there is none."""
    if not response.candidates or response.candidates[0].finish_reason is None:
        return ""
    return str(response.candidates[0].finish_reason.value)


def answer_parts(response: types.GenerateContentResponse) -> list[types.Part]:
    """The parts of the answer without the model's thoughts."""
    if not response.candidates:
        return []
    content = response.candidates[0].content
    if content is None or not content.parts:
        return []
    return [part for part in content.parts if not part.thought]


def answer_text(response: types.GenerateContentResponse) -> str:
    """What the model wrote, thoughts left out."""
    return "\n".join(part.text for part in answer_parts(response) if part.text).strip()
