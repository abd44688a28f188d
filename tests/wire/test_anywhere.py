"""What the simulated Discord has no word for: announcement channels, and servers without the bot."""

from __future__ import annotations

import asyncio

import pytest

from bot.wording import START_MENU, photos_explained
from stage import BLUE, GREEN, photo
from wire.bot_process import LIMIT
from wire.town import START, Studio, Town, is_picture, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_in_an_announcement_channel_a_thread_opens(studio: Studio) -> None:
    news = studio.guild.add_text_channel("news", announcements=True)

    await studio.ask("identity start", news, identity="The Artist", **START)
    thread = await news.wait_for_thread(LIMIT)

    first = await thread.wait_for_message(is_picture, LIMIT)
    assert "v1" in first.content


async def test_on_a_server_without_the_bot_what_posts_no_picture_works_and_the_rest_is_sent_elsewhere(
    town: Town, studio: Studio
) -> None:
    await studio.start()
    abroad = town.discord.add_guild("Strangers")
    square = abroad.add_text_channel("square")
    abroad.add_member(studio.alice)
    abroad.remove_bot()
    message = await studio.alice.send(square, attachments=[("me.png", photo(GREEN))])
    asked = len(town.gemini.requests)

    started = await studio.ask("identity start", square, identity="The Artist", **START)
    once = await studio.ask("identity once", square, identity="The Artist", **START)
    menu = await (await studio.alice.context_menu(square, START_MENU, message)).answered(LIMIT)
    shown = await studio.ask("identity show", square)

    for answer in (started, once, menu):
        assert answer.ephemeral
        assert "not a member here" in (answer.content or "")
    assert "The next prompt edits **v1**" in (shown.content or "")
    assert len(town.gemini.requests) == asked


async def test_moderators_commands_are_for_servers_with_the_bot(town: Town) -> None:
    offered = {each["name"]: each for each in town.discord.commands.registered(None)}

    assert offered["identity"]["integration_types"] == [0, 1]
    assert offered["identity"]["contexts"] == [0, 1, 2]
    for name in ("identity-admin", "Start an identity for them"):
        assert offered[name]["integration_types"] == [0]
        assert offered[name]["contexts"] == [0]


async def test_two_commands_at_once_explain_photos_once(studio: Studio) -> None:
    both = [
        await studio.alice.slash(studio.channel, "photos add", photo1=("a.png", photo(color)))
        for color in (GREEN, BLUE)
    ]

    def told() -> int:
        return [message.content for each in both for message in each.messages].count(photos_explained())

    await asyncio.gather(*(each.completed(LIMIT) for each in both))
    await until(lambda: told() > 0)
    await studio.ask("photos list")

    assert told() == 1
