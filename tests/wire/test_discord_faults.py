"""Discord in trouble, call by call: what the member sees, what is stored, and that the next prompt works."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from enum import StrEnum

import pytest

from bot.demo.local_discord import Fault, Interaction, Message, Permission, Place, Thread, User
from bot.demo.local_gemini import Fault as GeminiFault
from wire.bot_process import LIMIT
from wire.town import START, Studio, Town, answer_to, is_picture, posted_pictures, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUARTER_OF_AN_HOUR = 15 * 60 + 1
"""Seconds after which an interaction takes no answer any more."""


@pytest.fixture(autouse=True)
def nothing_unexpected(town: Town) -> Iterator[None]:
    yield
    assert "Traceback" not in town.bot.log


class Call(StrEnum):
    """What the bot asks of Discord, by the path that it posts to."""

    PICTURE = "/channels/*/messages"
    THREAD = "/channels/*/threads"
    TYPING = "/channels/*/typing"
    FIRST_ANSWER = "/interactions/*/callback"
    ANSWER = "/webhooks/*"


class Trouble(StrEnum):
    TOO_OFTEN = "too often"
    TOO_OFTEN_FOR_A_PROXY = "too often for a proxy"
    """One that discord.py does not wait out."""
    OVERLOADED = "overloaded"
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after"
    """Discord has done what it was asked to."""


def disturb(town: Town, call: str, trouble: Trouble, method: str = "POST") -> None:
    faults, files = town.discord.faults, call is Call.PICTURE
    match trouble:
        case Trouble.TOO_OFTEN:
            faults.rate_limit(method, call, retry_after=0.05, times=2, files=files)
        case Trouble.TOO_OFTEN_FOR_A_PROXY:
            faults.rate_limit(method, call, retry_after=0.05, via=False, times=2, files=files)
        case Trouble.OVERLOADED:
            faults.add(method, call, status=503, times=2, files=files)
        case Trouble.CUT_BEFORE:
            faults.add(method, call, before="drop", files=files)
        case Trouble.CUT_AFTER:
            faults.add(method, call, after="drop", files=files)


@pytest.mark.parametrize(
    ("call", "trouble"),
    [
        *((Call.PICTURE, trouble) for trouble in Trouble),
        *((Call.TYPING, trouble) for trouble in Trouble),
        *((Call.THREAD, trouble) for trouble in Trouble if not trouble.startswith("cut")),
        *((Call.ANSWER, trouble) for trouble in Trouble if trouble is not Trouble.OVERLOADED),
        (Call.FIRST_ANSWER, Trouble.TOO_OFTEN),
    ],
)
async def test_passing_trouble_is_waited_out(town: Town, studio: Studio, call: Call, trouble: Trouble) -> None:
    disturb(town, call, trouble)

    answer = await studio.ask("identity start", identity="The Artist", **START)
    thread = await studio.channel.wait_for_thread(LIMIT)
    first = await thread.wait_for_message(is_picture, LIMIT)
    await until(lambda: stored(town, studio.alice) == [("posted", 1)])
    edit = await studio.edit(thread, "make it warmer")

    assert "I am on it" in (answer.content or "")
    assert studio.channel.threads == [thread]
    assert by_bot(thread) == [first, edit]
    assert "v2" in edit.content


async def test_long_trouble_is_waited_out_too(town: Town) -> None:
    """Server errors, after which discord.py pauses for a second, and no answer at all; three members meet them."""
    studios = [town.open_studio() for _ in range(3)]
    for status in (500, 502, 504):
        town.discord.faults.add("POST", Call.PICTURE, status=status, files=True)
    town.discord.faults.add("POST", Call.FIRST_ANSWER, status=500)
    town.discord.faults.add("POST", Call.ANSWER, status=503)
    town.discord.faults.hold("POST", Call.TYPING)

    started = await asyncio.gather(*(studio.start() for studio in studios))

    for studio, (thread, first) in zip(studios, started, strict=True):
        assert by_bot(thread) == [first]
        assert "v2" in (await studio.edit(thread, "make it warmer")).content


@pytest.mark.parametrize("trouble", Trouble)
async def test_line_below_a_prompt_does_not_stay(town: Town, studio: Studio, trouble: Trouble) -> None:
    thread, first = await studio.start()
    disturb(town, f"/channels/{thread.id}/messages", trouble)
    disturb(town, f"/channels/{thread.id}/messages/*", trouble, "DELETE")

    edit = await studio.edit(thread, "make it warmer")

    assert by_bot(thread) == [first, edit]


@pytest.mark.parametrize("trouble", Trouble)
async def test_sentence_is_told_once(town: Town, studio: Studio, trouble: Trouble) -> None:
    thread, _ = await studio.start()
    town.gemini.fail_next(GeminiFault.PROMPT_BLOCKED)
    for _ in ("the line below the prompt", "the sentence"):
        disturb(town, f"/channels/{thread.id}/messages", trouble)
    refused = await answer_to(await studio.alice.send(thread, "something forbidden"))
    disturb(town, f"/channels/{thread.id}/messages", trouble)
    empty = await answer_to(await studio.alice.send(thread, "\u200b"))

    edit = await studio.edit(thread, "make it warmer")

    assert "filters blocked it" in refused.content
    assert "Tell me what to change" in empty.content
    assert by_bot(thread)[1:] == [refused, empty, edit]
    assert "v2" in edit.content
    await until(lambda: stored(town, studio.alice) == [("posted", 1), ("refused", None), ("posted", 2)])


@pytest.mark.parametrize(
    ("call", "trouble"),
    [
        (Call.THREAD, Trouble.CUT_BEFORE),
        (Call.THREAD, Trouble.CUT_AFTER),
        (Call.FIRST_ANSWER, Trouble.TOO_OFTEN_FOR_A_PROXY),
        (Call.FIRST_ANSWER, Trouble.CUT_BEFORE),
        (Call.FIRST_ANSWER, Trouble.CUT_AFTER),
    ],
)
async def test_what_cannot_be_repeated_is_told_and_nothing_is_begun(
    town: Town, studio: Studio, call: Call, trouble: Trouble
) -> None:
    asked = len(town.gemini.requests)
    disturb(town, call, trouble)

    answer = await studio.ask("identity start", identity="The Artist", **START)

    assert "Try again in a minute" in (answer.content or "")
    assert answer.ephemeral
    assert stored(town, studio.alice) == []
    assert len(town.gemini.requests) == asked

    before = len(studio.channel.threads)
    again = await studio.ask("identity start", identity="The Artist", **START)
    await until(lambda: len(studio.channel.threads) > before)
    first = await studio.channel.threads[-1].wait_for_message(is_picture, LIMIT)

    assert "I am on it" in (again.content or "")
    assert "v1" in first.content


async def test_server_with_too_many_threads_is_told_so(town: Town, studio: Studio) -> None:
    studio.guild.active_thread_limit = 0
    answer = await studio.ask("identity start", identity="The Artist", **START)
    told = stored(town, studio.alice)
    studio.guild.active_thread_limit = 1000

    _, first = await studio.start()

    assert "as many open threads as Discord allows" in (answer.content or "")
    assert told == []
    assert "v1" in first.content


# --- a place that closes while a picture for it is drawn -----------------------------------------


def lock(studio: Studio, thread: Thread) -> None:
    thread.archive(locked=True)


def hide(studio: Studio, thread: Thread) -> None:
    studio.channel.override_bot(deny=Permission.VIEW_CHANNEL)


def forbid(studio: Studio, thread: Thread) -> None:
    studio.channel.override_bot(deny=Permission.SEND_MESSAGES_IN_THREADS)


@pytest.mark.parametrize("close", [lock, hide, forbid])
async def test_chat_of_a_place_that_closes_goes_on_elsewhere(
    town: Town, studio: Studio, close: Callable[[Studio, Thread], None]
) -> None:
    thread, _ = await studio.start()
    elsewhere = studio.guild.add_text_channel("elsewhere")
    held = town.discord.faults.hold("POST", f"/channels/{thread.id}/messages", files=True)
    await studio.alice.send(thread, "make it warmer")
    await reached(held)

    close(studio, thread)
    held.release()
    told = await studio.alice.direct_messages.wait_for_message(lambda each: each.author.bot, LIMIT)
    shown = await studio.ask("identity show", elsewhere)
    failed = stored(town, studio.alice)
    answer = await studio.ask("identity continue", elsewhere, prompt="now mirror it")
    home = await elsewhere.wait_for_thread(LIMIT)
    edit = await home.wait_for_message(is_picture, LIMIT)

    quoted, problem = told.content.split("\n")
    assert quoted == "> make it warmer"
    assert problem in (shown.content or "")
    assert shown.original is not None
    assert len(shown.original.attachments) == 1
    assert failed == [("posted", 1), ("failed", 2)]
    assert f"<#{home.id}>" in (answer.content or "")
    assert "v3" in edit.content
    assert len(posted_pictures(thread)) == 1


async def test_bot_that_is_sent_away_forgets_the_chat_and_begins_another_elsewhere(town: Town, studio: Studio) -> None:
    thread, _ = await studio.start()
    held = town.discord.faults.hold("POST", f"/channels/{thread.id}/messages", files=True)
    await studio.alice.send(thread, "make it warmer")
    await reached(held)

    studio.guild.remove_bot()
    await until(lambda: stored(town, studio.alice) == [])
    held.release()
    other = town.open_studio()
    other.guild.add_member(studio.alice)
    asked = await studio.alice.slash(other.channel, "identity start", identity="The Artist")
    await asked.completed(LIMIT)
    home = await other.channel.wait_for_thread(LIMIT)

    assert "v1" in (await home.wait_for_message(is_picture, LIMIT)).content


async def test_bot_that_was_sent_away_while_it_was_off_forgets_the_chat_at_its_start(
    town: Town, studio: Studio
) -> None:
    await studio.start()
    neighbour = town.open_studio()
    await neighbour.start()
    await town.bot.terminate()

    studio.guild.remove_bot()
    await town.start_bot()

    await until(lambda: stored(town, studio.alice) == [])
    assert len(stored(town, neighbour.alice)) == 1


async def test_click_is_answered_by_the_usual_rules_while_discord_does_not_tell_the_settings(
    town: Town, studio: Studio
) -> None:
    _, first = await studio.start()
    bob = studio.guild.add_member("bob")
    held = town.discord.faults.hold("GET", "*/permissions", times=10)

    clicked = await bob.click(first, label="Again")
    await reached(held)
    await clicked.completed(LIMIT)

    assert "Only its owner or a moderator" in clicked.messages[0].content
    held.release()


# --- answers that come too late ------------------------------------------------------------------


async def test_late_answer_to_a_start_is_given_in_the_channel_without_what_is_private(
    town: Town, studio: Studio
) -> None:
    held = town.discord.faults.hold("POST", f"/channels/{studio.channel.id}/threads")
    files = START | {"photo2": ("my-diary.txt", b"words")}
    await studio.alice.slash(studio.channel, "identity start", identity="The Artist", **files)
    await reached(held)

    town.discord.clock.advance(QUARTER_OF_AN_HOUR)
    held.release()
    thread = await studio.channel.wait_for_thread(LIMIT)
    late = await late_answer(studio.channel)
    first = await thread.wait_for_message(is_picture, LIMIT)

    assert late.content == f"{studio.alice.mention} I am on it: your picture will appear in <#{thread.id}>."
    assert late.mentions == [studio.alice]
    assert by_bot(thread) == [first]
    assert "v2" in (await studio.edit(thread, "make it warmer")).content


@pytest.mark.parametrize("command", ["identity show", "identities list"])
async def test_late_answer_that_is_private_is_not_given_in_the_channel(
    town: Town, studio: Studio, command: str
) -> None:
    await studio.start()

    await ask_too_late(town, studio, studio.channel, command)
    late = await late_answer(studio.channel)

    assert f"`/{command}` came too late" in late.content
    assert "Artist" not in late.content
    assert late.attachments == []
    assert late.mentions == [studio.alice]
    assert "The Artist" in ((await studio.ask(command)).content or "")


async def test_late_answer_in_a_private_chat_is_given_there(town: Town, studio: Studio) -> None:
    await studio.start()

    await ask_too_late(town, studio, studio.alice.direct_messages, "identities list")

    assert "The Artist" in (await late_answer(studio.alice.direct_messages)).content


async def test_command_that_was_not_acknowledged_in_time_is_not_carried_out(town: Town, studio: Studio) -> None:
    """Discord itself has told the member that the bot did not respond."""
    held = town.discord.faults.hold("POST", Call.FIRST_ANSWER)
    asked = await studio.alice.slash(studio.channel, "identity start", identity="The Artist", **START)
    await reached(held)

    town.discord.clock.advance(4)
    held.release()
    await until(lambda: asked.error is not None)
    thread, first = await studio.start()

    assert asked.did_not_respond
    assert by_bot(studio.channel) == []
    assert studio.channel.threads == [thread]
    assert by_bot(thread) == [first]


async def ask_too_late(town: Town, studio: Studio, place: Place, command: str) -> Interaction:
    held = town.discord.faults.hold("POST", Call.ANSWER)
    asked = await studio.alice.slash(place, command)
    await reached(held)
    town.discord.clock.advance(QUARTER_OF_AN_HOUR)
    held.release()
    return asked


async def late_answer(place: Place) -> Message:
    return await place.wait_for_message(lambda each: each.author.bot and each.by_someone, LIMIT)


async def reached(fault: Fault) -> None:
    async with asyncio.timeout(LIMIT):
        await fault.reached.wait()


def by_bot(place: Place) -> list[Message]:
    return [message for message in place.messages if message.author.bot and message.by_someone]


def stored(town: Town, user: User) -> list[tuple[str, int | None]]:
    """State and version of each turn of the user's, oldest first."""
    with closing(sqlite3.connect(town.database, timeout=LIMIT)) as file:
        query = "SELECT state, version FROM turns WHERE user_id = ? ORDER BY id"
        return list(file.execute(query, (user.id,)))


