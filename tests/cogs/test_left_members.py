"""Members who have left a server, or were sent away: nothing is drawn or changed there for them, nor of them."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.demo.local_gemini import Fault
from bot.domain import TurnState
from bot.services.patience import GEMINI_ATTEMPTS
from cogs.timeline import MENU_ID
from stage import Stage, chat_of, direct_messages, last, newest_turn, photo, pictures, said, turn_of, until, until_turn

NO_MEMBER = "of which you are no member any more"


async def sent_away(stage: Stage) -> tuple[ChannelHandle, MemberActor]:
    """Alice, with a chat of two pictures, is sent away; she moderates another server: its channel, and she there."""
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    server = stage.env.create_guild("Her own")
    role = server.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    alice_there = server.add_member(stage.alice.user, roles=[role])
    office = server.create_text_channel("office")
    await leave(stage)
    return office, alice_there


async def leave(stage: Stage) -> None:
    stage.guild.remove_member(stage.alice)
    await stage.env.settle()


@pytest.mark.parametrize(("command", "options"), [("continue", {"prompt": "rude things"}), ("undo", {})])
async def test_they_are_no_moderators_of_themselves_elsewhere(
    stage: Stage, command: str, options: dict[str, Any]
) -> None:
    office, alice = await sent_away(stage)

    answer = await alice.slash(office, f"identity-admin {command}", user=alice, **options)

    assert NO_MEMBER in said(answer)
    assert len(pictures(stage.thread)) == 2


async def test_they_change_nothing_by_the_history_s_menu_elsewhere(stage: Stage) -> None:
    office, alice = await sent_away(stage)
    first = await turn_of(stage, pictures(stage.thread)[0])
    history = await alice.slash(office, "identity history")

    assert history.response is not None
    answer = await alice.select(history.response, [str(first.id)], custom_id=MENU_ID)

    assert NO_MEMBER in said(answer)


async def test_they_try_nothing_again_from_a_private_chat(stage: Stage) -> None:
    """Of one picture, which has no chat that would live somewhere."""
    await stage.alice.user.send_dm("hello")
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    for _ in range(2):
        stage.env.inject_error("POST", f"/channels/{stage.studio.id}/messages", status=403, code=50013)
    await stage.alice.slash(
        stage.studio, "identity once", identity="The Chef", description="cooks", photo1=("me.png", photo())
    )
    failed = await newest_turn(stage)
    await leave(stage)

    answer = await stage.alice.user.click(direct_messages(stage, stage.alice)[-1], custom_id=f"try-again:{failed.id}")
    await stage.env.settle()

    assert NO_MEMBER in said(answer)
    assert not pictures(stage.studio)


@pytest.mark.parametrize("action", ["again", "upscale", "edit", "undo", "redo"])
async def test_moderators_make_and_change_no_pictures_of_them_by_buttons(stage: Stage, action: str) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)
    await leave(stage)

    answer = await stage.mona.click(first, custom_id=f"{action}:{turn.id}")

    assert "is not a member of this server" in said(answer)
    assert len(stage.gemini.requests) == 1


@pytest.mark.parametrize(("command", "options"), [("continue", {"prompt": "rude things"}), ("undo", {})])
async def test_moderators_make_and_change_no_pictures_of_them_by_commands(
    stage: Stage, command: str, options: dict[str, Any]
) -> None:
    await stage.start()
    await leave(stage)

    answer = await stage.mona.slash(stage.studio, f"identity-admin {command}", user=stage.alice.user, **options)

    assert "is not a member of this server" in said(answer)
    assert len(stage.gemini.requests) == 1


@pytest.mark.parametrize(("command", "options"), [("delete-picture", {"version": "v1"}), ("end", {})])
async def test_moderators_still_put_away_what_they_left(stage: Stage, command: str, options: dict[str, Any]) -> None:
    await stage.start()
    await leave(stage)

    await stage.mona.slash(stage.studio, f"identity-admin {command}", user=stage.alice.user, **options)

    assert await chat_of(stage, stage.alice) is None


async def test_what_waits_when_they_leave_is_not_drawn(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    for prompt in ("warmer", "darker"):
        message = stage.env.backend.create_message(stage.thread.id, stage.alice.id, prompt)
        await until_turn(stage, message.id)
    await until(lambda: len(stage.gemini.requests) == 2)

    stage.guild.remove_member(stage.alice)
    stage.gemini.release()
    await stage.env.settle()

    assert len(stage.gemini.requests) == 2
    assert "is not a member of this server" in last(stage.thread)


async def test_what_they_wrote_while_the_bot_was_away_is_not_drawn(stage: Stage) -> None:
    await stage.start()
    await stage.bot.close()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    stage.guild.remove_member(stage.alice)

    await stage.restart()
    await stage.env.settle()

    assert len(stage.gemini.requests) == 1


async def test_what_has_nothing_to_do_with_that_server_works_in_private(stage: Stage) -> None:
    await stage.start()
    await leave(stage)
    form = await stage.alice.user.slash("appearance set")
    noted = await stage.alice.user.submit_modal(form, {"hair": "grey"})
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await stage.alice.user.slash("identity start", identity="Private", description="x", photo1=("me.png", photo()))
    failed = await newest_turn(stage)

    await stage.alice.user.click(direct_messages(stage, stage.alice)[-1], custom_id=f"try-again:{failed.id}")
    await stage.env.settle()

    assert NO_MEMBER not in said(noted)
    assert (await newest_turn(stage)).state is TurnState.POSTED


async def test_while_discord_does_not_tell_of_members_pictures_are_drawn_all_the_same(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("GET", "/guilds/*/members/*", status=503, times=10)

    await stage.alice.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 2
