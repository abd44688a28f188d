"""What moderators decide of members, what everyone sees of it, and what is written down."""

from __future__ import annotations

from datetime import UTC, datetime

import discord

from bot.demo.local_gemini import Fault
from bot.servers import ActKind
from bot.services.patience import GEMINI_ATTEMPTS
from moderators import admin, log_channel, told_in
from stage import Stage, bot_messages, last, photo, pictures, said, turn_of


async def test_what_moderators_do_is_recorded_shown_in_the_thread_and_told_in_the_log_channel(stage: Stage) -> None:
    log = await log_channel(stage)
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    await admin(stage, "undo")
    await admin(stage, "continue", prompt="secret words")
    await admin(stage, "show")
    await admin(stage, "block", reason="enough")
    shown = said(await stage.mona.slash(stage.studio, "identity-admin log"))

    mona, alice = stage.mona.mention, stage.alice.mention
    told = [
        f"{mona} went back to v1 of {alice}'s pictures.",
        f"{mona} asked for an edit of {alice}'s picture.",
        f"{mona} looked at where {alice}'s chat stands.",
        f"{mona} blocked {alice}: enough.",
    ]
    assert told_in(log) == told
    in_thread = [message.content for message in bot_messages(stage.thread) if not message.attachments]
    assert in_thread == [told[0], told[2]]  # the edit's picture says itself who asked for it
    assert [line.partition("> ")[2] for line in shown.split("\n")][:-1] == told[::-1]
    assert "secret words" not in shown


async def test_what_members_do_with_their_own_is_nobody_s_business(stage: Stage) -> None:
    log = await log_channel(stage)
    await stage.start(stage.mona)
    await stage.mona.slash(stage.studio, "identity show")

    assert told_in(log) == []


async def test_where_nothing_was_done_the_log_says_so(stage: Stage) -> None:
    assert "done nothing" in said(await stage.mona.slash(stage.studio, "identity-admin log"))


async def test_what_a_moderator_decides_of_themselves_and_of_the_server_is_recorded(stage: Stage) -> None:
    await admin(stage, "limits", user=stage.mona, lift=True)
    await stage.mona.slash(stage.studio, "identity-settings threads", private=True)

    shown = said(await stage.mona.slash(stage.studio, "identity-admin log"))

    assert f"{stage.mona.mention} set {stage.mona.mention}'s limit: no limit." in shown
    assert f"{stage.mona.mention} changed what holds on this server: private threads." in shown


async def test_only_one_of_the_options_of_a_limit_is_taken(stage: Stage) -> None:
    assert "not several" in said(await admin(stage, "limits", pictures_a_day=3, lift=True))


async def test_a_moderator_s_button_is_recorded_as_well(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)

    await stage.mona.click(first, custom_id=f"original:{turn.id}")

    async with stage.database.snapshot() as repos:
        (act,) = await repos.servers.latest_acts(stage.guild.id, 5)
    assert (act.kind, act.detail, act.moderator_id, act.user_id) == (
        ActKind.ORIGINAL,
        "v1",
        stage.mona.id,
        stage.alice.id,
    )


async def test_acts_that_nobody_could_be_told_of_are_told_after_a_restart(stage: Stage) -> None:
    log = await log_channel(stage)
    await stage.start()
    async with stage.database.transaction() as repos:
        await repos.servers.record(stage.guild.id, stage.mona.id, stage.alice.id, ActKind.END, "", None)

    await stage.restart()

    assert told_in(log) == [f"{stage.mona.mention} ended {stage.alice.mention}'s chat."]


async def test_a_moderator_sees_the_history_of_a_member(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    shown = await admin(stage, "history")

    assert "2 versions" in said(shown)
    message = shown.followups[-1] if shown.followups else shown.response
    assert message is not None
    assert [each.filename for each in message.attachments] == ["history.jpg"]


async def test_a_limit_of_one_s_own_and_how_much_is_left(stage: Stage) -> None:
    await stage.start()

    unlimited = said(await admin(stage, "limits"))
    own = said(await admin(stage, "limits", pictures_a_day=3))
    lifted = said(await admin(stage, "limits", lift=True))
    usual = said(await admin(stage, "limits", usual=True))

    assert "without any limit" in unlimited
    assert "has used 1 picture in" in own
    assert "Left of a limit of their own of 3 a day: 2." in own
    assert "without any limit" in lifted
    assert "without any limit" in usual


async def test_who_has_used_all_opens_no_thread_and_reads_when(stage: Stage) -> None:
    await stage.restart(user_pictures_a_day=1)
    await stage.start()

    again = await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    assert f"The limit for {stage.alice.mention} is one picture a day" in said(again)
    assert "can be asked for <t:" in said(again)
    assert "is one picture a day, and it is reached" in last(stage.thread)
    assert len(stage.studio.threads) == 1
    assert len(stage.gemini.requests) == 1


async def test_usage_counts_pictures_refusals_and_what_they_cost(stage: Stage) -> None:
    await stage.start()
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)
    await stage.alice.send(stage.thread, "warmer")
    await stage.start(stage.bob)

    everyone = await stage.mona.slash(stage.studio, "identity-admin usage", days=2)
    alone = await stage.mona.slash(stage.studio, "identity-admin usage", user=stage.alice)

    assert "**2 pictures** for this server, the last 2 days: about 0.13 USD" in said(everyone)
    assert "1 refused, 0 failed" in said(everyone)
    assert f"**1 picture** for {stage.alice.mention}" in said(alone)
    message = everyone.followups[-1] if everyone.followups else everyone.response
    assert message is not None
    (chart,) = message.attachments
    assert chart.filename == "usage.jpg"
    assert datetime.now(UTC).date().isoformat() in (chart.description or "")


