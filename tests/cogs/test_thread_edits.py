"""Messages in a chat's thread, as those who write them see what becomes of them."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import EmptyPrompt
from stage import BLUE, GREEN, Stage, bot_messages, last, photo, pictures, said, until


async def test_a_message_in_the_thread_is_answered_with_a_new_picture(stage: Stage) -> None:
    await stage.start()

    prompt = await stage.alice.send(stage.thread, "  make the lighting warmer\n")

    _, second = pictures(stage.thread)
    assert second.reference is not None
    assert second.reference.message_id == prompt.id
    assert "v2" in second.content
    assert second.attachments[0].description == "The Artist: make the lighting warmer"
    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "make the lighting warmer"}]


async def test_attachments_are_photos_for_that_edit(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send(stage.thread, "wear this", attachments=[("hat.png", photo(GREEN)), ("bag.png", photo(BLUE))])

    assert len(stage.gemini.requests[-1].contents[-1]["parts"]) == 3


async def test_photos_without_words_are_an_edit(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send(stage.thread, "", attachments=[("hat.png", photo(GREEN))])

    assert "attached photos" in stage.gemini.requests[-1].contents[-1]["parts"][0]["text"]
    assert len(pictures(stage.thread)) == 2


async def test_a_bad_attachment_beside_a_good_one_is_named(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send(stage.thread, "both", attachments=[("hat.png", photo(GREEN)), ("notes.txt", b"words")])

    assert any("notes.txt" in message.content for message in bot_messages(stage.thread))
    assert len(stage.gemini.requests[-1].contents[-1]["parts"]) == 2


async def test_nothing_but_space_is_answered_with_what_is_missing(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send(stage.thread, "\u200b \u200b")

    assert last(stage.thread) == EmptyPrompt().user_message
    assert len(stage.gemini.requests) == 1


async def test_other_members_and_bots_are_left_alone(stage: Stage) -> None:
    await stage.start()
    robot = stage.guild.add_member(stage.env.create_user("robot", bot=True))

    await stage.bob.send(stage.thread, "make it blue")
    await stage.mona.send(stage.thread, "nice")
    await robot.send(stage.thread, "beep")

    assert len(bot_messages(stage.thread)) == 1
    assert len(stage.gemini.requests) == 1


async def test_talk_in_other_channels_and_threads_is_left_alone(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send(stage.studio, "warmer")

    assert not bot_messages(stage.studio)
    assert len(stage.gemini.requests) == 1


async def test_a_chat_may_begin_in_a_thread_and_stays_there(stage: Stage) -> None:
    await stage.start()
    thread = stage.thread

    await stage.bob.slash(
        thread, "identity start", identity="The Sailor", description="sails", photo1=("b.png", photo(BLUE))
    )
    await stage.bob.send(thread, "warmer")

    assert len(stage.studio.threads) == 1
    assert ["v1" in message.content for message in pictures(thread)] == [True, True, False]
    assert "v2" in pictures(thread)[2].content


async def test_several_prompts_at_once_are_answered_in_order(stage: Stage) -> None:
    await stage.start()
    stage.gemini.latency_seconds = 0.05
    channel_id, author = stage.thread.id, stage.alice.id
    prompts = [f"prompt {number}" for number in range(5)]
    sent = [stage.env.backend.create_message(channel_id, author, text).id for text in prompts]

    await stage.env.settle()

    answers = pictures(stage.thread)[1:]
    assert [answer.reference.message_id for answer in answers if answer.reference] == sent
    assert [answer.content for answer in answers] == ["**v2**", "**v3**", "**v4**", "**v5**", "**v6**"]
    assert [len(request.contents) for request in stage.gemini.requests] == [1, 3, 5, 7, 9, 11]


async def test_a_prompt_written_before_the_first_picture_is_answered_after_it(stage: Stage) -> None:
    starting = asyncio.ensure_future(stage.start())
    await until(lambda: bool(stage.studio.threads))
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")

    await starting

    first, second = pictures(stage.thread)
    assert "v1" in first.content
    assert "v2" in second.content


async def test_in_a_private_chat_everything_works_too(stage: Stage) -> None:
    dana = stage.env.create_user("dana")

    result = await dana.slash("identity start", identity="The Diver", description="dives", photo1=("me.png", photo()))
    await dana.send_dm("warmer")

    assert dana.dm_channel.mention in said(result)
    assert len(pictures(dana.dm_channel)) == 2


async def test_a_private_message_without_a_chat_teaches_the_first_step(stage: Stage) -> None:
    await stage.alice.send_dm("hello")

    assert "/identity start" in last(stage.alice.user.dm_channel)


async def test_a_private_message_leads_to_the_thread_where_the_chat_lives(stage: Stage) -> None:
    await stage.start()

    await stage.alice.send_dm("warmer")

    assert stage.thread.mention in last(stage.alice.user.dm_channel)
    assert len(stage.gemini.requests) == 1


@pytest.mark.parametrize("text", ["@everyone make it blue", "שלום, בצבע כחול", "‏```\n# hi\n```"])
async def test_odd_words_are_taken_as_they_are_and_ping_nobody(stage: Stage, text: str) -> None:
    await stage.start()

    await stage.alice.slash(stage.studio, "identity continue", prompt=text)

    second = pictures(stage.thread)[1]
    assert stage.gemini.requests[-1].contents[-1]["parts"][0]["text"] == text.strip()
    assert "@everyone" not in second.content
    assert not second.mention_everyone


async def test_the_chat_goes_on_after_a_restart(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    await stage.restart()
    await stage.alice.send(stage.thread, "darker")

    assert len(pictures(stage.thread)) == 3
    assert len(stage.gemini.requests[-1].contents) == 5


async def test_without_the_message_content_intent_a_mention_or_reply_still_edits(stage: Stage) -> None:
    await stage.start()
    await stage.restart(discord_message_content=False)
    me = stage.bot.user
    assert me is not None

    await stage.alice.send(stage.thread, "warmer")
    hidden = last(stage.thread)
    await stage.alice.send(stage.thread, f"{me.mention} warmer")

    assert "not allowed to read messages" in hidden
    assert len(pictures(stage.thread)) == 2
    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "warmer"}]
