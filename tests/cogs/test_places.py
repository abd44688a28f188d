"""Where a chat can begin: channels of every kind, threads, forum posts, private chats, places without the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import discord
import pytest
from simcord.backend.errors import SetupError
from simcord.backend.models import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import OverwriteType
from simcord.results import InteractionResult

from bot.domain import Place, TurnState
from bot.services.orders import PictureOrder
from bot.wording import START_MENU
from stage import Stage, last, own, photo, pictures, said, until, until_turn

START = {"identity": "The Artist", "description": "paints all day"}


def me() -> tuple[str, bytes]:
    return "me.png", photo()


def thread_in(stage: Stage, channel: ChannelHandle, name: str = "portraits") -> ChannelHandle:
    """A thread that Bob opened, or his post in a forum."""
    opened = stage.env.backend.create_thread(channel.id, name, stage.bob.id)
    return ChannelHandle(stage.env, stage.guild, opened)


def take_away(stage: Stage, channel: ChannelHandle, permissions: discord.Permissions) -> None:
    """From everyone there, the bot included."""
    denied = Overwrite(stage.guild.id, OverwriteType.ROLE, deny=permissions.value)
    stage.env.backend.set_overwrite(channel.id, denied)


async def test_a_private_thread_in_an_announcement_channel_is_turned_down(stage: Stage) -> None:
    news = stage.guild.create_news_channel("news")

    answer = await stage.alice.slash(news, "identity start", photo1=me(), private=True, **START)

    assert "private thread" in said(answer)
    assert stage.gemini.requests == []


@pytest.mark.parametrize("kind", ["text", "forum"])
async def test_in_a_thread_or_a_forum_post_the_chat_lives_right_there(kind: str, stage: Stage) -> None:
    channel = stage.studio if kind == "text" else stage.guild.create_forum_channel("gallery")
    post = thread_in(stage, channel)

    await stage.alice.slash(post, "identity start", photo1=me(), **START)
    await stage.alice.send(post, "make it warmer")
    await stage.bob.send(post, "how nice")

    assert [each.id for each in channel.threads] == [post.id]
    assert len(pictures(post)) == 2
    assert len(stage.gemini.requests) == 2


async def test_the_menu_of_a_message_in_a_forum_post_begins_the_chat_in_that_post(stage: Stage) -> None:
    post = thread_in(stage, stage.guild.create_forum_channel("gallery"))
    message = await stage.bob.send(post, attachments=[me()])

    form = await stage.alice.context_menu(post, START_MENU, message)
    await stage.alice.submit_modal(form, START)

    assert len(pictures(post)) == 1


@pytest.mark.parametrize("kind", ["voice", "stage"])
async def test_in_a_voice_chat_what_is_said_to_the_bot_is_a_prompt_and_talk_is_not(kind: str, stage: Stage) -> None:
    lounge = getattr(stage.guild, f"create_{kind}_channel")("lounge")
    assert stage.bot.user is not None

    await stage.alice.slash(lounge, "identity start", photo1=me(), **START)
    (first,) = pictures(lounge)
    await stage.alice.send(lounge, "who wants pizza?")
    await stage.bob.slash(lounge, "identity start", photo1=me(), **START)
    assert len(stage.gemini.requests) == 2
    room = stage.bot.get_channel(lounge.id)
    assert isinstance(room, discord.VoiceChannel | discord.StageChannel)
    for what in (first, await room.send("Something for Alice.")):
        await stage.bob.send(lounge, "nice one, alice", reply_to=what)
    assert len(stage.gemini.requests) == 2
    await stage.alice.send(lounge, "warmer", reply_to=first)
    await stage.alice.send(lounge, f"{stage.bot.user.mention} darker")

    assert "Reply to a picture with what to change" in first.content
    assert [each.content for each in pictures(lounge)[2:]] == ["**v2**", "**v3**"]
    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "darker"}]


async def test_what_was_said_to_the_bot_in_a_voice_chat_while_it_was_away_is_answered(stage: Stage) -> None:
    lounge = stage.guild.create_voice_channel("lounge")
    await stage.alice.slash(lounge, "identity start", photo1=me(), **START)
    assert stage.bot.user is not None
    mention = stage.bot.user.mention
    await stage.bot.close()
    for text in ("who wants pizza?", f"{mention} darker"):
        stage.env.backend.create_message(lounge.id, stage.alice.id, text)

    await stage.restart()

    assert len(pictures(lounge)) == 2
    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "darker"}]


async def test_a_prompt_in_a_voice_chat_that_becomes_talk_is_cancelled(stage: Stage) -> None:
    lounge = stage.guild.create_voice_channel("lounge")
    await stage.alice.slash(lounge, "identity start", photo1=me(), **START)
    assert stage.bot.user is not None
    mention = stage.bot.user.mention
    stage.gemini.hold()
    stage.env.backend.create_message(lounge.id, stage.alice.id, f"{mention} warmer")
    message = stage.env.backend.create_message(lounge.id, stage.alice.id, f"{mention} darker")
    await until(lambda: len(stage.gemini.requests) == 2)
    await until_turn(stage, message.id)

    stage.env.backend.edit_message(lounge.id, message.id, {"content": "never mind"})
    await until_turn(stage, message.id, lambda turn: turn.state is TurnState.CANCELLED)
    stage.gemini.release()
    await stage.env.settle()

    assert len(stage.gemini.requests) == 2
    assert len(pictures(lounge)) == 2


async def test_the_bot_is_named_by_its_role_as_well(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord gives each bot a role of its name, and offers both; SimCord gives none."""
    lounge = stage.guild.create_voice_channel("lounge")
    role = stage.guild.create_role("Identity Bot")
    monkeypatch.setattr(discord.Guild, "self_role", property(lambda guild: guild.get_role(role.id)))
    await stage.alice.slash(lounge, "identity start", photo1=me(), **START)
    assert stage.bot.user is not None

    for name in (f"<@!{stage.bot.user.id}>", f"<@&{role.id}>"):
        await stage.alice.send(lounge, f"{name} warmer")

    assert [each.contents[-1]["parts"] for each in stage.gemini.requests[1:]] == [[{"text": "warmer"}]] * 2


