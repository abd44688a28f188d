"""What Gemini is told, in words that stand in template files beside this module."""

from __future__ import annotations

from dataclasses import asdict
from importlib import resources
from string import Template

from bot.domain import Appearance, Identity

APPEARANCE_LABELS = {
    "age_range": "age",
    "build": "build",
    "hair": "hair",
    "eyes": "eyes",
    "skin_tone": "skin tone",
    "style": "style",
    "anything_else": "also",
}


class PromptManager:
    """Fills the templates; they are read once."""

    def __init__(self) -> None:
        self._identity = Template(_read("identity.txt"))
        self.photos_only = _read("photos_only.txt").strip()
        """Stands in for the words of an edit that brings photos and no words."""
        self.added_photos = _read("added_photos.txt").strip()
        """Goes with reference photos that were added since the chat began."""
        self.upscale = _read("upscale.txt").strip()
        """Asks for a picture that is there already in a larger size."""

    def create_image_generation_prompt(
        self, identity: Identity, appearance: Appearance | None = None, instructions: str = ""
    ) -> str:
        """The first prompt of a chat, or the only one of a picture without a chat."""
        return self._identity.substitute(
            name=identity.name,
            description=identity.description,
            appearance=_appearance_line(appearance),
            instructions=f"What is wanted this time: {instructions}\n" if instructions else "",
        ).strip()


def _appearance_line(appearance: Appearance | None) -> str:
    said = {name: value for name, value in asdict(appearance).items() if value} if appearance else {}
    if not said:
        return ""
    looks = "; ".join(f"{APPEARANCE_LABELS[name]}: {value}" for name, value in said.items())
    return f"What the person says of their looks: {looks}\n"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath("prompt_templates", name).read_text(encoding="utf-8")
