"""The models that the stand-in knows, and what they can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.demo.local_gemini.replies import Refusal

COMMON_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
ALL_RATIOS = (*COMMON_RATIOS, "1:4", "4:1", "1:8", "8:1")

SCALES = {"512": 0.5, "1K": 1.0, "2K": 2.0, "4K": 4.0}
"""Length of a side, against the same side at 1K."""

OUTPUT_TOKENS = {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520}
"""Tokens that a picture is counted as: of the order of Gemini's, no promise of its bill."""


@dataclass(frozen=True)
class Model:
    """`sizes` is empty where the model takes no imageSize at all."""

    id: str
    name: str
    sizes: tuple[str, ...]
    ratios: tuple[str, ...]
    takes_seed: bool = True


MODELS = {
    model.id: model
    for model in (
        Model("gemini-nano-banana-2.1", "Nano Banana 2.1", ("1K", "2K", "4K"), ALL_RATIOS, takes_seed=False),
        Model("gemini-3-pro-image", "Gemini 3 Pro Image", ("1K", "2K", "4K"), COMMON_RATIOS),
        Model("gemini-3.1-flash-image", "Gemini 3.1 Flash Image", ("512", "1K", "2K", "4K"), ALL_RATIOS),
        Model("gemini-3.1-flash-lite-image", "Gemini 3.1 Flash Lite Image", (), COMMON_RATIOS),
    )
}


def find_model(model_id: str, api_version: str) -> Model:
    """Raises `Refusal` in Google's words for a model that is not known."""
    if model_id not in MODELS:
        raise Refusal(
            f"models/{model_id} is not found for API version {api_version}, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their supported "
            "methods.",
            "NOT_FOUND",
        )
    return MODELS[model_id]


def describe(model: Model) -> dict[str, Any]:
    """The model as `models.get` and `models.list` show it."""
    return {
        "name": f"models/{model.id}",
        "version": "local",
        "displayName": f"{model.name} (local stand-in)",
        "description": "Drawn by a local stand-in for Gemini.",
        "inputTokenLimit": 131072,
        "outputTokenLimit": 32768,
        "supportedGenerationMethods": ["generateContent"],
    }


def pixel_size(ratio: str, size: str) -> tuple[int, int]:
    """Width and height: the area of 1024x1024 at 1K, each side a multiple of 32 there, then scaled.

    This gives Google's 1376x768 for 16:9 at 1K; other ratios may differ from Google's by a few pixels.
    """
    across, down = (int(number) for number in ratio.split(":"))
    sides = (1024 * (across / down) ** 0.5, 1024 * (down / across) ** 0.5)
    width, height = (int(round(side / 32) * 32 * SCALES[size]) for side in sides)
    return width, height


def nearest_ratio(model: Model, width: int, height: int) -> str:
    """The ratio of `model` that is closest to the one of a picture."""

    def distance(ratio: str) -> float:
        across, down = (int(number) for number in ratio.split(":"))
        wider = (across * height) / (down * width)
        return max(wider, 1 / wider)

    return min(model.ratios, key=distance)
