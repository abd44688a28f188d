"""All that is kept of a user, as zip files: records in JSON, photos and pictures byte for byte."""

from __future__ import annotations

import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from bot.domain import Appearance, Identity, IdentityImageChat, Picture, ReferencePhoto, Turn, picture_hashes
from bot.imaging.fitting import file_extension
from bot.imaging.workbench import work_on
from bot.texts import shorten

Load = Callable[[str, int], Awaitable[Picture | None]]
"""A picture by its sha256, of at most so many bytes; None when it is deleted by now."""

SPARE_BYTES = 64 * 1024
"""Of a zip file for what stands around a picture: names and the list at its end."""


@dataclass(frozen=True)
class Belongings:
    """What is kept of a user; the turns are all of theirs, also those without a picture, oldest first."""

    user_id: int
    photos: Sequence[ReferencePhoto]
    identities: Sequence[Identity]
    appearance: Appearance | None
    chat: IdentityImageChat | None
    turns: Sequence[Turn]
    uses: Sequence[dict[str, Any]]
    said_by_moderators: Sequence[dict[str, Any]]
    done_as_moderator: Sequence[dict[str, Any]]
    servers: Sequence[int]
    """On which they have used the bot."""
    usual_image: tuple[str | None, str | None]
    """The ratio and the size that they chose last."""
    former_threads: Sequence[int] = ()
    """Where their earlier chats lived."""
    since: Mapping[str, datetime | None] = field(default_factory=dict)
    """When they became known, and when they were told what happens to their photos."""

    @property
    def drawn(self) -> list[Turn]:
        """The turns that have their picture."""
        return [turn for turn in self.turns if turn.drawn]

    @property
    def pictures(self) -> list[tuple[str, str]]:
        """Photos and pictures, each once: names, without their endings, and hashes."""
        names = {each.sha256: f"photos/{number:02}" for number, each in enumerate(self.photos, start=1)}
        for turn in self.turns:
            for number, sha256 in enumerate(picture_hashes([turn.user_content]), start=1):
                names.setdefault(sha256, f"photos/sent-{turn.id}-{number}")
            if turn.picture_sha256 is not None:
                names.setdefault(turn.picture_sha256, _picture_name(turn))
        return [(name, sha256) for sha256, name in names.items()]


@dataclass(frozen=True)
class Parcel:
    """One zip file; `number` counts from 1."""

    number: int
    data: bytes


async def pack(belongings: Belongings, load: Load, file_limit: int) -> AsyncIterator[Parcel]:
    """One parcel after another, so that memory holds one and a picture. A picture stands in one of them alone."""
    room = file_limit - SPARE_BYTES
    number, parcel = 1, _Zip()
    await work_on(partial(parcel.add, "records.json", _records(belongings), compressed=True))
    for name, sha256 in belongings.pictures:
        picture = await load(sha256, room)
        if picture is None:
            continue
        if parcel.files and parcel.size + picture.byte_size > room:
            yield Parcel(number, parcel.close())
            number, parcel = number + 1, _Zip()
        file = f"{name}.{file_extension(picture.mime_type)}"
        await work_on(partial(parcel.add, file, picture.data, compressed=False))
    yield Parcel(number, parcel.close())


class _Zip:
    """Pictures are not compressed: they are already, and it would take seconds."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED)
        self.files = 0

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._file.tell()

    def add(self, name: str, data: bytes, *, compressed: bool) -> None:
        self._zip.writestr(name, data, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)
        self.files += 1

    def close(self) -> bytes:
        self._zip.close()
        return self._file.getvalue()


def _picture_name(turn: Turn) -> str:
    return f"pictures/v{turn.version:03}" if turn.version is not None else f"pictures/once-{turn.id}"


def _records(belongings: Belongings) -> bytes:
    records: dict[str, Any] = {
        "user": belongings.user_id,
        "photos": [
            _without(asdict(each), "id", "user_id") | {"file": f"photos/{number:02}"}
            for number, each in enumerate(belongings.photos, start=1)
        ],
        "identities": [_without(asdict(each), "user_id") for each in belongings.identities],
        "appearance": None if belongings.appearance is None else asdict(belongings.appearance),
        "chat": None if belongings.chat is None else _without(asdict(belongings.chat), "user_id"),
        "prompts": [_turn(each) for each in belongings.turns],
        "files": dict(belongings.pictures),
        "uses": list(belongings.uses),
        "said_by_moderators": list(belongings.said_by_moderators),
        "done_as_moderator": list(belongings.done_as_moderator),
        "servers": list(belongings.servers),
        "former_threads": list(belongings.former_threads),
        "since": dict(belongings.since),
        "chosen_last": dict(zip(("aspect", "size"), belongings.usual_image, strict=True)),
    }
    return json.dumps(records, ensure_ascii=False, indent=2, default=_plain).encode()


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "version": turn.version,
        "kind": turn.kind,
        "state": turn.state,
        "prompt": turn.prompt,
        "asked_at": turn.asked_at,
        "asked_by": turn.asked_by,
        "identity": turn.identity_name,
        "place": asdict(turn.place),
        "image": asdict(turn.image),
        "problem": turn.problem,
        "sent_to_gemini": turn.user_content,
        "picture": _picture_name(turn) if turn.drawn else None,
    }


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else shorten(str(value), 1000)
