"""A server's rules: what is chosen, whom it has blocked, whose limit it has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.servers import ActKind, Allowance, Block, ServerSettings
from storage.database import Database

SERVER, MEMBER, MODERATOR = 1, 11, 12
CHOSEN = ServerSettings(SERVER, channel_ids=(5, 6), log_channel_id=7, aspect_ratio="1:1", most_waiting=3)


async def test_nothing_holds_where_nothing_is_said(store: Database) -> None:
    async with store.snapshot() as repos:
        assert await repos.servers.settings(SERVER) == ServerSettings(SERVER)
        assert await repos.servers.block_of(SERVER, MEMBER) is None
        assert await repos.servers.allowance_of(SERVER, MEMBER) is None


async def test_what_is_said_holds_there_and_for_them_alone(store: Database) -> None:
    block = Block(SERVER, MEMBER, "spam", MODERATOR, datetime.now(UTC) + timedelta(hours=1))
    async with store.transaction() as repos:
        await repos.servers.choose(CHOSEN)
        await repos.servers.block(block)
        await repos.servers.allow(Allowance(SERVER, MEMBER, None))

    async with store.snapshot() as repos:
        assert await repos.servers.settings(SERVER) == CHOSEN
        assert await repos.servers.settings(SERVER + 1) == ServerSettings(SERVER + 1)
        assert await repos.servers.block_of(SERVER, MEMBER) == block
        assert await repos.servers.block_of(SERVER, MODERATOR) is None
        assert await repos.servers.allowance_of(SERVER, MEMBER) == Allowance(SERVER, MEMBER, None)
        assert await repos.servers.allowance_of(SERVER + 1, MEMBER) is None


async def test_what_is_said_last_holds_in_the_same_transaction_too(store: Database) -> None:
    block = Block(SERVER, MEMBER, "spam", MODERATOR, None)
    async with store.transaction() as repos:
        servers = repos.servers

        async def held() -> tuple[ServerSettings, Block | None, Allowance | None]:
            return (
                await servers.settings(SERVER),
                await servers.block_of(SERVER, MEMBER),
                await servers.allowance_of(SERVER, MEMBER),
            )

        assert await held() == (ServerSettings(SERVER), None, None)
        await servers.choose(CHOSEN)
        assert await held() == (CHOSEN, None, None)
        await servers.block(replace(block, reason="ads"))
        await servers.block(block)
        assert await held() == (CHOSEN, block, None)
        await servers.allow(Allowance(SERVER, MEMBER, 4))
        assert await held() == (CHOSEN, block, Allowance(SERVER, MEMBER, 4))
        await servers.unblock(SERVER, MEMBER)
        assert await held() == (CHOSEN, None, Allowance(SERVER, MEMBER, 4))
        await servers.take_back_allowance(SERVER, MEMBER)
        assert await held() == (CHOSEN, None, None)


async def test_what_moderators_did_is_announced_once_in_order(store: Database) -> None:
    async with store.transaction() as repos:
        for kind in (ActKind.START, ActKind.UNDO):
            await repos.servers.record(SERVER, MODERATOR, MEMBER, kind, "", thread_id=3)

    async with store.transaction() as repos:
        first, second = await repos.servers.acts_to_announce(20)
        await repos.servers.announced(first.id)

    assert (first.kind, second.kind) == (ActKind.START, ActKind.UNDO)
    async with store.snapshot() as repos:
        assert await repos.servers.acts_to_announce(20) == [second]
