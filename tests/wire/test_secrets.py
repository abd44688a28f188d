"""What the process writes out while people talk with it: no token, no key, nothing that they said or attached."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator

import pytest

from bot.demo.local_gemini import Fault
from stage import BLUE, photo
from wire.bot_process import LIMIT, launch_as_people_do
from wire.town import API_KEY, Town, answer_to


@pytest.fixture
async def talkative_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with Town(tmp_path_factory.mktemp("town"), launch_as_people_do, LOG_LEVEL="DEBUG") as town:
        await town.start_bot()
        yield town


async def test_log_of_a_conversation_holds_no_secrets(talkative_town: Town) -> None:
    town = talkative_town
    studio = town.open_studio()
    photos = {"photo1": ("passport-scan.png", photo()), "photo2": ("beach-holiday.txt", b"no picture")}
    thread, _ = await studio.start(
        "The Gardener", description="grows aubergines", instructions="beside tulips", **photos
    )

    await studio.edit(thread, "wearing a turquoise scarf", attachments=[("wardrobe.png", photo(BLUE))])
    for fault in (Fault.TEXT_ONLY, Fault.PROMPT_BLOCKED, Fault.BAD_KEY, Fault.NOT_JSON, Fault.DROPPED):
        town.gemini.fail_next(fault)
        refused = await studio.edit(thread, "in purple moonlight")
        assert not refused.attachments
    town.discord.faults.add("POST", f"/channels/{thread.id}/messages", before="drop", files=True)
    await studio.alice.send(thread, "under crimson lanterns")
    await studio.edit(thread, "make it sepia")
    break_in_an_unforeseen_way(town)
    broken = await studio.alice.send(thread, "among silver birches")
    sorry = await answer_to(broken)
    code = await town.bot.terminate()

    log = town.bot.log
    assert code == 0
    reference = re.search(r"reference `(\w+)`", sorry.content)
    assert reference is not None
    assert reference[1] in log
    assert "turn ended without a picture" in log
    for secret in (
        town.discord.token,
        API_KEY,
        "Gardener",
        "aubergines",
        "tulips",
        "passport-scan",
        "beach-holiday",
        "turquoise",
        "wardrobe",
        "purple",
        "crimson",
        "sepia",
        "silver birches",
        "juniper",
        "What should the person",
    ):
        assert secret not in log, f"{secret!r} is in the log"


def break_in_an_unforeseen_way(town: Town) -> None:
    """From here on every prompt breaks a rule that the bot does not know, with an error that quotes something."""
    file = sqlite3.connect(town.database, timeout=LIMIT)
    file.execute("CREATE TRIGGER no_more BEFORE INSERT ON turns BEGIN SELECT RAISE(ABORT, 'juniper'); END")
    file.close()
