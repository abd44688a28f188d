"""How far moderators, blocks and the rules of a server reach: over what lives there, and whoever acts on it."""

from __future__ import annotations

import asyncio

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.demo.local_gemini import Fault
from bot.domain import Place, Turn, TurnState
from bot.errors import NotAllowed, OtherServer
from bot.rule_errors import Blocked, OnlyOnItsServer
from bot.services.orders import ChatOrder
from bot.services.patience import GEMINI_ATTEMPTS
from bot.services.versions import Click
from cogs.timeline import MENU_ID
from crash_points import crash, start_again
from stage import Stage, bot_messages, chat_of, newest_turn, own, photo, pictures, said, until

PRIVATE_WORDS = "I will not draw you like that."


async def failed_edit(stage: Stage) -> Turn:
    """Alice's, in her chat on the server, which may be tried again."""
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await stage.alice.send(stage.thread, "warmer")
    return await newest_turn(stage)


def elsewhere(stage: Stage) -> tuple[GuildHandle, ChannelHandle, MemberActor]:
    """Another server, a channel there, and Alice, who is a member of both."""
    server = stage.env.create_guild("Elsewhere")
    return server, server.create_text_channel("office"), server.add_member(stage.alice.user)


async def move_chat(stage: Stage, place: Place) -> None:
    async with stage.database.transaction() as repos:
        chat = await repos.chats.of_user(stage.alice.id)
        assert chat is not None
        await repos.chats.move(chat.id, place)


async def test_a_moderator_reads_nothing_of_prompts_elsewhere(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.TEXT_ONLY, times=2, text=PRIVATE_WORDS)
    await stage.alice.user.slash("identity once", identity="Secret", description="hidden", photo1=("me.png", photo()))

    shown = await stage.mona.slash(stage.studio, "identity-admin show", user=stage.alice)
    own = await stage.alice.slash(stage.studio, "identity show")

    assert PRIVATE_WORDS in said(own)
    assert PRIVATE_WORDS not in said(shown)
    assert "The Artist" in said(shown)


async def test_a_blocked_moderator_moderates_nothing(stage: Stage) -> None:
    await stage.start()
    await stage.bot.services.moderation.block(
        ChatOrder(user_id=stage.mona.id, asked_by=stage.bob.id, guild_id=stage.guild.id), "mischief", None
    )

    answers = [
        await stage.mona.slash(stage.studio, "identity-admin end", user=stage.alice),
        await stage.mona.slash(stage.studio, "identity-admin unblock", user=stage.mona),
        await stage.mona.slash(stage.studio, "identity-settings reset"),
    ]

    assert all("has blocked you from using me: mischief" in said(each) for each in answers)
    async with stage.database.snapshot() as repos:
        assert await repos.chats.of_user(stage.alice.id) is not None
        assert await repos.servers.block_of(stage.guild.id, stage.mona.id) is not None


async def test_a_log_channel_hears_that_it_is_none_any_more(stage: Stage) -> None:
    log = stage.guild.create_text_channel("log")
    for command, options in (("log-channel", {}), ("reset", {}), ("reset", {"what": "log_channel_id"})):
        await stage.mona.slash(stage.studio, "identity-settings log-channel", channel=log)
        before = len(bot_messages(log))

        await stage.mona.slash(stage.studio, f"identity-settings {command}", **options)

        assert len(bot_messages(log)) == before + 1, command


async def test_buttons_of_a_chat_that_moved_are_out_of_its_former_moderators_reach(stage: Stage) -> None:
    await stage.start()
    failed = await failed_edit(stage)
    server, office, _ = elsewhere(stage)
    drawn = len(stage.gemini.requests)
    await move_chat(stage, Place(server.id, office.id, office.id))
    versions = stage.bot.services.versions
    with pytest.raises(NotAllowed):
        await versions.pressed(failed.id, Click(stage.mona.id, stage.guild.id, moderator=True))
    order = ChatOrder(user_id=stage.alice.id, asked_by=stage.mona.id, guild_id=stage.guild.id)

    for deed in (versions.try_again(failed.id, order), versions.original(await first_of(stage), order)):
        try:
            await deed
        except OtherServer:
            continue
        raise AssertionError("it was done")

    await stage.env.settle()
    assert len(stage.gemini.requests) == drawn


async def first_of(stage: Stage) -> Turn:
    async with stage.database.snapshot() as repos:
        return (await repos.turns.all_of_user(stage.alice.id))[0]


