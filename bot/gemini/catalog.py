"""The models that make pictures: what each offers and what a picture costs.

Source: Google's model and pricing pages, November 2026. A model that is not listed is used as it is set: nothing is
checked before it is asked, and what its pictures cost is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import ImageSettings
from bot.errors import UnsupportedByModel

ALL_RATIOS = (
    "1:1",
    "1:4",
    "1:8",
    "2:3",
    "3:2",
    "3:4",
    "4:1",
    "4:3",
    "4:5",
    "5:4",
    "8:1",
    "9:16",
    "16:9",
    "21:9",
)
LONG_RATIOS = ("1:4", "4:1", "1:8", "8:1")
USUAL_RATIOS = tuple(ratio for ratio in ALL_RATIOS if ratio not in LONG_RATIOS)


@dataclass(frozen=True)
class ImageModel:
    """`usd` is the price of one picture by its size; `takes_size` is False where asking for one is an error."""

    ratios: tuple[str, ...]
    usd: dict[str, float]
    takes_size: bool = True


MODELS = {
    "gemini-nano-banana-2.1": ImageModel(ALL_RATIOS, {"1K": 0.0336, "2K": 0.0504, "4K": 0.113}),
    "gemini-3-pro-image": ImageModel(USUAL_RATIOS, {"1K": 0.134, "2K": 0.134, "4K": 0.24}),
    "gemini-3.1-flash-image": ImageModel(ALL_RATIOS, {"512": 0.067, "1K": 0.067, "2K": 0.101, "4K": 0.151}),
    "gemini-3.1-flash-lite-image": ImageModel(USUAL_RATIOS, {"1K": 0.0336}, takes_size=False),
}


def check_offered(image: ImageSettings) -> None:
    """Raises UnsupportedByModel for a ratio or size that a known model does not offer."""
    model = MODELS.get(image.model)
    if model is None:
        return
    if image.aspect_ratio not in model.ratios:
        raise UnsupportedByModel(image.model, "the ratio", image.aspect_ratio, model.ratios)
    if image.image_size not in model.usd:
        raise UnsupportedByModel(image.model, "the size", image.image_size, tuple(model.usd))


def takes_size(model: str) -> bool:
    """Whether a request to the model may name a size."""
    known = MODELS.get(model)
    return known is None or known.takes_size


def cost_usd(image: ImageSettings) -> float | None:
    """What one picture costs, in US dollars; None for a model whose price is not known."""
    model = MODELS.get(image.model)
    return None if model is None else model.usd.get(image.image_size)
