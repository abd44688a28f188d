"""How many pictures: reserved when a prompt is taken, used by a picture, given back by whatever else ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import Place
from bot.errors import TextTooLong
from bot.rule_errors import Blocked, BudgetReached, LimitReached, ServerLimitReached, TooManyWaiting, UserLimitReached
from bot.servers import Allowance, Block, Ceilings, ServerSettings
from bot.services.orders import PictureOrder
from stage import database_in, photo, until
from storage.tables import UseRow
from workshop import Wall, Workshop

GUILD = 1
Open = Callable[..., Awaitable[Workshop]]


@pytest.fixture
async def workshop_with(gemini: LocalGemini, database_file: Path) -> AsyncIterator[Open]:
    """Opens a workshop with a chat of one picture, under the ceilings it is given."""
    opened: list[Workshop] = []

    async def open_with(**ceilings: float) -> Workshop:
        limits = Ceilings(**({"user_pictures_a_day": None} | ceilings))  # type: ignore[arg-type]
        workshop = Workshop(database_in(database_file), gemini.url, Wall(), count(1000), limits)
        opened.append(workshop)
        await workshop.open()
        await workshop.start(photo())
        await workshop.idle()
        return workshop

    yield open_with
    for workshop in opened:
        await workshop.close()


@asynccontextmanager
async def drawing(gemini: LocalGemini, workshop: Workshop) -> AsyncIterator[None]:
    """One edit is under way, for as long as the block runs."""
    gemini.latency_seconds = 600
    await workshop.edit("warmer")
    try:
        yield
    finally:
        gemini.latency_seconds = 0


async def test_the_last_picture_is_drawn_and_the_next_is_told_when_it_opens(workshop_with: Open) -> None:
    workshop = await workshop_with(user_pictures_a_day=2)
    await workshop.edit("warmer")
    await workshop.idle()

    with pytest.raises(UserLimitReached) as refused:
        await workshop.edit("darker")

    assert refused.value.opens_at is not None
    left = refused.value.opens_at - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(days=1)
    assert f"<t:{int(refused.value.opens_at.timestamp())}:R>" in refused.value.user_message
    async with workshop.database.snapshot() as repos:
        assert await repos.waiting.of_user(Workshop.USER) == []


async def test_pictures_of_yesterday_do_not_count(workshop_with: Open) -> None:
    workshop = await workshop_with(user_pictures_a_day=1)
    async with workshop.database.engine.begin() as connection:
        await connection.execute(update(UseRow).values(at=datetime.now(UTC) - timedelta(hours=24, seconds=1)))

    await workshop.edit("warmer")


async def test_a_prompt_that_waits_has_its_picture_reserved(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(user_pictures_a_day=2)

    async with drawing(gemini, workshop):
        with pytest.raises(UserLimitReached):
            await workshop.edit("darker")


@pytest.mark.parametrize("fault", [Fault.PROMPT_BLOCKED, Fault.BAD_KEY], ids=["refused", "failed"])
async def test_what_yields_no_picture_gives_it_back(workshop_with: Open, gemini: LocalGemini, fault: Fault) -> None:
    workshop = await workshop_with(user_pictures_a_day=2)
    gemini.fail_next(fault)
    await workshop.edit("warmer")
    await workshop.idle()

    await workshop.edit("darker")


async def test_a_cancelled_prompt_gives_it_back(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(user_pictures_a_day=2)
    async with drawing(gemini, workshop):
        async with workshop.database.snapshot() as repos:
            (waiting,) = await repos.waiting.of_user(Workshop.USER)
        await workshop.versions.cancel(waiting, workshop.own())
    await workshop.idle()

    await workshop.edit("darker")


async def test_a_chat_that_is_ended_keeps_its_pictures_counted(workshop_with: Open) -> None:
    workshop = await workshop_with(user_pictures_a_day=1)
    await workshop.chats.end(workshop.own())

    with pytest.raises(UserLimitReached):
        await workshop.start(photo())


async def test_trying_again_what_failed_is_counted_like_a_new_prompt(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(user_pictures_a_day=2)
    gemini.fail_next(Fault.BAD_KEY)
    await workshop.edit("warmer")
    await workshop.idle()
    async with workshop.database.snapshot() as repos:
        failed = await repos.turns.newest_of_user(Workshop.USER)
    assert failed is not None
    await workshop.edit("darker")
    await workshop.idle()

    with pytest.raises(UserLimitReached):
        await workshop.versions.try_again(failed.id, workshop.own())


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"user_pictures_a_day": 1}, UserLimitReached),
        ({"server_pictures_a_day": 1}, ServerLimitReached),
        ({"user_pictures_a_day": 0}, UserLimitReached),
    ],
)
async def test_a_server_s_own_limit_comes_before_the_bot_s(
    workshop_with: Open, settings: dict[str, int], refused: type[LimitReached]
) -> None:
    workshop = await workshop_with(user_pictures_a_day=100, server_pictures_a_day=100)
    async with workshop.database.transaction() as repos:
        await repos.servers.choose(ServerSettings(GUILD, **settings))  # type: ignore[arg-type]

    with pytest.raises(refused):
        await workshop.edit("warmer")


async def test_a_limit_of_one_s_own_comes_before_the_server_s(workshop_with: Open) -> None:
    workshop = await workshop_with(user_pictures_a_day=1)
    async with workshop.database.transaction() as repos:
        await repos.servers.allow(Allowance(GUILD, Workshop.USER, 2))

    await workshop.edit("warmer")
    await workshop.idle()
    with pytest.raises(UserLimitReached):
        await workshop.edit("darker")
    async with workshop.database.transaction() as repos:
        await repos.servers.allow(Allowance(GUILD, Workshop.USER, None))
    await workshop.edit("darker")


async def test_only_so_many_prompts_wait(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(most_waiting=2)

    async with drawing(gemini, workshop):
        await workshop.edit("darker")
        with pytest.raises(TooManyWaiting):
            await workshop.edit("sepia")


async def test_the_whole_bot_s_budget_stops_new_prompts_kindly(workshop_with: Open) -> None:
    """One picture of the model costs 0.067 USD."""
    workshop = await workshop_with(usd_a_day=0.14)
    await workshop.edit("warmer")
    await workshop.idle()

    with pytest.raises(BudgetReached) as refused:
        await workshop.edit("darker")

    assert "as much as I may for one day" in refused.value.user_message
    assert refused.value.opens_at is not None


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.DROPPED_HALFWAY, Fault.NOT_JSON])
async def test_what_may_have_been_drawn_and_did_not_arrive_counts_as_paid(
    workshop_with: Open, gemini: LocalGemini, fault: Fault
) -> None:
    workshop = await workshop_with(usd_a_day=0.14)
    gemini.fail_next(fault)
    await workshop.edit("warmer")
    await workshop.idle()

    with pytest.raises(BudgetReached):
        await workshop.edit("darker")


async def test_what_gemini_did_not_draw_costs_nothing(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(usd_a_day=0.14)
    gemini.fail_next(Fault.PROMPT_BLOCKED)
    await workshop.edit("warmer")
    await workshop.idle()

    await workshop.edit("darker")


async def test_a_server_may_want_shorter_prompts(workshop_with: Open) -> None:
    workshop = await workshop_with()
    async with workshop.database.transaction() as repos:
        await repos.servers.choose(ServerSettings(GUILD, prompt_length=10))

    with pytest.raises(TextTooLong):
        await workshop.edit("make it a good deal warmer")


async def test_the_blocked_get_no_picture_wherever_they_ask_for_it(workshop_with: Open) -> None:
    """In private, too, for a chat that lives on the server."""
    workshop = await workshop_with()
    async with workshop.database.transaction() as repos:
        await repos.servers.block(Block(GUILD, Workshop.USER, "spam", 99, None))

    with pytest.raises(Blocked):
        await workshop.edit("warmer")


async def test_what_waits_is_reserved_at_its_own_price(workshop_with: Open, gemini: LocalGemini) -> None:
    """An upscale to 4K costs 0.151 USD, a small edit 0.067, the first picture has cost as much."""
    workshop = await workshop_with(usd_a_day=0.25)
    async with workshop.database.snapshot() as repos:
        first = await repos.turns.newest_of_user(Workshop.USER)
    assert first is not None
    gemini.latency_seconds = 600
    await workshop.versions.upscale(workshop.own(), workshop.next_source(), first.id)

    with pytest.raises(BudgetReached):
        await workshop.edit("darker")

    gemini.latency_seconds = 0


async def test_what_is_cancelled_while_it_is_drawn_is_paid_for(workshop_with: Open, gemini: LocalGemini) -> None:
    workshop = await workshop_with(usd_a_day=0.21)
    asked = len(gemini.requests)
    async with drawing(gemini, workshop):
        async with asyncio.timeout(10):
            while len(gemini.requests) == asked:
                await asyncio.sleep(0.005)
        async with workshop.database.snapshot() as repos:
            (waiting,) = await repos.waiting.of_user(Workshop.USER)
        await workshop.versions.cancel(waiting, workshop.own())
    await workshop.idle()

    async with workshop.database.snapshot() as repos:
        costs = [cost for _, cost in await repos.uses.costs(datetime(2026, 1, 1, tzinfo=UTC))]
        pictures = await repos.uses.pictures_of_user(Workshop.USER, GUILD, datetime(2026, 1, 1, tzinfo=UTC))
    assert costs == [0.067, 0.067]
    assert len(pictures) == 1
    await workshop.edit("darker")
    await workshop.idle()
    with pytest.raises(BudgetReached):
        await workshop.edit("sepia")


async def test_of_two_starts_at_once_the_one_too_many_opens_no_thread(workshop_with: Open) -> None:
    workshop = await workshop_with(most_waiting=1)
    line = workshop.chats.in_order(workshop.USER)
    opened: list[str] = []

    async def open_thread(name: str) -> Place:
        opened.append(name)
        if len(opened) == 1:
            await until(lambda: bool(line._waiters))  # the other was let in, and waits for this one
        return Place(GUILD, channel_id=2, thread_id=workshop.next_source())

    def start() -> Awaitable[object]:
        order = PictureOrder(
            user_id=workshop.USER,
            asked_by=workshop.USER,
            source_id=workshop.next_source(),
            identity_name="The Artist",
            guild_id=GUILD,
        )
        return workshop.chats.start_identity_image_chat(order, open_thread)

    first, second = await asyncio.gather(start(), start(), return_exceptions=True)

    assert not isinstance(first, BaseException)
    assert isinstance(second, TooManyWaiting)
    assert opened == ["The Artist"]
    await workshop.idle()