async def test_killed_after_it_told_a_problem_in_private_it_tells_it_once(town: Town, studio: Studio) -> None:
    """And it comes back when Discord has forgotten the nonce."""
    thread, _ = await studio.start()
    private = studio.alice.direct_messages
    picture = town.discord.faults.hold("POST", f"/channels/{thread.id}/messages", files=True)
    told = town.discord.faults.hold_answer("POST", f"/channels/{private.id}/messages")
    await studio.alice.send(thread, "make it warmer")
    async with asyncio.timeout(LIMIT):
        await picture.reached.wait()
        thread.archive(locked=True)
        picture.release()
        await told.reached.wait()

    await town.bot.kill()
    town.discord.clock.advance(600)
    told.release()
    await town.start_bot()
    await until(lambda: newest_is_told(town, studio))

    (message,) = [each for each in private.messages if each.author.bot]
    assert message.content.startswith("> make it warmer\nI cannot post in the thread")


def newest_is_told(town: Town, studio: Studio) -> bool:
    query = "SELECT told_at FROM turns WHERE user_id = ? ORDER BY id DESC LIMIT 1"
    with closing(sqlite3.connect(town.database, timeout=LIMIT)) as database:
        return bool(database.execute(query, (studio.alice.id,)).fetchone() != (None,))
