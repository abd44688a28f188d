"""Photos: taken in from what was attached, and the shelf on which a user's reference photos are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import MAX_REFERENCE_PHOTOS, Picture, RawPhoto, ReferencePhoto
from bot.errors import PhotoShelfFull, UnusablePhotos
from bot.imaging.intake import TakenPhoto, take_in
from bot.texts import clean_name
from bot.wording import no_room_for
from storage.database import Database, Repositories


@dataclass(frozen=True)
class Usable:
    """The photos among some files, and a sentence for each of the others."""

    photos: tuple[TakenPhoto, ...]
    notes: tuple[str, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Each picture once, however often it was attached."""
        return tuple({photo.picture.sha256: photo.picture for photo in self.photos}.values())


@dataclass(frozen=True)
class Added:
    """What came of adding photos: how many are new, how many the user had already, how many they have now."""

    new: int
    known: int
    stored: int
    notes: tuple[str, ...]


class PhotoShelf:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user_id: int, files: Sequence[RawPhoto], guild_id: int | None = None) -> Added:
        """Raises UnusablePhotos when none of the files is a photo, PhotoShelfFull when there is room for none."""
        usable = await usable_photos(files)
        async with self._database.transaction() as repos:
            await repos.users.ensure(user_id, guild_id)
            before = await repos.reference_photos.count(user_id)
            left_over = await keep(repos, user_id, usable.photos)
            stored = await repos.reference_photos.count(user_id)
        if left_over and stored == before:
            raise PhotoShelfFull(stored, MAX_REFERENCE_PHOTOS)
        notes = usable.notes + ((no_room_for(left_over, MAX_REFERENCE_PHOTOS),) if left_over else ())
        new = stored - before
        return Added(new=new, known=len(usable.photos) - new - left_over, stored=stored, notes=notes)

    async def explained_to(self, user_id: int) -> bool:
        """Whether the user was told what happens to their photos."""
        async with self._database.snapshot() as repos:
            return await repos.users.knows_of_photos(user_id)

    async def remember_explained(self, user_id: int) -> None:
        async with self._database.transaction() as repos:
            await repos.users.told_of_photos(user_id)

    async def of_user(self, user_id: int) -> Sequence[ReferencePhoto]:
        """Oldest first."""
        async with self._database.snapshot() as repos:
            return await repos.reference_photos.of_user(user_id)

    async def load(self, photos: Sequence[ReferencePhoto]) -> list[Picture]:
        async with self._database.snapshot() as repos:
            pictures = await repos.images.load(photo.sha256 for photo in photos)
        return [pictures[photo.sha256] for photo in photos if photo.sha256 in pictures]

    async def remove(self, user_id: int, hashes: Sequence[str]) -> int:
        """Removes those of the photos of these sha256 that are the user's, and says how many."""
        async with self._database.transaction() as repos:
            return await repos.reference_photos.remove(user_id, hashes)


async def usable_photos(files: Sequence[RawPhoto]) -> Usable:
    """Raises UnusablePhotos when there are files and none of them can be used."""
    intake = await take_in(files)
    sentences = tuple(each.user_message for each in intake.rejected)
    if files and not intake.photos:
        raise UnusablePhotos(sentences)
    return Usable(intake.photos, sentences)


async def keep(repos: Repositories, user_id: int, photos: Sequence[TakenPhoto]) -> int:
    """Puts photos on the user's shelf as long as there is room, and says for how many there was none."""
    known = await repos.reference_photos.hashes(user_id) if photos else set()
    left_over = 0
    for photo in photos:
        if photo.picture.sha256 in known:
            continue
        if len(known) < MAX_REFERENCE_PHOTOS:
            await repos.reference_photos.add(user_id, clean_name(photo.name) or "photo", photo.picture)
            known.add(photo.picture.sha256)
        else:
            left_over += 1
    return left_over