async def test_a_voice_chat_has_no_private_threads(stage: Stage) -> None:
    lounge = stage.guild.create_voice_channel("lounge")

    refused = await stage.alice.slash(lounge, "identity start", photo1=me(), private=True, **START)

    assert "private" in said(refused)
    assert stage.gemini.requests == []


async def test_a_chat_goes_on_from_a_voice_chat_in_its_thread(stage: Stage) -> None:
    await stage.start()
    lounge = stage.guild.create_voice_channel("lounge")

    await stage.alice.slash(lounge, "identity continue", prompt="make it warmer")

    assert len(pictures(stage.thread)) == 2
    assert not pictures(lounge)


# --- permissions ---------------------------------------------------------------------------------


async def test_continue_names_what_the_thread_lacks_before_gemini_is_asked(stage: Stage) -> None:
    await stage.start()
    take_away(stage, stage.studio, discord.Permissions(attach_files=True, read_message_history=True))

    answer = await stage.alice.slash(stage.thread, "identity continue", prompt="make it warmer")

    assert "Attach Files, Read Message History" in said(answer)
    assert stage.thread.mention in said(answer)
    assert len(stage.gemini.requests) == 1


async def test_a_prompt_in_the_thread_costs_nothing_while_replies_are_not_possible(stage: Stage) -> None:
    await stage.start()
    take_away(stage, stage.studio, discord.Permissions(read_message_history=True))

    await stage.alice.send(stage.thread, "make it warmer")

    assert len(stage.gemini.requests) == 1
    assert "Read Message History" in last(stage.thread)


async def test_one_picture_names_what_its_channel_or_thread_lacks(stage: Stage) -> None:
    thread = thread_in(stage, stage.studio)
    take_away(stage, stage.studio, discord.Permissions(attach_files=True))

    here = await stage.alice.slash(stage.studio, "identity once", photo1=me(), **START)
    there = await stage.alice.slash(thread, "identity once", photo1=me(), **START)

    assert "Attach Files" in said(here)
    assert stage.studio.mention in said(here)
    assert "Attach Files" in said(there)
    assert thread.mention in said(there)
    assert stage.gemini.requests == []


async def test_one_picture_costs_nothing_when_its_channel_closed_before_it_was_drawn(stage: Stage) -> None:
    stage.gemini.hold()
    first = asyncio.ensure_future(stage.start())
    await until(lambda: len(stage.gemini.requests) == 1)
    order = PictureOrder(stage.alice.id, stage.alice.id, 1, "The Artist")
    place = Place(guild_id=stage.guild.id, channel_id=stage.studio.id, thread_id=stage.studio.id)
    await stage.bot.services.chats.generate_identity_image(order, place)
    take_away(stage, stage.studio, discord.Permissions(attach_files=True))
    stage.gemini.release()
    await first

    assert len(stage.gemini.requests) == 1
    assert "Attach Files" in last(stage.studio)


# --- where the bot is no member ------------------------------------------------------------------


async def in_a_group(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, command: str, **options: object
) -> InteractionResult:
    """The command in a chat of people, used by one who has added the bot to their account."""
    backend = stage.env.backend
    emit = backend.emit

    def moved(event: str, payload: Mapping[str, Any]) -> None:
        emit(event, {**payload, "context": 2} if event == "INTERACTION_CREATE" else payload)

    with monkeypatch.context() as patch:  # the simulation knows no such place
        patch.setattr(backend, "emit", moved)
        result: InteractionResult = await stage.alice.user.slash(command, **options)
    return result


@pytest.mark.parametrize("command", ["identity start", "identity once"])
async def test_among_people_without_the_bot_the_member_is_told_where_to_go(
    command: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await in_a_group(stage, monkeypatch, command, photo1=me(), **START)

    assert "not a member here" in said(answer)
    assert "private chat" in said(answer)
    assert stage.gemini.requests == []


async def test_among_people_without_the_bot_what_needs_no_picture_posted_works(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = await in_a_group(stage, monkeypatch, "photos add", photo1=me())
    listed = await in_a_group(stage, monkeypatch, "photos list")

    assert "1 photo added" in said(added)
    assert "1 of 14" in said(listed)


async def test_moderators_commands_are_not_offered_in_private(stage: Stage) -> None:
    await stage.start()

    with pytest.raises(SetupError, match="reason: context"):
        await stage.bob.user.slash("identity-admin show", user=stage.alice.user)


async def test_moderators_commands_forged_in_private_reach_nobody(stage: Stage) -> None:
    """A private chat is on no server, and neither is a chat that lives in one."""
    await stage.alice.user.slash("identity start", photo1=me(), **START)
    stage.env.backend.commands[None]["identity-admin", 1]["contexts"] = [0, 1]

    shown = await stage.bob.user.slash("identity-admin show", user=stage.alice.user)
    ended = await stage.bob.user.slash("identity-admin end", user=stage.alice.user)

    assert said(shown) == said(ended) == "That works on a server only."
    assert (await stage.bot.services.chats.overview(own(stage.alice))).chat is not None
