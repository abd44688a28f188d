"""What moderators decide of members, what everyone sees of it, and what is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.demo.local_gemini import Fault
from bot.domain import Picture, Turn
from bot.errors import StillDrawing
from bot.servers import ActKind
from bot.services.orders import ChatOrder
from bot.services.patience import GEMINI_ATTEMPTS
from cogs.moderating import time_span
from stage import Stage, bot_messages, last, photo, pictures, said, turn_of, until


async def admin(stage: Stage, command: str, **options: object) -> InteractionResult:
    """A moderator's command, about Alice unless `options` say otherwise."""
    return await stage.mona.slash(stage.studio, f"identity-admin {command}", **{"user": stage.alice} | options)


async def log_channel(stage: Stage) -> ChannelHandle:
    """A channel where the bot tells what moderators do."""
    channel = stage.guild.create_text_channel("log")
    await stage.mona.slash(stage.studio, "identity-settings log-channel", channel=channel)
    return channel


def told_in(channel: ChannelHandle) -> list[str]:
    """But for what is said first: that it was chosen."""
    return [message.content for message in bot_messages(channel)][1:]


async def test_a_blocked_member_reads_why_and_until_when(stage: Stage) -> None:
    await stage.start()
    blocked = await admin(stage, "block", reason="too many hats", lasts="2h")

    by_command = await stage.alice.slash(stage.studio, "identity undo")
    await stage.alice.send(stage.thread, "one more hat")

    assert "is blocked until" in said(blocked)
    for sentence in (said(by_command), last(stage.thread)):
        assert "has blocked you from using me: too many hats. That ends <t:" in sentence
    assert len(stage.gemini.requests) == 1


async def test_a_block_ends_by_itself_or_by_a_moderator(stage: Stage) -> None:
    await stage.start()
    await admin(stage, "block")
    unblocked = await admin(stage, "unblock")
    await stage.alice.send(stage.thread, "warmer")
    await admin(stage, "block", lasts="30m")
    async with stage.database.transaction() as repos:
        block = await repos.servers.block_of(stage.guild.id, stage.alice.id)
        assert block is not None
        assert block.until is not None
        assert timedelta(minutes=29) < block.until - datetime.now(UTC) <= timedelta(minutes=30)

    assert "may use me again" in said(unblocked)
    assert len(pictures(stage.thread)) == 2


async def test_a_block_outlasts_the_deletion_of_all_that_is_kept(stage: Stage) -> None:
    await stage.start()
    await admin(stage, "block")
    await stage.bot.services.privacy.delete_everything(stage.alice.id)

    result = await stage.start()

    assert "has blocked you" in said(result)


async def test_who_is_not_blocked_cannot_be_unblocked(stage: Stage) -> None:
    assert said(await admin(stage, "unblock")) == f"{stage.alice.mention} is not blocked."


async def test_oneself_bots_and_the_owner_cannot_be_blocked(stage: Stage) -> None:
    helper = stage.guild.add_member(stage.env.create_user("helper", bot=True))

    assert "You yourself cannot be blocked" in said(await admin(stage, "block", user=stage.mona))
    assert "A bot cannot be blocked" in said(await admin(stage, "block", user=helper))
    assert "The owner of this server cannot be blocked" in said(await admin(stage, "block", user=stage.guild.owner))


@pytest.mark.parametrize("text", ["soon", "-1h", "0d", "5 years", "9999999d", "60w"])
async def test_a_time_that_is_none_is_told_so(stage: Stage, text: str) -> None:
    assert "is no time I know" in said(await admin(stage, "block", lasts=text))
    async with stage.database.snapshot() as repos:
        assert await repos.servers.block_of(stage.guild.id, stage.alice.id) is None


def test_times_as_moderators_write_them() -> None:
    spans = [time_span(text) for text in ("30m", "12 h", "7D", "2w")]

    assert spans == [timedelta(minutes=30), timedelta(hours=12), timedelta(days=7), timedelta(weeks=2)]


