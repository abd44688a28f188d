"""What a person is owed: to see what is kept of them, to take it along, and to be forgotten."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress

from bot.domain import Picture
from bot.errors import DatabaseUnavailable
from bot.imaging.fitting import fit
from bot.rule_errors import DeletionUnderWay, ExportUnderWay, NothingStored
from bot.servers import Kept
from bot.services.clearing import Clearing
from bot.services.export import Belongings, Parcel, pack
from bot.services.limits import Limits
from bot.services.turns import TurnQueue
from storage.database import Database, Repositories


class Privacy:
    def __init__(self, database: Database, queue: TurnQueue, clearing: Clearing, limits: Limits) -> None:
        self._database = database
        self._queue = queue
        self._clearing = clearing
        self._limits = limits
        self._deleting: set[int] = set()
        self._exporting: set[int] = set()

    async def kept(self, user_id: int) -> Kept | None:
        """How much is kept of the user; None when nothing is."""
        async with self._database.snapshot() as repos:
            belongings = await _belongings(repos, user_id)
            if belongings is None:
                return None
            hashes = {sha256 for _, sha256 in belongings.pictures}
            sizes = await repos.images.byte_sizes(hashes)
        return Kept(
            photos=len(belongings.photos),
            identities=len(belongings.identities),
            pictures=len(belongings.drawn),
            prompts=len(belongings.turns),
            byte_size=sum(sizes.values()),
            looks=belongings.appearance is not None,
            said_by_moderators=len(belongings.said_by_moderators),
            done_as_moderator=len(belongings.done_as_moderator),
        )

    async def export(self, user_id: int, file_limit: int) -> AsyncGenerator[Parcel, None]:
        """All that is kept of the user, in zip files of at most `file_limit` bytes.

        A picture that is larger than that is sent as the largest copy that fits. Raises NothingStored, ExportUnderWay.
        """
        with _once(user_id, self._exporting, ExportUnderWay):
            async with self._database.snapshot() as repos:
                belongings = await _belongings(repos, user_id)
            if belongings is None:
                raise NothingStored
            async for parcel in pack(belongings, self._picture, file_limit):
                yield parcel
                if user_id not in self._exporting:
                    return

    async def remember_export(self, user_id: int, channel_id: int, message_id: int) -> None:
        """That message holds an export: it goes with all else of the user's, at once if that is gone by now."""
        async with self._database.transaction() as repos:
            in_time = user_id in self._exporting
            if in_time:
                await repos.uses.exported(user_id, channel_id, message_id)
            else:
                await repos.uses.unwanted(channel_id, message_id)
        if not in_time:
            self._clearing.wake()

    async def _picture(self, sha256: str, limit: int) -> Picture | None:
        async with self._database.snapshot() as repos:
            picture = (await repos.images.load([sha256])).get(sha256)
        return None if picture is None else await fit(picture, limit)

    async def keep_everything(self, user_id: int) -> bool:
        """Changes nothing. False when nothing is kept by now. Raises DeletionUnderWay."""
        if user_id in self._deleting:
            raise DeletionUnderWay
        async with self._database.snapshot() as repos:
            return await _is_known(repos, user_id)

    async def delete_everything(self, user_id: int) -> bool:
        """Deletes all that is kept of the user, bytes included, and has the bot's pictures of them on Discord deleted.

        False when nothing was kept. Raises DeletionUnderWay.
        """
        with _once(user_id, self._deleting, DeletionUnderWay):
            async with self._database.transaction() as repos:
                waiting = await repos.waiting.of_user(user_id)
                await repos.uses.lines_unwanted(waiting)
                used = await self._limits.used_by(repos, user_id)
                known = await repos.users.delete(user_id)
                await repos.uses.forget_user(user_id)
                await repos.servers.forget_in_acts(user_id)
            self._limits.remember(used)
            self._exporting.discard(user_id)  # what is sent by now was sent too late
            await self._queue.forget(waiting)
            with suppress(DatabaseUnavailable):  # everything is deleted; the log is emptied later
                await self._database.empty_log()
        self._clearing.wake()
        return known


@contextmanager
def _once(user_id: int, under_way: set[int], otherwise: type[Exception]) -> Iterator[None]:
    """While the block runs for the user, it is entered for them a second time by nobody."""
    if user_id in under_way:
        raise otherwise
    under_way.add(user_id)
    try:
        yield
    finally:
        under_way.discard(user_id)


async def _is_known(repos: Repositories, user_id: int) -> bool:
    """Whether anything is kept of the user, be it what moderators said of them, or they did as one."""
    servers = repos.servers
    return await repos.users.exists(user_id) or bool(await servers.about(user_id) or await servers.deeds_of(user_id))


async def _belongings(repos: Repositories, user_id: int) -> Belongings | None:
    if not await _is_known(repos, user_id):
        return None
    return Belongings(
        user_id=user_id,
        photos=await repos.reference_photos.of_user(user_id),
        identities=await repos.identities.of_user(user_id),
        appearance=await repos.appearances.get(user_id),
        chat=await repos.chats.of_user(user_id),
        turns=await repos.turns.all_of_user(user_id),
        uses=await repos.uses.of_user(user_id),
        servers=await repos.users.servers(user_id),
        usual_image=await repos.users.usual_image(user_id),
        former_threads=await repos.chats.former_threads(user_id),
        since=await repos.users.since(user_id),
        said_by_moderators=await repos.servers.about(user_id),
        done_as_moderator=await repos.servers.deeds_of(user_id),
    )
