"""Looking back: all versions of a chat in one picture, and two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain import IdentityImageChat, Picture, Version
from bot.errors import (
    NoChat,
    NothingBefore,
    OnlyOneVersion,
    PictureGone,
    SameVersionTwice,
    StillDrawing,
    UnknownVersion,
    UserWithoutChat,
)
from bot.imaging.comparison import Side, draw_side_by_side
from bot.imaging.reading import NotAPicture, TooManyPixels
from bot.imaging.thumbnails import thumbnail
from bot.imaging.timeline import MOST_NODES, Node, draw_timeline
from bot.servers import ActKind
from bot.services.acts import Acts, record
from bot.services.homes import require_known_here
from bot.services.orders import ChatOrder
from bot.wording import timeline_title
from storage.database import Database, Repositories


@dataclass(frozen=True)
class Versioned:
    """A chat with all its pictures, oldest first, and the one that the next prompt edits."""

    chat: IdentityImageChat
    versions: Sequence[Version]
    head: Version


@dataclass(frozen=True)
class History(Versioned):
    """`picture` shows the newest versions, those in `shown`."""

    shown: Sequence[Version]
    picture: Picture


@dataclass(frozen=True)
class Comparison:
    before: Version
    after: Version
    head: Version
    picture: Picture


class Timeline:
    def __init__(self, database: Database, acts: Acts) -> None:
        self._database = database
        self._acts = acts

    async def of_user(self, user_id: int) -> Versioned:
        """Raises NoChat, or StillDrawing while a first picture is on its way."""
        async with self._database.snapshot() as repos:
            return await _versioned(repos, user_id)

    async def history(self, order: ChatOrder) -> History:
        """Raises NoChat, StillDrawing, PictureGone; UnknownUser, OtherServer, UserWithoutChat for a moderator."""
        async with self._acts.look(order) as repos:
            if order.by_moderator:
                await require_known_here(repos, order.user_id, order.guild_id)
            try:
                known = await _versioned(repos, order.user_id)
            except NoChat:
                raise UserWithoutChat(order.user_id) if order.by_moderator else NoChat from None
            await record(repos, order, ActKind.HISTORY, thread_id=known.chat.place.thread_id)
        shown = known.versions[-MOST_NODES:]
        numbers = {each.turn_id: each.number for each in known.versions}
        nodes = [
            Node(
                version=each.number,
                parent=None if each.parent_id is None else numbers.get(each.parent_id),
                prompt=each.prompt,
                thumbnail=await self._thumbnail(each),
                is_head=each == known.head,
            )
            for each in shown
        ]
        title = timeline_title(known.chat.identity_name, len(shown), len(known.versions))
        return History(known.chat, known.versions, known.head, shown, await draw_timeline(nodes, title))

    async def compare(self, user_id: int, before: str = "", after: str = "") -> Comparison:
        """Two versions by name, "v3" or "3"; without names the head, and what each was made from.

        Raises NoChat, StillDrawing, OnlyOneVersion, UnknownVersion, NothingBefore, SameVersionTwice, PictureGone.
        """
        known = await self.of_user(user_id)
        if len(known.versions) == 1:
            raise OnlyOneVersion
        right = version_named(after, known.versions) if after else known.head
        left = version_named(before, known.versions) if before else _parent(right, known.versions)
        if left == right:
            raise SameVersionTwice(right.number)
        sides = [Side(each.number, each.prompt, await self._picture(each)) for each in (left, right)]
        return Comparison(left, right, known.head, await draw_side_by_side(*sides))

    async def _thumbnail(self, version: Version) -> bytes | None:
        """None for a picture that cannot be decoded, which is no reason not to show the others."""
        try:
            return await thumbnail(await self._picture(version))
        except (NotAPicture, TooManyPixels):
            return None

    async def _picture(self, version: Version) -> Picture:
        """Raises PictureGone when the chat has ended meanwhile."""
        async with self._database.snapshot() as repos:
            pictures = await repos.images.load([version.picture_sha256])
        if not pictures:
            raise PictureGone
        return pictures[version.picture_sha256]


async def _versioned(repos: Repositories, user_id: int) -> Versioned:
    chat = await repos.chats.of_user(user_id)
    versions = [] if chat is None else await repos.turns.versions(chat.id)
    if chat is None or not versions:
        raise StillDrawing if await repos.waiting.starts_of(user_id) else NoChat
    head = next((each for each in versions if each.turn_id == chat.head_turn_id), versions[-1])
    return Versioned(chat, versions, head)


def version_named(name: str, versions: Sequence[Version]) -> Version:
    """Of a name such as "v3" or "3". Raises UnknownVersion."""
    number = name.strip().lower().removeprefix("v")
    found = next((each for each in versions if str(each.number) == number), None)
    if found is None:
        raise UnknownVersion(name, versions[-1].number)
    return found


def _parent(version: Version, versions: Sequence[Version]) -> Version:
    parent = next((each for each in versions if each.turn_id == version.parent_id), None)
    if parent is None:
        raise NothingBefore(version.number)
    return parent