async def test_a_deleted_picture_goes_with_its_post_and_what_was_made_from_it_stays(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.alice.send(stage.thread, "darker")

    deleted = await admin(stage, "delete-picture", version="v2")
    await stage.alice.send(stage.thread, "sepia")

    assert "v2 is deleted" in said(deleted)
    assert [message.content.partition("\n")[0] for message in pictures(stage.thread)] == [
        "**The Artist** · **v1**",
        "**v3**",
        "**v4**",
    ]
    assert len(stage.gemini.requests[-1].contents) == 5  # v1, v3 and the new words, which Gemini accepts
    assert "v1 from" not in said(await stage.alice.slash(stage.studio, "identity history"))


async def test_with_the_head_deleted_the_picture_before_is_edited(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    await admin(stage, "delete-picture", version="2")
    await stage.alice.send(stage.thread, "darker")

    assert len(stage.gemini.requests[-1].contents) == 3
    assert "v3" in pictures(stage.thread)[-1].content  # the number of what was deleted is not given again
    assert "nothing to redo" in said(await stage.alice.slash(stage.studio, "identity redo"))


async def test_with_its_only_picture_the_chat_ends_and_no_bytes_stay(stage: Stage) -> None:
    await stage.start()

    deleted = await admin(stage, "delete-picture", version="v1")

    assert "the chat has ended" in said(deleted)
    assert pictures(stage.thread) == []
    async with stage.database.snapshot() as repos:
        assert await repos.chats.of_user(stage.alice.id) is None
        (only_photo,) = await repos.reference_photos.of_user(stage.alice.id)
        assert len(await repos.images.load([only_photo.sha256])) == 1


async def test_a_deleted_picture_goes_from_the_prompt_that_it_was_sent_with(stage: Stage) -> None:
    """Where Gemini took no history, the picture was sent with the words instead."""
    await stage.start()
    stage.gemini.fail_next(Fault.SIGNATURE_REJECTED)
    await stage.alice.send(stage.thread, "warmer")
    async with stage.database.snapshot() as repos:
        first, _ = await repos.turns.all_of_user(stage.alice.id)
    deleted = first.picture_sha256 or ""
    assert deleted in str(stage.gemini.requests[-1].contents)

    await admin(stage, "delete-picture", version="v1")
    await stage.alice.send(stage.thread, "darker")

    async with stage.database.snapshot() as repos:
        assert await repos.images.load([deleted]) == {}
    assert deleted not in str(stage.gemini.requests[-1].contents)
    assert "v3" in pictures(stage.thread)[-1].content


async def test_versions_to_delete_are_suggested(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    found = await stage.mona.autocomplete(
        stage.studio, "identity-admin delete-picture", "version", "v", user=stage.alice
    )

    assert [each["value"] for each in found] == ["v2", "v1"]


async def test_a_version_that_is_none_is_told_so(stage: Stage) -> None:
    await stage.start()

    assert "go from v1 to v1" in said(await admin(stage, "delete-picture", version="v7"))


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


async def test_the_prompts_of_a_blocked_member_are_cancelled(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 600
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "darker")
    await until(lambda: len(stage.gemini.requests) == 2)

    await admin(stage, "block", reason="too many hats")
    stage.gemini.latency_seconds = 0
    await stage.env.settle()

    assert len(pictures(stage.thread)) == 1
    told = [each.content for each in bot_messages(stage.thread)[1:]]
    assert ["has blocked you from using me: too many hats" in each for each in told] == [True, True]
    async with stage.database.snapshot() as repos:
        assert await repos.turns.waiting_of(stage.alice.id) == []


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

    assert "688 x 384" in said(bobs)
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
    stage.gemini.picture = photo(form="JPEG")  # none is drawn in 4K for this

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


async def test_a_picture_that_is_being_posted_is_not_deleted_yet(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    poster, answers = stage.bot._queue._poster, []
    posting = poster.post_picture

    async def delete_meanwhile(turn: Turn, picture: Picture) -> int:
        with pytest.raises(StillDrawing):
            await stage.bot.services.moderation.delete_picture(
                ChatOrder(user_id=stage.alice.id, asked_by=stage.mona.id, guild_id=stage.guild.id), "v2"
            )
        answers.append("asked to wait")
        return await posting(turn, picture)

    monkeypatch.setattr(poster, "post_picture", delete_meanwhile)
    await stage.alice.send(stage.thread, "warmer")

    assert answers == ["asked to wait"]
    assert len(pictures(stage.thread)) == 2


async def test_with_the_first_picture_deleted_the_reference_photos_stay(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    await admin(stage, "delete-picture", version="v1")
    await stage.alice.slash(stage.studio, "identity again")

    (only,) = stage.gemini.requests[-1].contents
    assert ["inlineData" in part for part in only["parts"]] == [True, False]
