"""Servers: what each has chosen, whom it has blocked, whose limit it has changed, and what its moderators did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, delete, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.servers import Act, ActKind, Allowance, Block, ServerSettings
from storage.rows import AnyRow, put
from storage.tables import ActRow, AllowanceRow, BlockRow, KnownMemberRow, ServerRow

_HERE = select(
    bindparam("guild_id", type_=BigInteger).label("guild_id"), bindparam("user_id", type_=BigInteger).label("user_id")
).subquery()
_RULES = (
    select(
        *(getattr(ServerRow, each.name).label(f"server_{each.name}") for each in ServerRow.__table__.columns),
        BlockRow.user_id.label("blocked"),
        BlockRow.reason,
        BlockRow.blocked_by,
        BlockRow.until,
        AllowanceRow.user_id.label("allowed"),
        AllowanceRow.pictures_a_day,
    )
    .select_from(_HERE)
    .outerjoin(ServerRow, ServerRow.guild_id == _HERE.c.guild_id)
    .outerjoin(BlockRow, and_(BlockRow.guild_id == _HERE.c.guild_id, BlockRow.user_id == _HERE.c.user_id))
    .outerjoin(AllowanceRow, and_(AllowanceRow.guild_id == _HERE.c.guild_id, AllowanceRow.user_id == _HERE.c.user_id))
)
"""All that is looked at for one prompt."""

_TO_ANNOUNCE = select(ActRow).where(ActRow.announced_at.is_(None)).order_by(ActRow.id).limit(bindparam("limit"))
_NEW_ACT = insert(ActRow)

_NOBODY = 0
"""No user has this id."""


@dataclass(frozen=True)
class _Rules:
    """What holds for a user on a server."""

    settings: ServerSettings
    block: Block | None
    allowance: Allowance | None


class Servers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], _Rules] = {}
        """Read already in this transaction, by server and user: one prompt is looked at several times."""

    async def settings(self, guild_id: int, user_id: int = _NOBODY) -> ServerSettings:
        """What the server has chosen; all of it open when it has chosen nothing so far.

        `user_id`: whose block or allowance will be asked for next, to be read in the same statement.
        """
        known = next((rules for (guild, _), rules in self._known.items() if guild == guild_id), None)
        return (known or await self._rules(guild_id, user_id)).settings

    async def choose(self, settings: ServerSettings) -> None:
        self._known.clear()
        values = asdict(settings) | {"channel_ids": list(settings.channel_ids), "role_ids": list(settings.role_ids)}
        await put(self._connection, ServerRow, **values)

    async def block(self, block: Block) -> None:
        """Blocks the user, in place of an earlier block."""
        self._known.clear()
        await put(self._connection, BlockRow, **asdict(block))

    async def unblock(self, guild_id: int, user_id: int) -> bool:
        """False when they were not blocked."""
        self._known.clear()
        here = (BlockRow.guild_id == guild_id, BlockRow.user_id == user_id)
        now = datetime.now(UTC)
        gone = await self._connection.execute(delete(BlockRow).where(*here).returning(BlockRow.until))
        ends = [row.until for row in gone]
        return any(end is None or end > now for end in ends)

    async def block_of(self, guild_id: int, user_id: int) -> Block | None:
        """The block that holds right now."""
        block = (await self._rules(guild_id, user_id)).block
        return None if block is None or (block.until is not None and block.until <= datetime.now(UTC)) else block

    async def forget_past_blocks(self, now: datetime) -> None:
        """Blocks that are over go, with whose and why."""
        self._known.clear()
        await self._connection.execute(delete(BlockRow).where(BlockRow.until <= now))

    async def allow(self, allowance: Allowance) -> None:
        """Gives the user a limit of their own."""
        self._known.clear()
        await put(self._connection, AllowanceRow, **asdict(allowance))

    async def take_back_allowance(self, guild_id: int, user_id: int) -> None:
        """The user has the server's limit again."""
        self._known.clear()
        here = (AllowanceRow.guild_id == guild_id, AllowanceRow.user_id == user_id)
        await self._connection.execute(delete(AllowanceRow).where(*here))

    async def allowance_of(self, guild_id: int, user_id: int) -> Allowance | None:
        return (await self._rules(guild_id, user_id)).allowance

    async def record(
        self, guild_id: int, moderator_id: int, user_id: int | None, kind: ActKind, detail: str, thread_id: int | None
    ) -> None:
        deed = {"guild_id": guild_id, "moderator_id": moderator_id, "user_id": user_id, "kind": kind, "detail": detail}
        await self._connection.execute(_NEW_ACT, deed | {"thread_id": thread_id})

    async def acts_to_announce(self, limit: int) -> list[Act]:
        """Those that nobody was told of so far, oldest first."""
        return [_act(row) for row in await self._connection.execute(_TO_ANNOUNCE, {"limit": limit})]

    async def announced(self, act_id: int) -> None:
        await self._connection.execute(update(ActRow).where(ActRow.id == act_id).values(announced_at=datetime.now(UTC)))

    async def latest_acts(self, guild_id: int, limit: int) -> Sequence[Act]:
        """The server's, newest first."""
        rows = await self._connection.execute(
            select(ActRow).where(ActRow.guild_id == guild_id).order_by(ActRow.id.desc()).limit(limit)
        )
        return [_act(row) for row in rows]

    async def about(self, user_id: int) -> list[dict[str, Any]]:
        """What moderators of all servers decided of the user, and did for or to them, as records."""
        records: list[dict[str, Any]] = []
        for table in (BlockRow, AllowanceRow, ActRow):
            columns = [each for each in table.__table__.columns if each.name not in ("id", "announced_at")]
            rows = await self._connection.execute(select(*columns).where(table.user_id == user_id))
            records += [{"record": table.__tablename__, **row} for row in rows.mappings()]
        return records

    async def deeds_of(self, user_id: int) -> list[dict[str, Any]]:
        """What the user did as a moderator, without saying to whom: that is not theirs."""
        columns = (ActRow.guild_id, ActRow.kind, ActRow.at)
        rows = await self._connection.execute(
            select(*columns).where(ActRow.moderator_id == user_id).order_by(ActRow.id)
        )
        return [dict(row) for row in rows.mappings()]

    async def forget_in_acts(self, user_id: int) -> None:
        """What was done to the user stays, without saying to whom; so does what they did as a moderator."""
        nobody = {"user_id": None, "thread_id": None, "detail": ""}
        await self._connection.execute(update(ActRow).where(ActRow.user_id == user_id).values(nobody))

    async def known(self) -> set[int]:
        """The servers that have chosen something, or whose moderators have done something."""
        kept = union(*(select(table.guild_id) for table in (ServerRow, BlockRow, AllowanceRow, ActRow)))
        return set(await self._connection.scalars(kept))

    async def forget(self, guild_id: int) -> None:
        """The bot has left the server."""
        self._known.clear()
        for table in (ServerRow, BlockRow, AllowanceRow, ActRow, KnownMemberRow):
            await self._connection.execute(delete(table).where(table.guild_id == guild_id))

    async def _rules(self, guild_id: int, user_id: int) -> _Rules:
        if (guild_id, user_id) not in self._known:
            row = (await self._connection.execute(_RULES, {"guild_id": guild_id, "user_id": user_id})).one()
            self._known[guild_id, user_id] = _Rules(
                ServerSettings(guild_id) if row.server_guild_id is None else _settings(row),
                None if row.blocked is None else Block(guild_id, user_id, row.reason, row.blocked_by, row.until),
                None if row.allowed is None else Allowance(guild_id, user_id, row.pictures_a_day),
            )
        return self._known[guild_id, user_id]


def _act(row: AnyRow) -> Act:
    kind = ActKind(row.kind)
    return Act(row.id, row.guild_id, row.moderator_id, row.user_id, row.thread_id, kind, row.detail, row.at)


def _settings(row: AnyRow) -> ServerSettings:
    chosen = {each.name: getattr(row, f"server_{each.name}") for each in fields(ServerSettings)}
    lists = {name: tuple(chosen[name]) for name in ("channel_ids", "role_ids")}
    return ServerSettings(**{**chosen, **lists})
