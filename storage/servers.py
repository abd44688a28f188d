"""Servers: what each has chosen, whom it has blocked, whose limit it has changed, and what its moderators did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.servers import Act, ActKind, Allowance, Block, ServerSettings
from storage.tables import ActRow, AllowanceRow, BlockRow, KnownMemberRow, ServerRow


class Servers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._chosen: dict[int, ServerSettings] = {}
        """Read already in this transaction: one prompt is looked at by several rules."""

    async def settings(self, guild_id: int) -> ServerSettings:
        """What the server has chosen; all of it open when it has chosen nothing so far."""
        if guild_id not in self._chosen:
            row = await self._session.get(ServerRow, guild_id)
            self._chosen[guild_id] = ServerSettings(guild_id) if row is None else _settings(row)
        return self._chosen[guild_id]

    async def choose(self, settings: ServerSettings) -> None:
        self._chosen.pop(settings.guild_id, None)
        values = asdict(settings) | {"channel_ids": list(settings.channel_ids), "role_ids": list(settings.role_ids)}
        await self._session.merge(ServerRow(**values))

    async def block(self, block: Block) -> None:
        """Blocks the user, in place of an earlier block."""
        await self._session.merge(BlockRow(**asdict(block)))

    async def unblock(self, guild_id: int, user_id: int) -> bool:
        """False when they were not blocked."""
        here = (BlockRow.guild_id == guild_id, BlockRow.user_id == user_id)
        now = datetime.now(UTC)
        gone = await self._session.execute(delete(BlockRow).where(*here).returning(BlockRow.until))
        ends = [row.until for row in gone]
        return any(end is None or end > now for end in ends)

    async def block_of(self, guild_id: int, user_id: int) -> Block | None:
        """The block that holds right now."""
        row = await self._session.get(BlockRow, (guild_id, user_id))
        if row is None or (row.until is not None and row.until <= datetime.now(UTC)):
            return None
        return Block(guild_id, user_id, row.reason, row.blocked_by, row.until)

    async def forget_past_blocks(self, now: datetime) -> None:
        """Blocks that are over go, with whose and why."""
        await self._session.execute(delete(BlockRow).where(BlockRow.until <= now))

    async def allow(self, allowance: Allowance) -> None:
        """Gives the user a limit of their own."""
        await self._session.merge(AllowanceRow(**asdict(allowance)))

    async def take_back_allowance(self, guild_id: int, user_id: int) -> None:
        """The user has the server's limit again."""
        here = (AllowanceRow.guild_id == guild_id, AllowanceRow.user_id == user_id)
        await self._session.execute(delete(AllowanceRow).where(*here))

    async def allowance_of(self, guild_id: int, user_id: int) -> Allowance | None:
        row = await self._session.get(AllowanceRow, (guild_id, user_id))
        return None if row is None else Allowance(guild_id, user_id, row.pictures_a_day)

    async def record(
        self, guild_id: int, moderator_id: int, user_id: int | None, kind: ActKind, detail: str, thread_id: int | None
    ) -> None:
        row = ActRow(guild_id=guild_id, moderator_id=moderator_id, user_id=user_id, kind=kind, detail=detail)
        row.thread_id = thread_id
        self._session.add(row)
        await self._session.flush()

    async def acts_to_announce(self, limit: int) -> list[Act]:
        """Those that nobody was told of so far, oldest first."""
        query = select(ActRow).where(ActRow.announced_at.is_(None)).order_by(ActRow.id).limit(limit)
        return [_act(row) for row in await self._session.scalars(query)]

    async def announced(self, act_id: int) -> None:
        await self._session.execute(update(ActRow).where(ActRow.id == act_id).values(announced_at=datetime.now(UTC)))

    async def latest_acts(self, guild_id: int, limit: int) -> Sequence[Act]:
        """The server's, newest first."""
        rows = await self._session.scalars(
            select(ActRow).where(ActRow.guild_id == guild_id).order_by(ActRow.id.desc()).limit(limit)
        )
        return [_act(row) for row in rows]

    async def about(self, user_id: int) -> list[dict[str, Any]]:
        """What moderators of all servers decided of the user, and did for or to them, as records."""
        records: list[dict[str, Any]] = []
        for table in (BlockRow, AllowanceRow, ActRow):
            columns = [each for each in table.__table__.columns if each.name not in ("id", "announced_at")]
            rows = await self._session.execute(select(*columns).where(table.user_id == user_id))
            records += [{"record": table.__tablename__, **row} for row in rows.mappings()]
        return records

    async def deeds_of(self, user_id: int) -> list[dict[str, Any]]:
        """What the user did as a moderator, without saying to whom: that is not theirs."""
        columns = (ActRow.guild_id, ActRow.kind, ActRow.at)
        rows = await self._session.execute(select(*columns).where(ActRow.moderator_id == user_id).order_by(ActRow.id))
        return [dict(row) for row in rows.mappings()]

    async def forget_in_acts(self, user_id: int) -> None:
        """What was done to the user stays, without saying to whom; so does what they did as a moderator."""
        nobody = {"user_id": None, "thread_id": None, "detail": ""}
        await self._session.execute(update(ActRow).where(ActRow.user_id == user_id).values(nobody))

    async def known(self) -> set[int]:
        """The servers that have chosen something, or whose moderators have done something."""
        kept = union(*(select(table.guild_id) for table in (ServerRow, BlockRow, AllowanceRow, ActRow)))
        return set(await self._session.scalars(kept))

    async def forget(self, guild_id: int) -> None:
        """The bot has left the server."""
        self._chosen.pop(guild_id, None)
        for table in (ServerRow, BlockRow, AllowanceRow, ActRow, KnownMemberRow):
            await self._session.execute(delete(table).where(table.guild_id == guild_id))


def _act(row: ActRow) -> Act:
    kind = ActKind(row.kind)
    return Act(row.id, row.guild_id, row.moderator_id, row.user_id, row.thread_id, kind, row.detail, row.at)


def _settings(row: ServerRow) -> ServerSettings:
    return ServerSettings(
        guild_id=row.guild_id,
        channel_ids=tuple(row.channel_ids),
        role_ids=tuple(row.role_ids),
        log_channel_id=row.log_channel_id,
        model=row.model,
        aspect_ratio=row.aspect_ratio,
        image_size=row.image_size,
        user_pictures_a_day=row.user_pictures_a_day,
        server_pictures_a_day=row.server_pictures_a_day,
        most_waiting=row.most_waiting,
        prompt_length=row.prompt_length,
        private_threads=row.private_threads,
    )
