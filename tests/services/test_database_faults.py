"""A database that refuses while the bot runs: one sentence, nothing half stored, and on it goes when it takes again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from structlog.testing import capture_logs

from bot.demo.local_gemini import Fault
from bot.domain import TurnState
from bot.errors import DatabaseUnavailable
from database_troubles import PRAGMAS, Trouble, pragma, trouble
from stage import Stage, bot_messages, last, newest_turn, photo, pictures, said, until, until_turn
from storage.sqlite_connection import Connection

SENTENCE = DatabaseUnavailable().user_message
A_MINUTE = 61


@pytest.fixture(autouse=True)
def gives_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_SECONDS", 0.02)


def detailed_photo() -> bytes:
    """One that needs space of its own in the file."""
    buffer = BytesIO()
    Image.effect_noise((200, 200), 90).save(buffer, "PNG")
    return buffer.getvalue()


def rows(database_file: Path) -> list[str]:
    """All that is stored."""
    with closing(sqlite3.connect(database_file)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("kind", Trouble)
async def test_a_prompt_gets_one_sentence_and_works_afterwards(
    stage: Stage, database_file: Path, kind: Trouble
) -> None:
    await stage.start()
    hat = ("hat.png", detailed_photo())
    before = rows(database_file)

    async with trouble(kind, stage.database, database_file) as refused:
        await stage.alice.send(stage.thread, "wear this", attachments=[hat])

    assert refused
    assert last(stage.thread) == SENTENCE
    assert len(bot_messages(stage.thread)) == 2
    assert rows(database_file) == before

    await stage.alice.send(stage.thread, "wear this", attachments=[hat])

    assert "v2" in pictures(stage.thread)[1].content
    assert len(bot_messages(stage.thread)) == 3
    assert (await newest_turn(stage)).state is TurnState.POSTED


@pytest.mark.parametrize("kind", [Trouble.LOCKED, Trouble.FULL])
async def test_a_command_gets_one_sentence_and_works_afterwards(
    stage: Stage, database_file: Path, kind: Trouble
) -> None:
    await stage.start(stage.bob)
    me = ("me.png", detailed_photo())
    before = rows(database_file)

    async with trouble(kind, stage.database, database_file) as refused:
        result = await stage.start(photo1=me)

    assert refused
    assert said(result) == SENTENCE
    assert len(stage.studio.threads) == 1
    assert rows(database_file) == before

    await stage.start(photo1=me)

    assert "v1" in pictures(stage.thread)[0].content
    assert (await newest_turn(stage)).state is TurnState.POSTED


@pytest.mark.parametrize("kind", [Trouble.LOCKED, Trouble.FULL])
async def test_a_picture_that_cannot_be_stored_is_held_until_it_can(
    stage: Stage, database_file: Path, kind: Trouble
) -> None:
    stage.gemini.picture = None  # it draws some that a full disk has no room for
    await stage.start()
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    async with trouble(kind, stage.database, database_file) as refused:
        stage.gemini.release()
        await until(lambda: len(refused) > 1)
    await stage.env.settle()

    assert len(stage.gemini.requests) == 2  # paid once
    assert len(bot_messages(stage.thread)) == len(pictures(stage.thread)) == 2
    turn = await newest_turn(stage)
    assert (turn.state, turn.version) == (TurnState.POSTED, 2)
    await stage.alice.send(stage.thread, "darker")
    assert "v3" in pictures(stage.thread)[2].content


async def test_no_more_pictures_are_paid_for_than_can_be_held(stage: Stage, database_file: Path) -> None:
    await stage.start()
    await stage.start(stage.bob)
    hers, his = stage.studio.threads
    await stage.restart(gemini_concurrency=1)
    stage.gemini.hold()
    stage.env.backend.create_message(hers.id, stage.alice.id, "warmer")
    await until(lambda: len(stage.gemini.requests) == 3)
    message = stage.env.backend.create_message(his.id, stage.bob.id, "warmer")
    await until_turn(stage, message.id)

    async with trouble(Trouble.LOCKED, stage.database, database_file) as refused:
        stage.gemini.release()
        await until(lambda: len(refused) > 15)
        asked = len(stage.gemini.requests)
    await stage.env.settle()

    assert asked == 3
    assert [len(pictures(each)) for each in (hers, his)] == [2, 2]


async def test_a_refusal_that_cannot_be_stored_is_told_when_it_can(stage: Stage, database_file: Path) -> None:
    await stage.start()
    stage.gemini.hold()
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    async with trouble(Trouble.LOCKED, stage.database, database_file) as refused:
        stage.gemini.release()
        await until(lambda: len(refused) > 1)
    await stage.env.settle()

    assert len(stage.gemini.requests) == 2
    assert "filters blocked it" in last(stage.thread)
    assert (await newest_turn(stage)).state is TurnState.REFUSED


@pytest.mark.parametrize(("fault", "end"), [(None, TurnState.POSTED), (Fault.PROMPT_BLOCKED, TurnState.REFUSED)])
async def test_what_was_stored_without_our_knowing_is_answered_at_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: Fault | None, end: TurnState
) -> None:
    await stage.start()
    stage.gemini.hold()
    if fault is not None:
        stage.gemini.fail_next(fault)
    prompt = stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    lost = lose_next_answer(monkeypatch)
    stage.gemini.release()
    await stage.env.settle()

    assert lost
    assert (await newest_turn(stage)).state is end
    (answer,) = bot_messages(stage.thread)[1:]
    assert answer.reference is not None
    assert answer.reference.message_id == prompt.id
    assert answer.attachments if fault is None else "filters blocked it" in answer.content


def lose_next_answer(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Error]:
    """The next commit takes effect, yet is answered with an error, which is handed out."""
    commit = Connection.commit
    lost: list[sqlite3.Error] = []

    async def commit_without_answer(connection: Connection) -> None:
        await commit(connection)
        if not lost:
            lost.append(sqlite3.OperationalError("disk I/O error"))
            raise lost[0]

    monkeypatch.setattr(Connection, "commit", commit_without_answer)
    return lost


async def test_a_turn_left_behind_goes_on_within_a_minute_of_the_databases_return(
    stage: Stage, database_file: Path
) -> None:
    """Its picture is posted, but that could not be noted; then the database cannot even be read."""
    await stage.start()
    engine = stage.database.engine.sync_engine
    with pragma(engine, *PRAGMAS[Trouble.READ_ONLY], when=lambda: len(pictures(stage.thread)) == 2):
        await stage.alice.send(stage.thread, "warmer")
    left = (await newest_turn(stage)).state
    async with trouble(Trouble.GONE, stage.database, database_file) as refused:
        await stage.env.advance_time(A_MINUTE)

    await stage.env.advance_time(A_MINUTE)

    assert left is TurnState.GENERATED
    assert refused
    assert (await newest_turn(stage)).state is TurnState.POSTED
    assert len(bot_messages(stage.thread)) == len(pictures(stage.thread)) == 2
    assert len(stage.gemini.requests) == 2


async def test_a_change_that_is_lost_is_one_line_in_the_log(stage: Stage, database_file: Path) -> None:
    await stage.start()
    prompt = await stage.alice.send(stage.thread, "warmer")

    with capture_logs() as lines:
        async with trouble(Trouble.GONE, stage.database, database_file):
            await stage.alice.edit(prompt, "darker")

    assert [(each["event"], each.get("reason"), "exc_info" in each) for each in lines] == [
        ("event lost", "DatabaseUnavailable", False)
    ]
    await stage.alice.send(stage.thread, "darker")
    assert "v3" in pictures(stage.thread)[2].content


async def test_what_gets_no_answer_meanwhile_is_answered_if_it_was_a_prompt(stage: Stage, database_file: Path) -> None:
    """Two chats in one thread. That Alice's lives there is known without the database, of Bob's it is not."""
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    bobs = {"identity": "The Sailor", "description": "sails", "photo1": ("b.png", photo())}
    await stage.bob.slash(stage.thread, "identity start", **bobs)
    before = len(bot_messages(stage.thread))

    async with trouble(Trouble.GONE, stage.database, database_file):
        prompt = await stage.bob.send(stage.thread, "darker")
        await stage.mona.send(stage.thread, "nice!")
        silent = len(bot_messages(stage.thread)) == before
        await stage.alice.send(stage.thread, "cooler")
        told = last(stage.thread)
    await stage.env.advance_time(A_MINUTE)

    assert silent
    assert told == SENTENCE
    assert len(bot_messages(stage.thread)) == before + 2
    answer = bot_messages(stage.thread)[-1]
    assert answer.attachments
    assert answer.reference is not None
    assert answer.reference.message_id == prompt.id
