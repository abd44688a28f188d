"""The models that make pictures: what each offers and what a picture costs.

Source: Google's model and pricing pages, November 2026. A model that is not listed is used as it is set: nothing is
checked before it is asked, and what its pictures cost is not known.
"""

from __future__ import annotations

import re
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
RATIO = re.compile(r"[1-9][0-9]?:[1-9][0-9]?")
SIZE = re.compile(r"512|[1-9][0-9]?K")
USUAL_SIZES = ("1K", "2K", "4K")
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
    """Raises UnsupportedByModel for a ratio or size that the model does not offer.

    Of a model that is not listed any is taken that looks like one.
    """
    known = image.model in MODELS
    if image.aspect_ratio not in ratios(image.model) and (known or not RATIO.fullmatch(image.aspect_ratio)):
        raise UnsupportedByModel(image.model, "the ratio", image.aspect_ratio, ratios(image.model))
    if image.image_size not in sizes(image.model) and (known or not SIZE.fullmatch(image.image_size)):
        raise UnsupportedByModel(image.model, "the size", image.image_size, sizes(image.model))


def is_listed(model: str) -> bool:
    """Whether it is known what the model offers."""
    return model in MODELS


def sizes(model: str) -> tuple[str, ...]:
    """The sizes that the model offers, smallest first; the usual ones for a model that is not listed."""
    known = MODELS.get(model)
    return USUAL_SIZES if known is None else tuple(known.usd)


def is_largest(image: ImageSettings) -> bool:
    """Whether the model offers no larger size."""
    return image.image_size == sizes(image.model)[-1]


def ratios(model: str) -> tuple[str, ...]:
    """The ratios that the model offers, width to height; all for a model that is not listed."""
    known = MODELS.get(model)
    return ALL_RATIOS if known is None else known.ratios


def takes_size(model: str) -> bool:
    """Whether a request to the model may name a size."""
    known = MODELS.get(model)
    return known is None or known.takes_size


def assumed_cost_usd(image: ImageSettings) -> float:
    """What one picture costs; where that is not known, as much as the dearest of those that are."""
    known = cost_usd(image)
    return max(price for model in MODELS.values() for price in model.usd.values()) if known is None else known


def cost_usd(image: ImageSettings) -> float | None:
    """What one picture costs, in US dollars; None for a model whose price is not known."""
    model = MODELS.get(image.model)
    return None if model is None else model.usd.get(image.image_size)
