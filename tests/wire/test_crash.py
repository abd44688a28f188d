"""The process killed in the middle of a turn, and started again on the same database."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import closing

import pytest

from wire.bot_process import LIMIT
from wire.town import START, Studio, Town, answer_to, is_picture, pictures_sent, posted_pictures, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEVER = 600.0
"""Seconds that Gemini takes for a picture which nobody waits for."""


async def test_killed_while_gemini_draws_each_prompt_is_answered_once(town: Town, studio: Studio) -> None:
    """An edit of Alice's and a first picture of Bob's are under way."""
    bobs = town.open_studio()
    thread, _ = await studio.start()
    asked = len(town.gemini.requests)
    town.gemini.latency_seconds = NEVER
    prompt = await studio.alice.send(thread, "make it warmer")
    await bobs.ask("identity start", **{"identity": "The Diver"} | START)
    bobs_thread = await bobs.channel.wait_for_thread(LIMIT)
    await until(lambda: len(town.gemini.requests) == asked + 2)

    await town.bot.kill()
    town.gemini.latency_seconds = 0.0
    await town.start_bot()
    answer = await answer_to(prompt)
    first = await bobs_thread.wait_for_message(is_picture, LIMIT)

    last = await studio.edit(thread, "now mirror it")
    bobs_edit = await bobs.edit(bobs_thread, "make it cooler")
    assert "v2" in answer.content
    assert posted_pictures(thread)[1:] == [answer, last]
    assert "v1" in first.content
    assert posted_pictures(bobs_thread) == [first, bobs_edit]
    assert [len(pictures_sent(each, "model")) for each in town.gemini.requests[-2:]] == [2, 1]


async def test_told_to_stop_twice_it_ends_at_once_and_the_prompt_is_answered_at_the_next_start(
    town: Town, studio: Studio
) -> None:
    thread, _ = await studio.start()
    asked, told = len(town.gemini.requests), town.bot.log.count("stopping")
    town.gemini.latency_seconds = NEVER
    prompt = await studio.alice.send(thread, "make it warmer")
    await until(lambda: len(town.gemini.requests) > asked)

    town.bot.ask_to_end()
    await until(lambda: town.bot.log.count("stopping") > told)
    town.bot.ask_to_end(by=signal.SIGINT)
    code = await town.bot.ended()
    town.gemini.latency_seconds = 0.0
    await town.start_bot()

    assert code == -signal.SIGINT
    assert "v2" in (await answer_to(prompt)).content


async def test_killed_between_the_post_and_its_answer_the_picture_is_shown_once(town: Town, studio: Studio) -> None:
    thread, _ = await studio.start()
    path = f"/channels/{thread.id}/messages"
    held = town.discord.faults.hold_answer("POST", path, files=True)
    prompt = await studio.alice.send(thread, "make it warmer")
    async with asyncio.timeout(LIMIT):
        await held.reached.wait()
    answer = await answer_to(prompt)
    drawn = len(town.gemini.requests)

    await town.bot.kill()
    held.release()
    await town.start_bot()
    last = await studio.edit(thread, "now mirror it")

    assert posted_pictures(thread)[1:] == [answer, last]
    assert len(town.gemini.requests) == drawn + 1


async def test_a_thread_without_news_is_not_asked_for_after_a_start(town: Town, studio: Studio) -> None:
    quiet, _ = await studio.start()
    others = town.open_studio()
    thread, _ = await others.start()
    await town.bot.kill()
    with closing(sqlite3.connect(town.database)) as database:
        database.execute("UPDATE turns SET posted_at = datetime(posted_at, '-2 hours')")
        database.commit()
    asked = len(town.discord.requests)
    prompt = await others.alice.send(thread, "written while the bot was away")

    await town.start_bot()
    await answer_to(prompt)

    places = {request.path.split("/")[2] for request in town.discord.requests[asked:] if "/channels/" in request.path}
    assert str(quiet.id) not in places
    assert str(thread.id) in places


async def test_killed_before_a_private_start_is_taken_its_thread_is_told_so(town: Town, studio: Studio) -> None:
    held = town.discord.faults.hold_answer("PUT", "/channels/*/thread-members/*")
    await studio.alice.slash(studio.channel, "identity start", **{"identity": "The Artist", "private": True} | START)
    async with asyncio.timeout(LIMIT):
        await held.reached.wait()
    thread = await studio.channel.wait_for_thread(LIMIT)

    await town.bot.kill()
    held.release()
    await town.start_bot()
    told = await thread.wait_for_message(within=LIMIT)
    await town.bot.kill()
    await town.start_bot()
    await studio.ask("identity show")

    assert "use your command again" in told.content
    assert [each for each in thread.messages if each.by_someone] == [told]
