"""The bot crashes at every point of an answer, one after another, and each time all ends as if it had not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from simcord.actors import MemberActor
from simcord.backend.models import Message
from simcord.builders import ChannelHandle
from sqlalchemy import Row, select, text
from structlog.testing import capture_logs

from bot.demo.local_gemini import Fault
from bot.domain import IdentityImageChat, TurnState, picture_hashes
from crash_points import crash, crash_points, start_again
from stage import Stage, posts
from storage.database import Database
from storage.tables import ImageBytesRow, ImageRow, ReferencePhotoRow, TurnImageRow, TurnRow

ANSWERED = "after call to Gemini"
TOLD = "after POST /webhooks/{webhook_id}/{webhook_token}"
BESIDE = (f"{TOLD} (2)", "after commit in PhotoShelf.remember_explained")
"""What a newcomer is told of photos, while Gemini draws: it may have answered by then."""


async def newcomer(stage: Stage) -> MemberActor:
    return stage.guild.add_member(stage.env.create_user("newcomer"))


async def painter(stage: Stage) -> MemberActor:
    """Alice, whose chat goes on from crash to crash."""
    if not stage.studio.threads:
        await stage.start()
        await edit(stage, stage.alice)
    return stage.alice


async def painter_whose_picture_is_not_posted(stage: Stage) -> MemberActor:
    """Somebody wrote since, so that the next bot looks for missed prompts and for the picture: both in the history."""
    who = await painter(stage)
    await crash(stage, "after commit in TurnQueue._store", partial(edit, stage, who))
    stage.env.backend.create_message(stage.thread.id, stage.bob.id, "I like this one")
    return who


async def start(stage: Stage, who: MemberActor) -> object:
    return await stage.start(who)


async def edit(stage: Stage, who: MemberActor) -> object:
    return await who.send(stage.thread, "make it warmer")


async def refused_edit(stage: Stage, who: MemberActor) -> object:
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED, times=2)
    return await edit(stage, who)


async def undo(stage: Stage, who: MemberActor) -> object:
    return await who.slash(stage.studio, "identity undo")


async def restart(stage: Stage, _who: MemberActor) -> object:
    await start_again(stage)
    return None


@dataclass(frozen=True)
class Scenario:
    """What the bot crashes in the middle of, and what must be in the end: one turn more, unless `adds` says otherwise.

    `path` makes the turns up to the head from those before and the new ones. A command of which nothing was stored has
    to be given again; anything else the bot must find by itself.
    """

    who: Callable[[Stage], Awaitable[MemberActor]]
    ask: Callable[[Stage, MemberActor], Awaitable[object]]
    path: Callable[[list[int], list[int]], list[int]]
    adds: int = 1
    ends: TurnState = TurnState.POSTED
    by_command: bool = False


SCENARIOS = {
    "start": Scenario(newcomer, start, lambda _, new: new, by_command=True),
    "edit": Scenario(painter, edit, lambda before, new: before + new),
    "refused edit": Scenario(painter, refused_edit, lambda before, _: before, ends=TurnState.REFUSED),
    "replace": Scenario(painter, start, lambda _, new: new, by_command=True),
    "undo": Scenario(painter, undo, lambda before, _: before[:-1], adds=0, by_command=True),
    "restart": Scenario(painter_whose_picture_is_not_posted, restart, lambda before, _: before, adds=0),
}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_after_a_crash_all_ends_as_if_there_had_been_none(
    name: str, stage: Stage, database: Database, subtests: pytest.Subtests
) -> None:
    scenario = SCENARIOS[name]
    who = await scenario.who(stage)
    before = await kept(database, who)
    points = await crash_points(partial(scenario.ask, stage, who))
    await check_end(stage, database, who, scenario, before)

    lost, drawn_twice = [], []
    for point in points:
        with subtests.test(f"{name}, {point}"):
            who = await scenario.who(stage)
            before = await kept(database, who)
            drawn_before = len(stage.gemini.requests)

            await crash(stage, point, partial(scenario.ask, stage, who))
            left = await kept(database, who)
            drawn = len(stage.gemini.requests) - drawn_before
            with capture_logs() as log:
                await start_again(stage)
            if left == before and scenario.by_command:
                lost.append(point)
                assert await kept(database, who) == before
                assert all(posts(thread) for thread in stage.studio.threads)
                await scenario.ask(stage, who)

            waiting = [turn.id for turn in left.turns if turn.state == TurnState.ASKED]
            if waiting and drawn:
                drawn_twice.append(point)
            assert drawn_again_by(log) == waiting
            assert len(stage.gemini.requests) - drawn_before == scenario.adds + (1 if waiting and drawn else 0)
            await check_end(stage, database, who, scenario, before)
    assert lost == points[: len(lost)]
    assert TOLD not in lost
    assert [each for each in drawn_twice if each not in BESIDE] == [each for each in points if each == ANSWERED]


@dataclass(frozen=True)
class Kept:
    """What the database holds of a member; `path` is the chat's turns from the first one to the head."""

    chat: IdentityImageChat | None
    path: list[int]
    turns: Sequence[Row[int, str, int | None, int | None, int | None]]


