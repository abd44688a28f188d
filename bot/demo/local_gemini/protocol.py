"""A generate request: read from JSON, refused in Google's words when it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.demo.local_gemini.contents import Content, check_contents, picture_dimensions, read_contents
from bot.demo.local_gemini.models import Model, nearest_ratio
from bot.demo.local_gemini.replies import Refusal
from bot.demo.local_gemini.wire import read_list, read_object

_REQUEST_FIELDS = frozenset(
    {"model", "contents", "generationConfig", "safetySettings", "systemInstruction", "serviceTier", "store"}
)
_CONFIG_FIELDS = frozenset(
    {
        "responseModalities",
        "imageConfig",
        "thinkingConfig",
        "temperature",
        "topP",
        "topK",
        "seed",
        "candidateCount",
        "maxOutputTokens",
        "stopSequences",
        "mediaResolution",
    }
)
_IMAGE_FIELDS = frozenset({"aspectRatio", "imageSize"})
_THINKING_FIELDS = frozenset({"includeThoughts", "thinkingBudget", "thinkingLevel"})
_CONFIG_PATH = "generation_config"


@dataclass(frozen=True)
class GenerateRequest:
    """A request that is right in all that is checked."""

    model: Model
    contents: tuple[Content, ...]
    aspect_ratio: str
    image_size: str
    modalities: frozenset[str]
    include_thoughts: bool


def read_request(body: Any, model: Model, max_pictures_per_prompt: int) -> GenerateRequest:
    """`body` is None when it was not JSON. Raises `Refusal` for the first thing that is wrong."""
    if body is None:
        raise Refusal("Invalid JSON payload received. Unexpected end of string or unknown token.")
    request = read_object(body, _REQUEST_FIELDS, "")
    config = read_object(request.get("generationConfig", {}), _CONFIG_FIELDS, _CONFIG_PATH)
    image = read_object(config.get("imageConfig", {}), _IMAGE_FIELDS, f"{_CONFIG_PATH}.image_config")
    thinking = read_object(config.get("thinkingConfig", {}), _THINKING_FIELDS, f"{_CONFIG_PATH}.thinking_config")
    _check_settings(model, config)
    modalities = _modalities(config.get("responseModalities"))
    size = _size(model, image.get("imageSize"))
    ratio = _ratio(model, image.get("aspectRatio"))
    contents = read_contents(request.get("contents"))
    check_contents(contents, max_pictures_per_prompt)
    return GenerateRequest(
        model=model,
        contents=contents,
        aspect_ratio=ratio or _ratio_of_newest_picture(model, contents),
        image_size=size,
        modalities=modalities,
        include_thoughts=thinking.get("includeThoughts") is not False,
    )


def _check_settings(model: Model, config: dict[str, Any]) -> None:
    if "seed" in config and not model.takes_seed:
        raise Refusal(f"Seed is not supported by models/{model.id}.")
    if config.get("candidateCount", 1) != 1:
        raise Refusal("Multiple candidates is not enabled for this model")


def _modalities(sent: Any) -> frozenset[str]:
    modalities = frozenset(map(str, read_list(sent, f"{_CONFIG_PATH}.response_modalities"))) if sent else None
    if modalities is None:
        return frozenset({"TEXT", "IMAGE"})
    if not modalities <= {"TEXT", "IMAGE"}:
        raise Refusal("The requested combination of response modalities is not supported by the model.")
    return modalities


def _size(model: Model, sent: Any) -> str:
    if sent is None:
        return "1K"
    if not model.sizes:
        raise Refusal(f"Image size is not configurable for models/{model.id}.")
    if sent not in model.sizes:
        raise Refusal(f"Image size {sent!r} is not supported. Supported values are: {', '.join(model.sizes)}.")
    return str(sent)


def _ratio(model: Model, sent: Any) -> str | None:
    if sent is None:
        return None
    if sent not in model.ratios:
        raise Refusal(f"Aspect ratio {sent!r} is not supported. Supported values are: {', '.join(model.ratios)}.")
    return str(sent)


def _ratio_of_newest_picture(model: Model, contents: tuple[Content, ...]) -> str:
    """What Gemini does without an aspectRatio: like the picture that it was given, else square."""
    pictures = [picture for content in contents for picture in content.pictures]
    return nearest_ratio(model, *picture_dimensions(pictures[-1])) if pictures else "1:1"
