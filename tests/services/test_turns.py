"""The queue: what is asked is answered once, in order, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from bot.demo.local_gemini import Fault
from bot.domain import RawPhoto, Turn, TurnKind, TurnState
from bot.errors import DatabaseUnavailable
from bot.imaging.intake import Intake, take_in
from bot.services import photos
from stage import BLUE, Stage, bot_messages, chat_of, count, last, own, photo, pictures, until, until_turn
from storage.tables import TurnRow


def write(stage: Stage, user_id: int, channel_id: int, text: str) -> int:
    """A message that nobody waits for."""
    return stage.env.backend.create_message(channel_id, user_id, text).id


async def drawing(stage: Stage, requests: int) -> None:
    """Until Gemini has been asked so many times."""
    await until(lambda: len(stage.gemini.requests) >= requests)


async def test_a_prompt_whose_picture_was_being_drawn_is_answered_after_a_restart(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 5
    write(stage, stage.alice.id, stage.thread.id, "warmer")
    await drawing(stage, 2)
    stage.gemini.latency_seconds = 0

    await stage.restart()

    assert len(pictures(stage.thread)) == 2
    assert len(bot_messages(stage.thread)) == 2


async def test_told_to_stop_it_posts_what_is_being_drawn_and_begins_nothing_new(stage: Stage) -> None:
    await stage.start()
    await stage.start(stage.bob, photo1=("b.png", photo(BLUE)))
    hers, his = stage.studio.threads
    await stage.restart(gemini_concurrency=1, stop_seconds=60)
    stage.gemini.hold()
    write(stage, stage.alice.id, hers.id, "warmer")
    await drawing(stage, 3)
    write(stage, stage.bob.id, his.id, "waits for Alice's")
    write(stage, stage.alice.id, hers.id, "waits for the first")
    await until_taken(stage, 5)

    closing = asyncio.create_task(stage.bot.close())
    await until(lambda: stage.bot._queue._stopping.begun)
    stage.gemini.release()
    await closing
    posted, asked = (len(pictures(hers)), len(pictures(his))), len(stage.gemini.requests)
    await stage.restart()

    assert posted == (2, 1)
    assert asked == 3
    assert (len(pictures(hers)), len(pictures(his))) == (3, 2)


async def until_taken(stage: Stage, turns: int) -> None:
    async with asyncio.timeout(60):
        while await count(stage, TurnRow) != turns:
            await asyncio.sleep(0.005)


async def left_unposted(stage: Stage) -> Turn:
    """As after a crash between posting a picture and storing that it is posted."""
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.newest_of_user(stage.alice.id)
    assert turn is not None
    async with stage.database.engine.begin() as connection:
        await connection.execute(update(TurnRow).where(TurnRow.id == turn.id).values(state=TurnState.GENERATED))
    return turn


async def state_of(stage: Stage, turn: Turn) -> TurnState:
    async with stage.database.snapshot() as repos:
        stored = await repos.turns.get(turn.id)
    assert stored is not None
    return stored.state


async def test_a_prompt_that_waited_for_the_database_is_not_called_drawn_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(_user_id: int) -> Turn | None:
        raise DatabaseUnavailable

    await stage.start()
    with monkeypatch.context() as trouble:
        trouble.setattr(stage.bot._queue, "_next", unavailable)
        await stage.alice.send(stage.thread, "warmer")

    with capture_logs() as log:
        await stage.bot._queue.resume()
        await until(lambda: len(pictures(stage.thread)) == 2)

    assert log == []


async def test_a_picture_that_was_not_posted_yet_is_posted_after_a_restart_without_asking_again(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    turn = await left_unposted(stage)
    stage.env.backend.delete_message(stage.thread.id, pictures(stage.thread)[1].id)

    await stage.restart()

    assert len(stage.gemini.requests) == 2
    assert len(pictures(stage.thread)) == 2
    assert await state_of(stage, turn) is TurnState.POSTED


async def test_a_picture_that_the_thread_shows_already_is_not_posted_again(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    turn = await left_unposted(stage)

    await stage.restart()

    assert len(pictures(stage.thread)) == 2
    assert await state_of(stage, turn) is TurnState.POSTED


async def test_a_passing_trouble_of_discord_is_waited_out(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=503, times=2)

    await stage.alice.send(stage.thread, "warmer")

    assert len(bot_messages(stage.thread)) == 2
    assert len(pictures(stage.thread)) == 2


async def test_a_passing_trouble_of_discord_is_waited_out_before_a_picture_is_posted_anew(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    turn = await left_unposted(stage)
    stage.env.inject_error("GET", f"/channels/{stage.thread.id}/messages", status=503, times=2)

    await stage.restart()

    assert len(bot_messages(stage.thread)) == len(pictures(stage.thread)) == 2
    assert await state_of(stage, turn) is TurnState.POSTED


async def test_a_first_picture_that_was_being_drawn_opens_its_chat_after_a_restart(stage: Stage) -> None:
    stage.gemini.latency_seconds = 5
    starting = asyncio.ensure_future(stage.start())
    await drawing(stage, 1)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    stage.gemini.latency_seconds = 0

    await stage.restart()
    await stage.alice.send(stage.thread, "warmer")

    assert ["v1" in message.content for message in pictures(stage.thread)] == [True, False]


async def test_at_most_so_many_pictures_are_drawn_at_once_and_users_take_turns(stage: Stage) -> None:
    await stage.start()
    await stage.start(stage.bob, photo1=("b.png", photo(BLUE)))
    hers, his = stage.studio.threads
    await stage.restart(gemini_concurrency=1)
    stage.gemini.latency_seconds = 0.05
    for number in range(3):
        write(stage, stage.alice.id, hers.id, f"hers {number}")
    write(stage, stage.bob.id, his.id, "his")

    await stage.env.settle()

    asked = [request.contents[-1]["parts"][0]["text"] for request in stage.gemini.requests[2:]]
    assert sorted(asked) == ["hers 0", "hers 1", "hers 2", "his"]
    assert asked.index("his") <= 1
    assert [text for text in asked if text != "his"] == ["hers 0", "hers 1", "hers 2"]


async def test_users_are_served_side_by_side(stage: Stage) -> None:
    await stage.start()
    await stage.start(stage.bob, photo1=("b.png", photo(BLUE)))
    hers, his = stage.studio.threads
    stage.gemini.fail_next(Fault.TIMEOUT)
    write(stage, stage.alice.id, hers.id, "never answered")
    await drawing(stage, 3)

    write(stage, stage.bob.id, his.id, "warmer")
    await until(lambda: len(pictures(his)) == 2)

    assert len(pictures(hers)) == 1


async def test_a_chat_that_is_ended_while_its_picture_is_drawn_gets_no_picture(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    write(stage, stage.alice.id, stage.thread.id, "warmer")
    await drawing(stage, 2)

    await stage.alice.slash(stage.studio, "identity end")

    assert len(bot_messages(stage.thread)) == 1
    async with stage.database.snapshot() as repos:
        assert await repos.turns.newest_of_user(stage.alice.id) is None


async def test_edits_that_wait_for_a_start_are_told_when_it_is_refused(stage: Stage) -> None:
    stage.gemini.hold()
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)
    starting = asyncio.ensure_future(stage.start())
    await drawing(stage, 1)
    await until_turn(stage, write(stage, stage.alice.id, stage.thread.id, "warmer"))

    stage.gemini.release()
    await starting

    assert [("Rephrase" in message.content) for message in bot_messages(stage.thread)] == [True, False]
    assert "Begin again" in last(stage.thread)
    assert len(stage.gemini.requests) == 1


async def test_two_starts_one_after_another_each_keep_their_own_prompts(stage: Stage) -> None:
    stage.gemini.hold()
    first = asyncio.ensure_future(stage.start())
    await drawing(stage, 1)
    write(stage, stage.alice.id, stage.thread.id, "of the first")
    await until_turn(stage, write(stage, stage.alice.id, stage.thread.id, "also of the first"))
    stage.gemini.release()
    await first
    one = stage.thread

    await stage.start(identity="The Explorer")
    await stage.alice.send(stage.thread, "of the second")

    assert len(pictures(one)) == 3
    assert len(pictures(stage.thread)) == 2


async def test_while_another_start_is_drawn_the_old_thread_leads_to_the_new_one(stage: Stage) -> None:
    await stage.start()
    old = stage.thread
    stage.gemini.hold()
    starting = asyncio.ensure_future(stage.start(identity="The Explorer"))
    await drawing(stage, 2)
    write(stage, stage.alice.id, old.id, "warmer")
    await until(lambda: stage.thread.mention in last(old))

    stage.gemini.release()
    await starting

    assert len(pictures(old)) == 1


async def test_an_edit_whose_photos_outlast_its_start_belongs_to_the_chat(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The photos are still being looked at when the first picture arrives."""
    stage.gemini.hold()
    starting = asyncio.ensure_future(stage.start())
    await drawing(stage, 1)
    begun, look = hold_photos(monkeypatch)
    write_with_photo(stage, "wear this")
    await begun.wait()
    stage.gemini.release()
    await until(lambda: len(pictures(stage.thread)) == 1)
    look.set()

    await starting
    await stage.env.settle()

    assert [len(request.contents) for request in stage.gemini.requests] == [1, 3]
    assert len(pictures(stage.thread)) == 2


