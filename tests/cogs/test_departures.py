"""Prompts changed or deleted while they wait, places that go away, and what was written while the bot was away."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest

from bot.domain import TurnState
from bot.servers import ServerSettings
from stage import GREEN, Stage, bot_messages, chat_of, count, last, photo, pictures, said, until, until_turn
from storage.tables import ImageBytesRow


def write(stage: Stage, text: str) -> int:
    """A message of Alice's in her thread that nobody waits for."""
    return stage.env.backend.create_message(stage.thread.id, stage.alice.id, text).id


async def test_a_message_edited_while_it_waits_changes_the_prompt(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    write(stage, "warmer")
    message = write(stage, "darkre")
    await until_turn(stage, message)

    stage.env.backend.edit_message(stage.thread.id, message, {"content": "darker"})
    await until_turn(stage, message, lambda turn: turn.prompt == "darker")
    stage.gemini.release()
    await stage.env.settle()

    assert [each.contents[-1]["parts"][0]["text"] for each in stage.gemini.requests[1:]] == ["warmer", "darker"]
    assert pictures(stage.thread)[2].attachments[0].description == "The Artist: darker"


async def test_where_lost_chats_are_kept_they_go_on_elsewhere(stage: Stage) -> None:
    await stage.restart(keep_lost_chats=True)
    await stage.start()
    elsewhere = stage.guild.create_text_channel("elsewhere")
    stage.env.backend.delete_channel(stage.thread.id)
    await stage.env.settle()

    await stage.alice.slash(elsewhere, "identity continue", prompt="warmer")

    assert len(stage.gemini.requests[-1].contents) == 3
    assert "v2" in pictures(elsewhere.threads[-1])[0].content


async def test_where_lost_chats_are_kept_what_a_lost_server_chose_goes_all_the_same(stage: Stage) -> None:
    await stage.restart(keep_lost_chats=True)
    await stage.start()
    await stage.mona.slash(stage.studio, "identity-settings threads", private=True)

    await stage.bot.services.waiting_prompts.leave(guild_id=stage.guild.id)

    async with stage.database.snapshot() as repos:
        assert await repos.servers.settings(stage.guild.id) == ServerSettings(stage.guild.id)
        assert await repos.chats.of_user(stage.alice.id) is not None


async def test_a_message_edited_while_it_waits_is_read_without_the_bot_s_mention(stage: Stage) -> None:
    await stage.mona.slash(stage.studio, "identity-settings limits", prompt_length=10)
    await stage.start(description="paints", instructions="paint")
    stage.gemini.hold()
    write(stage, "warmer")
    assert stage.bot.user is not None
    mention = stage.bot.user.mention
    message = write(stage, f"{mention} darkre")
    await until_turn(stage, message)

    stage.env.backend.edit_message(stage.thread.id, message, {"content": f"{mention} darker"})
    await until_turn(stage, message, lambda turn: turn.prompt == "darker")
    stage.gemini.release()
    await stage.env.settle()

    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "darker"}]
    assert not any("is the most" in each.content for each in bot_messages(stage.thread))


async def test_a_message_edited_after_its_picture_changes_nothing(stage: Stage) -> None:
    await stage.start()
    message = await stage.alice.send(stage.thread, "warmer")

    await stage.alice.edit(message, "darker")

    assert len(pictures(stage.thread)) == 2
    assert len(stage.gemini.requests) == 2


async def test_a_message_deleted_while_it_waits_is_cancelled(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    write(stage, "warmer")
    message = write(stage, "darker")
    await until_turn(stage, message)

    stage.env.backend.delete_message(stage.thread.id, message)
    await until_turn(stage, message, lambda turn: turn.state is TurnState.CANCELLED)
    stage.gemini.release()
    await stage.env.settle()

    assert len(stage.gemini.requests) == 2
    assert len(bot_messages(stage.thread)) == 2
    async with stage.database.snapshot() as repos:
        turn = await repos.turns.of_source(message)
    assert turn is not None
    assert turn.state is TurnState.CANCELLED


async def test_a_message_deleted_while_it_is_drawn_gets_no_picture(stage: Stage) -> None:
    await stage.start()
    stage.gemini.hold()
    message = write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)

    stage.env.backend.delete_message(stage.thread.id, message)
    await until_turn(stage, message, lambda turn: turn.state is TurnState.CANCELLED)
    stage.gemini.release()
    await stage.env.settle()

    assert len(bot_messages(stage.thread)) == 1
    await stage.alice.send(stage.thread, "darker")
    assert len(stage.gemini.requests[-1].contents) == 3


async def test_deleting_the_thread_ends_the_chat(stage: Stage) -> None:
    await stage.start()

    stage.env.backend.delete_channel(stage.thread.id)
    await stage.env.settle()

    assert await chat_of(stage, stage.alice) is None
    assert await count(stage, ImageBytesRow) == 1  # the reference photo