async def test_trying_again_from_elsewhere_is_held_to_the_server_s_rules_and_blocks(stage: Stage) -> None:
    await stage.start()
    failed = await failed_edit(stage)
    versions = stage.bot.services.versions
    role = stage.guild.create_role("Painters")
    await stage.mona.slash(stage.studio, "identity-settings roles", add=role)
    refusals: list[type[Exception]] = []

    for _ in range(2):
        try:
            await versions.try_again(failed.id, own(stage.alice))
        except (OnlyOnItsServer, Blocked) as error:
            refusals.append(type(error))
        await stage.mona.slash(stage.studio, "identity-settings reset")
        await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice)

    assert refusals == [OnlyOnItsServer, Blocked]


async def test_who_has_left_the_server_changes_nothing_there_any_more(stage: Stage) -> None:
    await stage.start()
    await stage.alice.user.slash("identity continue", prompt="warmer")
    assert len(pictures(stage.thread)) == 2
    stage.guild.remove_member(stage.alice)
    await stage.env.settle()

    answers = [
        await stage.alice.user.slash("identity continue", prompt="rude things"),
        await stage.alice.user.slash("identity again"),
        await stage.alice.user.slash("identity undo"),
    ]

    assert all("of which you are no member any more" in said(each) for each in answers)
    assert len(pictures(stage.thread)) == 2
    assert len(stage.gemini.requests) == 2


async def test_ending_takes_a_failed_start_along_yet_none_of_another_server(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=2 * GEMINI_ATTEMPTS)
    await stage.start()
    _, office, alice_there = elsewhere(stage)
    await alice_there.slash(
        office, "identity once", identity="The Chef", description="cooks", photo1=("a.png", photo())
    )

    await stage.mona.slash(stage.studio, "identity-admin end", user=stage.alice)

    async with stage.database.snapshot() as repos:
        failed, once = await repos.turns.all_of_user(stage.alice.id)
    assert (failed.retryable, once.retryable) == (False, True)
    assert failed.prompt == ""

    again = await stage.mona.slash(stage.studio, "identity-admin end", user=stage.alice)
    assert "has no chat" in said(again)


async def test_the_blocked_change_nothing_of_a_chat_there_from_elsewhere_either(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice, reason="spam")
    alone = stage.alice.user

    answers = [await alone.slash(f"identity {command}") for command in ("undo", "redo")]

    assert all("has blocked you from using me: spam" in said(each) for each in answers)
    chat = await chat_of(stage, stage.alice)
    assert chat is not None
    assert chat.head_turn_id == (await newest_turn(stage)).id
    assert "ended" in said(await alone.slash("identity end"))  # to have less kept is open to them


async def test_a_moderator_s_start_leaves_what_waits_elsewhere_to_be_tried_again(stage: Stage) -> None:
    _, office, alice_there = elsewhere(stage)
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))
    await stage.alice.slash(stage.studio, "identities create", name="The Artist", description="paints")
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await alice_there.slash(
        office, "identity once", identity="The Chef", description="cooks", photo1=("a.png", photo())
    )
    failed = await newest_turn(stage)

    await stage.mona.slash(stage.studio, "identity-admin start", user=stage.alice, identity="The Artist")

    async with stage.database.snapshot() as repos:
        assert await repos.turns.get(failed.id) == failed
    assert failed.retryable


async def test_a_moderator_s_try_at_a_failed_start_leaves_a_private_chat_alone(stage: Stage) -> None:
    await stage.alice.user.slash("identity start", identity="Private", description="x", photo1=("me.png", photo()))
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=GEMINI_ATTEMPTS)
    await stage.start()
    failed = await newest_turn(stage)

    answer = await stage.mona.click(bot_messages(stage.thread)[-1], custom_id=f"try-again:{failed.id}")
    await stage.env.settle()

    assert "another server or in private" in said(answer)
    chat = await chat_of(stage, stage.alice)
    assert chat is not None
    assert chat.identity_name == "Private"


async def test_moderators_of_the_server_where_a_lost_chat_goes_on_reach_it(stage: Stage) -> None:
    await stage.restart(keep_lost_chats=True)
    await stage.start()
    server, office, alice_there = elsewhere(stage)
    role = server.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    max_there = server.add_member(stage.env.create_user("max"), roles=[role])
    stage.env.backend.delete_channel(stage.thread.id)
    await stage.env.settle()
    await alice_there.slash(office, "identity continue", prompt="warmer")

    await max_there.slash(office, "identity-admin end", user=alice_there)

    assert await chat_of(stage, stage.alice) is None