async def test_an_edit_whose_photos_outlast_its_chat_is_told_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    begun, look = hold_photos(monkeypatch)
    write_with_photo(stage, "wear this")
    await begun.wait()
    ending = asyncio.ensure_future(stage.alice.slash(stage.studio, "identity end"))
    async with asyncio.timeout(60):
        while await has_chat(stage):
            await asyncio.sleep(0.005)
    look.set()

    await ending

    assert "/identity start" in last(stage.thread)
    assert len(stage.gemini.requests) == 1


def hold_photos(monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """From now on photos that are to be looked at set the first event, and are looked at once the other is set."""
    begun, look = asyncio.Event(), asyncio.Event()

    async def take_in_later(files: Sequence[RawPhoto]) -> Intake:
        begun.set()
        await look.wait()
        return await take_in(files)

    monkeypatch.setattr(photos, "take_in", take_in_later)
    return begun, look


def write_with_photo(stage: Stage, text: str) -> None:
    attachments = stage.env.backend.store_attachments(stage.thread.id, [("hat.png", photo(BLUE))])
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, text, attachments=attachments)


async def has_chat(stage: Stage) -> bool:
    return await chat_of(stage, stage.alice) is not None


async def test_ending_the_chat_leaves_a_picture_without_a_chat_in_the_queue(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 600
    write(stage, stage.alice.id, stage.thread.id, "warmer")
    await drawing(stage, 2)
    once = {"identity": "The Chef", "description": "cooks", "photo1": ("a.png", photo())}
    asking = asyncio.ensure_future(stage.alice.slash(stage.studio, "identity once", **once))
    async with asyncio.timeout(60):
        while await newest_kind(stage) is not TurnKind.ONCE:
            await asyncio.sleep(0.005)
    stage.gemini.latency_seconds = 0
    await stage.bot.services.chats.end(own(stage.alice))

    await asking

    assert len(pictures(stage.studio)) == 1
    assert len(pictures(stage.thread)) == 1


async def newest_kind(stage: Stage) -> TurnKind:
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.newest_of_user(stage.alice.id)
    assert turn is not None
    return turn.kind