async def test_moderators_by_the_integrations_settings_may_use_the_buttons(stage: Stage) -> None:
    """Bob may use /identity-admin there, though he may not manage the server; and Mona may not any more."""
    await stage.start()
    (first,) = pictures(stage.thread)
    command = stage.env.backend.commands[None]["identity-admin", 1]
    stage.guild.set_command_permissions(int(command["id"]), {stage.bob: True, stage.mona: False})
    turn = await turn_of(stage, first)

    bobs = await stage.bob.click(first, custom_id=f"original:{turn.id}")
    monas = await stage.mona.click(first, custom_id=f"original:{turn.id}")

    assert "96 x 120" in said(bobs)
    assert "Only its owner or a moderator" in said(monas)


async def test_moderators_by_the_integrations_settings_write_outside_of_the_listed_channels_too(stage: Stage) -> None:
    await stage.start(stage.bob)
    command = stage.env.backend.commands[None]["identity-admin", 1]
    stage.guild.set_command_permissions(int(command["id"]), {stage.bob: True})
    await stage.mona.slash(stage.studio, "identity-settings channels", add=stage.guild.create_text_channel("lobby"))

    await stage.bob.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 2


async def test_the_log_channel_hears_what_the_thread_cannot(stage: Stage) -> None:
    log = await log_channel(stage)
    await stage.start()
    stage.env.inject_error("POST", f"/channels/{stage.thread.id}/messages", status=403, code=50013)

    await admin(stage, "end")

    assert any("ended" in each for each in told_in(log))
    assert not any("ended" in each.content for each in bot_messages(stage.thread))


async def test_a_chat_that_a_moderator_s_start_replaces_is_told_so(stage: Stage) -> None:
    await stage.start()
    former = stage.thread

    await admin(stage, "start", identity="The Artist")
    await stage.bot.go_on.coro(stage.bot)
    await stage.env.settle()

    assert stage.mona.mention in last(former)
    assert "ended" in last(former)


async def test_a_start_that_failed_is_told_who_ended_it(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.SERVER_ERROR, times=2 * GEMINI_ATTEMPTS)
    await stage.start()

    await admin(stage, "end")

    assert stage.mona.mention in last(stage.thread)


async def test_an_upscale_by_a_moderator_is_recorded_and_counts_like_any_picture(stage: Stage) -> None:
    await stage.restart(user_pictures_a_day=1)
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)

    refused = await stage.mona.click(first, custom_id=f"upscale:{turn.id}")
    await admin(stage, "limits", lift=True)
    await stage.mona.click(first, custom_id=f"upscale:{turn.id}")

    async with stage.database.snapshot() as repos:
        acts = await repos.servers.latest_acts(stage.guild.id, 5)
    assert "it is reached" in said(refused)
    assert [act.kind for act in acts] == [ActKind.UPSCALE, ActKind.LIMITS]
    assert len(pictures(stage.thread)) == 2


async def test_a_form_that_a_moderator_opened_is_no_use_to_one_who_is_none_any_more(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)
    edit = await stage.mona.click(first, custom_id=f"edit:{turn.id}")
    start = await stage.mona.context_menu(stage.studio, "Start an identity for them", stage.alice)
    for name in (("identity-admin", 1), ("Start an identity for them", 2)):
        command = stage.env.backend.commands[None][name]
        stage.guild.set_command_permissions(int(command["id"]), {stage.mona: False})
    stage.bot.command_permissions.forget(stage.guild.id)  # as Discord's event has it do

    answers = [
        await stage.mona.submit_modal(edit, {"prompt": "warmer"}),
        await stage.mona.submit_modal(start, {"identity": "The Artist"}),
    ]

    assert ["Only its owner or a moderator" in said(answers[0]), "keep you from using me" in said(answers[1])] == [
        True
    ] * 2
    assert len(stage.gemini.requests) == 1


async def test_a_form_for_a_member_who_has_left_meanwhile_begins_nothing(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))
    form = await stage.mona.context_menu(stage.studio, "Start an identity for them", stage.alice)
    stage.guild.remove_member(stage.alice)
    await stage.env.settle()

    refused = await stage.mona.submit_modal(form, {"identity": "The Artist", "description": "paints"})

    assert "is not a member of this server" in said(refused)
    assert stage.gemini.requests == []


async def test_a_moderator_cannot_use_what_a_member_keeps_for_other_servers(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))
    await stage.alice.slash(stage.studio, "identities create", name="The Secret", description="hidden")
    elsewhere = stage.env.create_guild("Elsewhere")
    office = elsewhere.create_text_channel("office")
    alice = elsewhere.add_member(stage.alice.user)
    role = elsewhere.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    eve = elsewhere.add_member(stage.env.create_user("eve"), roles=[role])

    started = await eve.slash(office, "identity-admin start", user=alice, identity="X", description="in a swimsuit")
    names = await eve.autocomplete(office, "identity-admin start", "identity", "", user=alice)

    assert "never used me here" in said(started)
    assert names == []
    assert stage.gemini.requests == []
