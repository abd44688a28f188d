"""A server's Integrations settings, held to wherever members use the bot, and asked of where their chat lives."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.wording import START_FOR_MENU
from stage import Stage, last, photo, pictures, said, turn_of, until, until_turn

KEPT_OUT = "settings of this server keep you from using me"


def switch_off(stage: Stage, command: str, whom: Any) -> None:
    """For a member, or in a channel."""
    known = stage.env.backend.commands[None][command, 1]
    stage.guild.set_command_permissions(int(known["id"]), {whom: False})
    stage.bot.command_permissions.forget()


async def test_whom_they_keep_out_gets_nothing_by_writing_either(stage: Stage) -> None:
    await stage.start()
    switch_off(stage, "identity", stage.alice)

    await stage.alice.send(stage.thread, "warmer")

    assert KEPT_OUT in last(stage.thread)
    assert len(stage.gemini.requests) == 1


async def test_whom_they_keep_out_the_buttons_keep_out_too(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)
    switch_off(stage, "identity", stage.alice)

    result = await stage.alice.click(first, custom_id=f"again:{turn.id}")

    assert KEPT_OUT in said(result)
    assert len(stage.gemini.requests) == 1


@pytest.mark.parametrize(("command", "options"), [("continue", {"prompt": "warmer"}), ("again", {}), ("undo", {})])
async def test_whom_they_keep_out_gets_nothing_from_a_private_chat_either(
    stage: Stage, command: str, options: dict[str, Any]
) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    switch_off(stage, "identity", stage.alice)

    answer = await stage.alice.user.slash(f"identity {command}", **options)

    assert KEPT_OUT in said(answer)
    assert len(pictures(stage.thread)) == 2


async def test_a_chat_in_a_channel_where_they_switch_it_off_is_not_edited_from_another(stage: Stage) -> None:
    await stage.start()
    office: ChannelHandle = stage.guild.create_text_channel("office")
    switch_off(stage, "identity", stage.studio)

    answer = await stage.alice.slash(office, "identity continue", prompt="warmer")

    assert KEPT_OUT in said(answer)
    assert len(pictures(stage.thread)) == 1


async def test_who_is_kept_out_by_now_does_not_get_other_words_into_what_waits(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    message = stage.env.backend.create_message(stage.thread.id, stage.alice.id, "darker")
    await until(lambda: len(stage.gemini.requests) == 2)
    await until_turn(stage, message.id)
    switch_off(stage, "identity", stage.alice)

    stage.env.backend.edit_message(stage.thread.id, message.id, {"content": "rude things"})
    await until(lambda: KEPT_OUT in last(stage.thread))
    stage.gemini.release()
    await stage.env.settle()

    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "darker"}]


async def test_the_form_of_another_command_is_held_to_that_one(stage: Stage) -> None:
    switch_off(stage, "identity", stage.alice)
    form = await stage.alice.slash(stage.studio, "appearance set")

    answer = await stage.alice.submit_modal(form, {"hair": "grey"})

    async with stage.database.snapshot() as repos:
        looks = await repos.appearances.get(stage.alice.id)
    assert looks is not None, said(answer)


async def test_the_menu_s_form_is_held_to_the_menu_s_own_settings_alone(stage: Stage) -> None:
    """Bob may use the menu for moderators, and neither `/identity` nor that channel."""
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))
    menu = stage.env.backend.commands[None][START_FOR_MENU, 2]
    stage.guild.set_command_permissions(int(menu["id"]), {stage.bob: True})
    switch_off(stage, "identity", stage.bob)
    lobby = stage.guild.create_text_channel("lobby")
    await stage.mona.slash(stage.studio, "identity-settings channels", add=lobby)

    form = await stage.bob.context_menu(stage.studio, START_FOR_MENU, stage.alice)
    await stage.bob.submit_modal(form, {"identity": "The Artist", "description": "paints all day"})

    assert len(pictures(stage.thread)) == 1


async def test_suggestions_ask_discord_for_no_members(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    lookups: list[object] = []
    monkeypatch.setattr(discord.Guild, "fetch_member", lambda *_: lookups.append(_))

    suggested = await stage.alice.user.autocomplete("identity continue", "prompt", "war")

    assert [each["value"] for each in suggested] == ["warmer"]
    assert lookups == []
