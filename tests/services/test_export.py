"""An export in several files: none too large, nothing missing."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from random import Random
from zipfile import ZipFile

from bot.domain import Picture, ReferencePhoto
from bot.services.export import SPARE_BYTES, Belongings, pack

LIMIT = SPARE_BYTES + 1000


def photos(*sizes: int) -> dict[str, Picture]:
    """Pictures of so many bytes each, by their hashes."""
    random = Random(1)
    made = [Picture(random.randbytes(size), "image/jpeg", 10, 10) for size in sizes]
    return {each.sha256: each for each in made}


def of(pictures: dict[str, Picture]) -> Belongings:
    kept = [
        ReferencePhoto(number, 11, "me", name, "image/jpeg", 10, 10, each.byte_size, datetime.now(UTC))
        for number, (name, each) in enumerate(pictures.items())
    ]
    return Belongings(11, kept, [], None, None, [], [], [], [], [], (None, None))


async def test_files_are_as_large_as_they_may_be_and_hold_everything_once() -> None:
    pictures = photos(400, 500, 900, 10, 20)

    async def load(name: str, _limit: int) -> Picture | None:
        return pictures[name]

    parcels = [parcel async for parcel in pack(of(pictures), load, LIMIT)]

    assert [parcel.number for parcel in parcels] == list(range(1, len(parcels) + 1))
    assert len(parcels) > 1
    assert all(len(parcel.data) <= LIMIT for parcel in parcels)
    found = [
        sha256(file.read(name)).hexdigest()
        for parcel in parcels
        for file in [ZipFile(BytesIO(parcel.data))]
        for name in file.namelist()
        if name != "records.json"
    ]
    assert found == list(pictures)


async def test_a_picture_that_is_deleted_meanwhile_is_left_out() -> None:
    async def load(_name: str, _limit: int) -> Picture | None:
        return None

    (parcel,) = [parcel async for parcel in pack(of(photos(400)), load, LIMIT)]

    assert ZipFile(BytesIO(parcel.data)).namelist() == ["records.json"]
