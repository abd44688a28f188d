"""Buttons, selects and modals: finding them in what the bot sent, and filling them in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.demo.local_discord import errors
from bot.demo.local_discord.events import Json

BUTTON = 2
STRING_SELECT = 3
TEXT_INPUT = 4
LABEL = 18
FILE_UPLOAD = 19
CHECKBOX = 23
SELECTS = frozenset({3, 5, 6, 7, 8})
SEVERAL_VALUES = SELECTS | {FILE_UPLOAD, 22}
CUSTOM_ID_LENGTH = 100


def every_component(components: Sequence[Json]) -> Iterator[Json]:
    """Those given and all inside them: rows, sections, containers, labels."""
    for component in components:
        yield component
        yield from every_component(component.get("components", []))
        inner = [component[name] for name in ("accessory", "component") if name in component]
        yield from every_component(inner)


def check_components(components: Sequence[Json]) -> None:
    seen: set[str] = set()
    for component in every_component(components):
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if not 1 <= len(custom_id) <= CUSTOM_ID_LENGTH:
            raise errors.invalid_form(
                "components.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."
            )
        if custom_id in seen:
            raise errors.invalid_form(
                "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
            )
        seen.add(custom_id)


def find(components: Sequence[Json], *, custom_id: str | None, label: str | None, types: frozenset[int]) -> Json:
    """The enabled component that a user means; LookupError names those there are."""
    choices = [each for each in every_component(components) if each["type"] in types and "custom_id" in each]
    for each in choices:
        if custom_id in (None, each["custom_id"]) and label in (None, each.get("label")):
            if each.get("disabled"):
                raise LookupError(f"{each['custom_id']!r} is disabled")
            return each
    shown = [(each["custom_id"], each.get("label")) for each in choices]
    raise LookupError(f"no component {custom_id or label!r} among {shown}")


def filled_in(modal: Json, values: dict[str, object], store: Callable[[object], list[str]]) -> list[Json]:
    """The components of a submitted modal.

    `values` is by custom id or by label; what it leaves out is submitted with what the bot had put in. `store`
    takes the files for a file upload and gives their attachment ids.
    """
    unused = set(values)
    submitted = []
    for row in modal["components"]:
        inner = row["component"] if row["type"] == LABEL else next(iter(row.get("components", [])), None)
        if inner is None:
            continue
        names = (inner["custom_id"], row.get("label"), inner.get("label"))
        name = next((name for name in names if name in values), None)
        unused.discard(name or "")
        answer = _answer(inner, None if name is None else values[name], store)
        submitted.append(
            {"type": 18, "component": answer} if row["type"] == LABEL else {"type": 1, "components": [answer]}
        )
    if unused:
        raise LookupError(f"the modal {modal['title']!r} has no field {sorted(unused)}")
    return submitted


def _answer(field: Json, value: object, store: Callable[[object], list[str]]) -> Json:
    answer: Json = {"type": field["type"], "custom_id": field["custom_id"], "id": 0}
    if field["type"] in SEVERAL_VALUES:
        return answer | {"values": _several(field, value, store)}
    if field["type"] == CHECKBOX:
        return answer | {"value": bool(field.get("default") if value is None else value)}
    if field["type"] == TEXT_INPUT:
        return answer | {"value": _text(field, value)}
    return answer | {"value": value}


def _several(field: Json, value: object, store: Callable[[object], list[str]]) -> list[object]:
    preset = [option["value"] for option in field.get("options", []) if option.get("default")]
    chosen = preset if value is None else value
    if not isinstance(chosen, list):
        raise TypeError(f"{field['custom_id']!r} takes a list, not {type(chosen).__name__}")
    bounds = [1 if bound is None else bound for bound in (field.get("min_values"), field.get("max_values"))]
    least, most = bounds if field.get("required", True) else (0, bounds[1])
    if not least <= len(chosen) <= most:
        raise ValueError(f"{field['custom_id']!r} takes {least} to {most} values, not {len(chosen)}")
    return [*store(chosen)] if field["type"] == FILE_UPLOAD else chosen


def _text(field: Json, value: object) -> str:
    text = (field.get("value") or "") if value is None else str(value)
    least = field.get("min_length") or (1 if field.get("required", True) else 0)
    most = field.get("max_length") or 4000
    if not (least <= len(text) <= most or (not text and not field.get("required", True))):
        raise ValueError(f"{field['custom_id']!r} takes {least} to {most} characters, not {len(text)}")
    return str(text)
