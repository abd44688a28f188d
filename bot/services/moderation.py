"""What moderators decide of members: blocks, limits, pictures that go; and what they and the owner look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain import IdentityImageChat, Turn, TurnState
from bot.errors import NoChat, StillDrawing, UnknownVersion, UserWithoutChat
from bot.imaging.usage_chart import draw_usage
from bot.rule_errors import Blocked, NotBlocked
from bot.servers import Act, ActKind, Allowance, Block, DayOfUse, Standing
from bot.services.acts import Acts, decide, record
from bot.services.clearing import Clearing
from bot.services.homes import home_for
from bot.services.limits import Limits
from bot.services.orders import ChatOrder
from bot.services.timeline import version_named
from bot.services.turns import TurnQueue
from bot.texts import clean_name
from storage.database import Database, Repositories

LATEST_ACTS = 20
"""Lines of the log that one message shows."""


@dataclass(frozen=True)
class Usage:
    """What came of a server's prompts, day by day, and a chart of it: JPEG bytes."""

    days: Sequence[DayOfUse]
    chart: bytes


class Moderation:
    """Every method works for the server `order.guild_id` and no other."""

    def __init__(self, database: Database, queue: TurnQueue, limits: Limits, acts: Acts, clearing: Clearing) -> None:
        self._database = database
        self._queue = queue
        self._limits = limits
        self._acts = acts
        self._clearing = clearing

    async def block(self, order: ChatOrder, reason: str, lasts: timedelta | None) -> Block:
        """Keeps the user from using the bot on the server, in place of an earlier block, and cancels their prompts."""
        until = None if lasts is None else datetime.now(UTC) + lasts
        block = Block(_server(order), order.user_id, clean_name(reason), order.asked_by, until)
        async with self._acts.decision() as repos:
            await repos.servers.block(block)
            await decide(repos, order, ActKind.BLOCK, block.reason)
            waiting = await repos.waiting.asked_by(block.user_id, block.guild_id)
            for turn in waiting:
                await self._queue.withdraw_in(repos, turn)
                ended = await repos.turns.get(turn.id)
                cancelled = ended is not None and ended.state is TurnState.CANCELLED  # or it came to its picture
                if cancelled and turn.user_id == block.user_id:  # and they read why
                    sentence = Blocked(block.reason, block.until).user_message
                    await repos.turns.ended(turn.id, TurnState.CANCELLED, sentence)
        self._queue.cut_off(waiting)
        return block

    async def unblock(self, order: ChatOrder) -> None:
        """Raises NotBlocked."""
        async with self._acts.decision() as repos:
            if not await repos.servers.unblock(_server(order), order.user_id):
                raise NotBlocked(order.user_id)
            await decide(repos, order, ActKind.UNBLOCK)

    async def forget_past_blocks(self, now: datetime | None = None) -> None:
        """What is kept of blocks that are over goes; made to be called every now and then."""
        async with self._database.transaction() as repos:
            await repos.servers.forget_past_blocks(now or datetime.now(UTC))

    async def standing(self, order: ChatOrder) -> Standing:
        """How much the user has used of their pictures on the server."""
        async with self._database.snapshot() as repos:
            return await self._limits.standing(repos, order.user_id, _server(order))

    async def set_limit(self, order: ChatOrder, pictures_a_day: int | None) -> Standing:
        """Gives the user a limit of their own on the server; None lifts it."""
        async with self._acts.decision() as repos:
            await repos.servers.allow(Allowance(_server(order), order.user_id, pictures_a_day))
            detail = "no limit" if pictures_a_day is None else f"{pictures_a_day} a day"
            await decide(repos, order, ActKind.LIMITS, detail)
            return await self._limits.standing(repos, order.user_id, _server(order))

    async def usual_limit(self, order: ChatOrder) -> Standing:
        """The user has the server's limit again."""
        async with self._acts.decision() as repos:
            await repos.servers.take_back_allowance(_server(order), order.user_id)
            await decide(repos, order, ActKind.LIMITS, "as everyone")
            return await self._limits.standing(repos, order.user_id, _server(order))

    async def delete_picture(self, order: ChatOrder, version: str) -> tuple[Turn, bool]:
        """Deletes a version, "v3" or "3", with its post. What was made from it goes on from what it was made from.

        With its only picture the chat ends: answers the turn, and whether the chat goes on. Raises UserWithoutChat,
        OtherServer, StillDrawing, UnknownVersion.
        """
        async with self._acts.transaction(order) as repos:
            chat = await home_for(repos, order)
            if not isinstance(chat, IdentityImageChat) or await repos.waiting.unposted_in(chat.id):
                raise StillDrawing
            turn = await _version(repos, chat, version)
            if turn.reply_message_id is not None:
                await repos.uses.unwanted(turn.place.thread_id, turn.reply_message_id)
            await repos.turns.delete(turn)
            goes_on = await _mend_head(repos, chat, turn)
            await record(repos, order, ActKind.DELETE_PICTURE, f"v{turn.version}", chat.place.thread_id)
        self._clearing.wake()
        return turn, goes_on

    async def usage(self, guild_id: int, days: int, user_id: int | None = None) -> Usage:
        """Of the last so many days (UTC), today included; of one user if so wished."""
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        first = today - timedelta(days=days - 1)
        async with self._database.snapshot() as repos:
            used = {each.day: each for each in await repos.uses.by_day(guild_id, first, user_id)}
        names = [(first + timedelta(days=number)).date().isoformat() for number in range(days)]
        all_days = [used.get(name, DayOfUse(name, 0, 0, 0, 0.0)) for name in names]
        return Usage(all_days, await draw_usage(all_days))

    async def latest_acts(self, guild_id: int) -> Sequence[Act]:
        """The server's, newest first."""
        async with self._database.snapshot() as repos:
            return await repos.servers.latest_acts(guild_id, LATEST_ACTS)

    async def versions_of(self, order: ChatOrder, typed: str) -> list[str]:
        """The versions of the user's chat on the server that begin as typed, newest first."""
        async with self._database.snapshot() as repos:
            chat = await repos.chats.of_user(order.user_id)
            if chat is None or chat.place.guild_id != order.guild_id:
                return []
            versions = await repos.turns.versions(chat.id)
        return [name for each in reversed(versions) if (name := f"v{each.number}").startswith(typed.strip().lower())]


def _server(order: ChatOrder) -> int:
    if order.guild_id is None:
        raise NoChat
    return order.guild_id


async def _version(repos: Repositories, chat: IdentityImageChat, name: str) -> Turn:
    versions = await repos.turns.versions(chat.id)
    if not versions:
        raise UserWithoutChat(chat.user_id)
    turn = await repos.turns.get(version_named(name, versions).turn_id)
    if turn is None:
        raise UnknownVersion(name, versions[-1].number)
    return turn


async def _mend_head(repos: Repositories, chat: IdentityImageChat, deleted: Turn) -> bool:
    """The head falls back on what the deleted picture was made from, or on the newest that is left.

    False when none is, and the chat with it.
    """
    versions = await repos.turns.versions(chat.id)
    if not versions:
        await repos.waiting.forget_of_user(chat.user_id)
        await repos.chats.delete(chat)
        return False
    left = {each.turn_id for each in versions}
    fallback = deleted.parent_id if deleted.parent_id in left else versions[-1].turn_id
    head = chat.head_turn_id if chat.head_turn_id in left else fallback
    if head != chat.head_turn_id or chat.tip_turn_id not in left:
        await repos.chats.set_head(chat.id, head or versions[-1].turn_id)
    return True