async def test_a_prompt_that_meets_the_end_of_its_chat_is_told_so(stage: Stage) -> None:
    await stage.start()

    stage.env.backend.delete_channel(stage.thread.id)
    result = await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")

    assert "`/identity start`" in said(result)


async def test_deleting_the_channel_ends_the_chats_below_it(stage: Stage) -> None:
    await stage.start()

    stage.env.backend.delete_channel(stage.studio.id)
    await stage.env.settle()

    assert await chat_of(stage, stage.alice) is None


async def test_leaving_the_server_ends_its_chats_and_no_others(stage: Stage) -> None:
    await stage.start()
    dana = stage.env.create_user("dana")
    await dana.slash("identity start", identity="The Diver", description="dives", photo1=("me.png", photo(GREEN)))
    guild = stage.bot.get_guild(stage.guild.id)
    assert guild is not None

    await guild.leave()
    await stage.env.settle()

    async with stage.database.snapshot() as repos:
        assert await repos.chats.of_user(stage.alice.id) is None
        assert await repos.chats.of_user(dana.id) is not None


async def test_prompts_written_while_the_bot_was_away_are_answered_in_order(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.bot.close()
    missed = [write(stage, "darker"), write(stage, "sepia")]

    await stage.restart()

    answers = [each.reference.message_id for each in pictures(stage.thread)[2:] if each.reference]
    assert answers == missed
    assert len(stage.gemini.requests) == 4


async def test_prompts_that_are_refused_in_one_go_are_answered_once_each(stage: Stage) -> None:
    """The first message in a thread has the others found, too; their own events come after."""
    await stage.mona.slash(stage.studio, "identity-settings limits", prompt_length=10)
    await stage.start(description="paints", instructions="paint")
    refused = [write(stage, f"rather a long prompt {number}") for number in range(3)]
    await stage.env.settle()

    answers = [each.reference.message_id for each in bot_messages(stage.thread) if each.reference]
    assert answers == refused


@pytest.mark.parametrize("by_the_next_prompt", [True, False])
async def test_missed_prompts_that_discord_does_not_hand_out_are_found_at_the_next_occasion(
    stage: Stage, by_the_next_prompt: bool
) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.bot.close()
    expected = [write(stage, "darker")]
    stage.env.inject_error("GET", f"/channels/{stage.thread.id}/messages", status=503)

    await stage.restart()
    before = len(pictures(stage.thread))
    if by_the_next_prompt:
        expected.append((await stage.alice.send(stage.thread, "sepia")).id)
    else:
        await stage.env.advance_time(61)

    assert before == 2
    answers = [each.reference.message_id for each in pictures(stage.thread)[2:] if each.reference]
    assert answers == expected
    assert len(bot_messages(stage.thread)) == 2 + len(expected)


async def test_a_thread_that_cannot_be_read_any_more_does_not_hold_up_its_chat(stage: Stage) -> None:
    await stage.start()
    await stage.bot.close()
    write(stage, "darker")
    stage.env.inject_error("GET", f"/channels/{stage.thread.id}/messages", status=403, code=50001)

    await stage.restart()
    await stage.alice.send(stage.thread, "warmer")

    assert "v2" in pictures(stage.thread)[1].content


async def test_a_prompt_missed_before_the_picture_of_another_was_posted_is_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway was gone when it was written, while the one before it was being drawn."""
    await stage.start()
    stage.gemini.hold()
    write(stage, "warmer")
    await until(lambda: len(stage.gemini.requests) == 2)
    with monkeypatch.context() as cut:
        cut.setattr(stage.bot.get_cog("ThreadEdits"), "_see", AsyncMock())
        missed = write(stage, "darker")
        stage.gemini.release()
        await until(lambda: len(pictures(stage.thread)) == 2)
    await stage.env.settle()

    for listener in stage.bot.extra_events["on_ready"]:
        await listener()

    async with stage.database.snapshot() as repos:
        newest = await repos.turns.newest_of_user(stage.alice.id)
    assert newest is not None
    assert newest.source_id == missed


async def test_what_others_wrote_meanwhile_is_left_alone(stage: Stage) -> None:
    await stage.start()
    await stage.bot.close()
    stage.env.backend.create_message(stage.thread.id, stage.bob.id, "make it blue")

    await stage.restart()

    assert len(bot_messages(stage.thread)) == 1


async def test_what_was_turned_down_is_not_turned_down_again_at_every_start(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "\u200b")

    await stage.restart()
    await stage.restart()

    assert len(bot_messages(stage.thread)) == 2
    assert "Tell me what to change" in last(stage.thread)


async def test_prompts_missed_in_a_private_chat_are_answered(stage: Stage) -> None:
    dana = stage.env.create_user("dana")
    await dana.slash("identity start", identity="The Diver", description="dives", photo1=("me.png", photo(GREEN)))
    await stage.bot.close()
    stage.env.backend.create_message(dana.dm_channel.id, dana.id, "warmer")

    await stage.restart()

    assert len(pictures(dana.dm_channel)) == 2