async def test_a_lost_chat_goes_on_in_a_listed_channel(stage: Stage) -> None:
    await stage.restart(keep_lost_chats=True)
    await stage.start()
    office = stage.guild.create_text_channel("office")
    await stage.mona.slash(office, "identity-settings channels", add=office)
    stage.env.backend.delete_channel(stage.studio.id)
    await stage.env.settle()

    await stage.alice.slash(office, "identity continue", prompt="warmer")

    assert len(pictures(office.threads[-1])) == 1


async def test_a_block_that_is_stored_has_its_prompts_cancelled_whatever_happens_next(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 600
    for prompt in ("warmer", "darker"):
        stage.env.backend.create_message(stage.thread.id, stage.alice.id, prompt)
    await until(lambda: len(stage.gemini.requests) == 2)
    order = ChatOrder(user_id=stage.alice.id, asked_by=stage.mona.id, guild_id=stage.guild.id)

    await crash(
        stage, "after commit in Acts.decision", lambda: stage.bot.services.moderation.block(order, "mischief", None)
    )
    stage.gemini.latency_seconds = 0
    await start_again(stage)

    assert len(pictures(stage.thread)) == 1


async def test_a_form_shows_a_moderator_no_prompt_of_the_owner_s(stage: Stage) -> None:
    await stage.start(instructions="secret words")
    (first,) = pictures(stage.thread)
    custom_id = f"edit:{(await newest_turn(stage)).id}"

    owners = await stage.alice.click(first, custom_id=custom_id)
    moderators = await stage.mona.click(first, custom_id=custom_id)

    assert "secret words" in str(owners.modal)
    assert moderators.modal is not None
    assert "secret words" not in str(moderators.modal)


async def test_a_block_cancels_what_a_moderator_asked_for_in_others_chats(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 600
    under_way = asyncio.create_task(
        stage.mona.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="rude things")
    )
    await until(lambda: len(stage.gemini.requests) == 2)

    await stage.bot.services.moderation.block(
        ChatOrder(user_id=stage.mona.id, asked_by=stage.bob.id, guild_id=stage.guild.id), "mischief", None
    )
    await under_way
    await stage.env.settle()

    assert (await newest_turn(stage)).state is TurnState.CANCELLED
    assert len(pictures(stage.thread)) == 1


async def test_who_was_blocked_before_the_server_was_theirs_unblocks_themselves(stage: Stage) -> None:
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice)
    stage.env.backend.edit_guild(stage.guild.id, {"owner_id": stage.alice.id})
    await stage.env.settle()

    answer = await stage.alice.slash(stage.studio, "identity-admin unblock", user=stage.alice)
    await stage.start()

    assert "may use me again" in said(answer)
    assert len(pictures(stage.thread)) == 1


async def test_a_chat_in_a_channel_that_was_taken_off_the_list_is_not_edited_from_a_listed_one(stage: Stage) -> None:
    await stage.start()
    office = stage.guild.create_text_channel("office")
    await stage.mona.slash(stage.studio, "identity-settings channels", add=office)

    answers = [
        await stage.alice.slash(office, "identity continue", prompt="warmer"),
        await stage.alice.slash(office, "identity again"),
    ]

    assert all("where I am not used any more" in said(each) for each in answers)
    assert len(stage.gemini.requests) == 1


async def test_a_chat_whose_thread_is_gone_goes_on_though_its_channel_was_taken_off_the_list(stage: Stage) -> None:
    await stage.restart(keep_lost_chats=True)
    await stage.start()
    office = stage.guild.create_text_channel("office")
    await stage.mona.slash(office, "identity-settings channels", add=office)
    stage.env.backend.delete_channel(stage.thread.id)
    await stage.env.settle()

    await stage.alice.slash(office, "identity continue", prompt="warmer")

    assert len(pictures(office.threads[-1])) == 1


async def test_earlier_versions_of_a_chat_that_moved_are_reached_where_it_lives_now(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    server, office, alice_there = elsewhere(stage)
    await move_chat(stage, Place(server.id, office.id, office.id))
    stage.guild.remove_member(stage.alice)
    await stage.env.settle()
    history = await alice_there.slash(office, "identity history")
    assert history.response is not None

    answer = await alice_there.select(history.response, [str((await first_of(stage)).id)], custom_id=MENU_ID)

    assert "next prompt edits" in said(answer) or "v1" in said(answer)