async def kept(database: Database, who: MemberActor) -> Kept:
    async with database.snapshot() as repos:
        chat = await repos.chats.of_user(who.id)
        path = await repos.turns.path(None if chat is None else chat.head_turn_id)
    columns = (TurnRow.id, TurnRow.state, TurnRow.chat_id, TurnRow.reply_message_id, TurnRow.reply_to_message_id)
    async with database.engine.connect() as connection:
        turns = await connection.execute(select(*columns).where(TurnRow.user_id == who.id).order_by(TurnRow.id))
    return Kept(chat, [turn.id for turn in path], turns.all())


async def check_end(stage: Stage, database: Database, who: MemberActor, scenario: Scenario, before: Kept) -> None:
    """The chat and its thread are as they must be, and one more edit gets its picture."""
    after = await kept(database, who)
    assert after.chat is not None
    known = {turn.id for turn in before.turns}
    new = [turn for turn in after.turns if turn.id not in known]
    assert [turn.state for turn in new] == [scenario.ends] * scenario.adds
    assert after.path == scenario.path(before.path, [turn.id for turn in new])
    assert {turn.chat_id for turn in after.turns} == {after.chat.id}
    check_thread(stage, after)
    await check_nothing_half_stored(database)

    stage.gemini._faults.clear()
    thread = thread_of(stage, after.chat)
    so_far = posts(thread)
    await who.send(thread, "now mirror it")

    assert len(stage.gemini.requests[-1].contents) == 2 * len(after.path) + 1
    (answer,) = posts(thread)[len(so_far) :]
    assert answer.attachments


def check_thread(stage: Stage, after: Kept) -> None:
    """Each picture is there once, as a reply to its prompt, and each refusal."""
    assert after.chat is not None
    messages = posts(thread_of(stage, after.chat))
    pictures = [(answered_by(message), message.id) for message in messages if message.attachments]
    problems = [(answered_by(message), message.id) for message in messages if not message.attachments]
    posted = [turn for turn in after.turns if turn.state == TurnState.POSTED]
    refused = [turn for turn in after.turns if turn.state == TurnState.REFUSED]
    assert pictures == [(turn.reply_to_message_id, turn.reply_message_id) for turn in posted]
    assert problems == [(turn.reply_to_message_id, turn.reply_message_id) for turn in refused]


def thread_of(stage: Stage, chat: IdentityImageChat) -> ChannelHandle:
    return next(thread for thread in stage.studio.threads if thread.id == chat.place.thread_id)


def answered_by(message: Message) -> int | None:
    return None if message.reference is None else int(message.reference["message_id"])


async def check_nothing_half_stored(database: Database) -> None:
    """Every picture has its bytes and is named by something, and what is named is there."""
    async with database.engine.connect() as connection:
        known = set(await connection.scalars(select(ImageRow.sha256)))
        with_bytes = set(await connection.scalars(select(ImageBytesRow.sha256)))
        named = set(await connection.scalars(select(TurnImageRow.sha256)))
        named |= set(await connection.scalars(select(ReferencePhotoRow.sha256)))
        contents = await connection.execute(select(TurnRow.user_content, TurnRow.model_content))
        sent = {sha256 for row in contents for sha256 in picture_hashes(each for each in row if each)}
        dangling = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    assert known == with_bytes == named
    assert sent <= known
    assert not dangling


def drawn_again_by(log: Sequence[Mapping[str, object]]) -> list[object]:
    """The turns of which the log says that Gemini may draw them a second time."""
    return [line["turn"] for line in log if line["event"] == "drawing again what may have been drawn before"]
