"""Conversations of the real process over real sockets: what people see, what Gemini is sent, and stop and start."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest

from bot.demo.local_discord import Fault, Permission, Thread
from stage import BLUE, GREEN, photo
from wire.bot_process import LIMIT
from wire.town import START, Studio, Town, answer_to, is_picture, pictures_sent, posted_pictures, until, words_sent

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_start_with_two_photos_opens_a_thread_with_the_picture(town: Town, studio: Studio) -> None:
    asked = len(town.gemini.requests)

    answer = await studio.ask(
        "identity start", identity="The Artist", **START | {"photo2": ("b.jpg", photo(GREEN, form="JPEG"))}
    )

    thread = await studio.channel.wait_for_thread(LIMIT)
    assert answer.ephemeral
    assert answer.deferred
    assert f"<#{thread.id}>" in (answer.content or "")
    picture = await thread.wait_for_message(is_picture, LIMIT)
    assert thread.name == "The Artist"
    assert "The Artist" in picture.content
    assert "v1" in picture.content
    assert len(pictures_sent(town.gemini.requests[asked], "user")) == 2
    assert town.discord.times_typed(thread.id) >= 1
    assert town.discord.unknown_requests == []


async def test_message_in_the_thread_is_answered_with_an_edit(town: Town, studio: Studio) -> None:
    town.gemini.picture = None  # it draws what is asked for
    thread, first = await studio.start()

    prompt = await studio.alice.send(
        thread, "make it warmer @everyone", attachments=[("hat.png", photo(BLUE))], reply_to=first
    )
    edit = await answer_to(prompt)

    assert edit.author is studio.guild.bot
    assert "v2" in edit.content
    [attachment] = edit.attachments
    assert (attachment.width, attachment.height) == (1376, 768)
    assert attachment.description == "The Artist: make it warmer @everyone"
    assert (edit.nonce or "").startswith("turn-")
    assert edit.nonce != first.nonce
    assert edit.mentions == [studio.alice]
    assert not edit.pings_everyone
    assert edit.allowed_mentions == {"parse": [], "users": [studio.alice.id], "replied_user": True}
    assert len(pictures_sent(town.gemini.requests[-1], "user")) == 2
    assert posted_pictures(thread) == [first, edit]
    assert town.discord.unknown_requests == []


async def test_name_of_a_mention_in_a_prompt_pings_nobody(studio: Studio) -> None:
    bob = studio.guild.add_member("bob")
    thread, _ = await studio.start()

    await studio.ask("identity continue", prompt=f"put {bob.mention} and @everyone beside me")

    edit = await thread.wait_for_message(lambda each: is_picture(each) and "v2" in each.content, LIMIT)
    assert bob not in edit.mentions
    assert not edit.pings_everyone


async def test_what_others_and_bots_write_in_the_thread_is_left_alone(town: Town, studio: Studio) -> None:
    thread, _ = await studio.start()
    bob = studio.guild.add_member("bob")

    await studio.alice.send(studio.channel, "not in the thread")
    remark = await studio.guild.add_member("carol").send(thread, "nice!")
    await bob.send(thread, "and colder please")
    edit = await studio.edit(thread, "brighter")

    assert posted_pictures(thread)[-1] is edit
    assert len(posted_pictures(thread)) == 2
    assert not [each for each in thread.messages if each.reference is remark]
    assert "colder" not in words_sent(town.gemini.requests[-1])
    assert len([each for each in studio.channel.messages if each.by_someone]) == 1


async def test_stopped_while_it_draws_it_posts_the_picture_and_started_again_the_chat_goes_on_with_its_history(
    town: Town, studio: Studio
) -> None:
    thread, first = await studio.start()
    second = await studio.edit(thread, "make it warmer")
    asked = len(town.gemini.requests)
    town.gemini.hold()
    prompt = await studio.alice.send(thread, "now mirror it")
    await until(lambda: len(town.gemini.requests) > asked)

    told = town.bot.log.count("stopping")
    town.bot.ask_to_end()
    await until(lambda: town.bot.log.count("stopping") > told)
    town.gemini.release()
    code = await town.bot.ended()
    third = await answer_to(prompt)
    await town.start_bot()
    fourth = await studio.edit(thread, "and brighter")

    assert code == 0
    masters = [sha256(each.attachments[0].data).hexdigest() for each in (first, second, third)]
    request = town.gemini.requests[-1]
    assert request.status == 200
    assert pictures_sent(request, "model") == masters
    assert "make it warmer" in words_sent(request)
    assert posted_pictures(thread) == [first, second, third, fourth]
    assert "Traceback" not in town.bot.log


async def test_direct_messages_hold_a_whole_conversation(town: Town, studio: Studio) -> None:
    home = studio.alice.direct_messages

    answer = await studio.ask("identity start", home, identity="The Diver", **START)
    first = await home.wait_for_message(is_picture, LIMIT)
    edit = await studio.edit(home, "make it cooler")

    assert answer.error is None
    assert edit.reference is not None
    assert "v2" in edit.content
    assert pictures_sent(town.gemini.requests[-1], "model") == [sha256(first.attachments[0].data).hexdigest()]
    assert studio.channel.threads == []


async def test_name_of_a_hundred_characters_names_the_thread(studio: Studio) -> None:
    name = ("The Explorer of " + "far, " * 20)[:99] + "!"

    thread, first = await studio.start(name)

    assert len(name) == 100
    assert thread.name == name
    assert first.attachments


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (Permission.READ_MESSAGE_HISTORY, ["Read Message History"]),
        (Permission.ATTACH_FILES, ["Attach Files"]),
        (Permission.CREATE_PUBLIC_THREADS, ["Create Public Threads"]),
        (Permission.SEND_MESSAGES_IN_THREADS, ["Send Messages in Threads"]),
        (Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY, ["Attach Files", "Read Message History"]),
    ],
)
async def test_missing_permissions_are_named_before_gemini_is_asked(
    missing: Permission, named: list[str], town: Town, studio: Studio
) -> None:
    studio.channel.override_bot(deny=missing)
    asked = len(town.gemini.requests)

    answer = await studio.ask("identity start", identity="The Artist", **START)

    assert answer.ephemeral
    assert all(name in (answer.content or "") for name in named)
    assert studio.channel.threads == []
    assert len(town.gemini.requests) == asked


async def test_private_thread_needs_its_own_permission_and_holds_its_owner(studio: Studio) -> None:
    studio.channel.override_bot(deny=Permission.CREATE_PUBLIC_THREADS)

    thread, _ = await studio.start(private=True)

    assert thread.private
    assert studio.alice.id in thread.members


async def test_archived_thread_is_opened_again_by_the_next_picture(studio: Studio) -> None:
    thread, _ = await studio.start()
    thread.archive()

    await studio.ask("identity continue", prompt="make it warmer")
    edit = await thread.wait_for_message(lambda each: is_picture(each) and "v2" in each.content, LIMIT)

    assert "> make it warmer" in edit.content
    assert not thread.archived


async def test_thread_that_is_locked_meanwhile_is_told_in_private_and_costs_no_further_picture(
    town: Town, studio: Studio
) -> None:
    thread, _ = await studio.start()
    asked = len(town.gemini.requests)
    held = await two_edits_of_which_the_first_is_being_posted(town, studio, thread)

    thread.archive(locked=True)
    held.release()
    private = studio.alice.direct_messages
    first = await private.wait_for_message(lambda each: each.author.bot, LIMIT)
    second = await private.wait_for_message(lambda each: each.author.bot, LIMIT, after=first)

    assert first.content.startswith("> make it warmer\nI cannot post in the thread")
    assert second.content.startswith("> now mirror it\nI cannot post in the thread")
    assert len(town.gemini.requests) == asked + 1


async def test_thread_that_is_deleted_meanwhile_ends_its_chat(town: Town, studio: Studio) -> None:
    thread, _ = await studio.start()
    asked = len(town.gemini.requests)
    held = await two_edits_of_which_the_first_is_being_posted(town, studio, thread)

    thread.delete()
    await until(lambda: thread.id not in threads_of_chats(town))
    held.release()
    answer = await studio.ask("identity continue", prompt="make it cooler")

    assert "no chat yet" in (answer.content or "")
    assert len(town.gemini.requests) == asked + 1


async def test_chat_of_a_locked_thread_goes_on_in_a_new_one(town: Town, studio: Studio) -> None:
    thread, first = await studio.start()
    thread.archive(locked=True)

    answer = await studio.ask("identity continue", prompt="make it warmer")
    home = await studio.channel.wait_for_thread(LIMIT, after=thread)
    edit = await home.wait_for_message(is_picture, LIMIT)

    assert f"<#{home.id}>" in (answer.content or "")
    assert home.name == "The Artist"
    assert "v2" in edit.content
    assert pictures_sent(town.gemini.requests[-1], "model") == [sha256(first.attachments[0].data).hexdigest()]


async def two_edits_of_which_the_first_is_being_posted(town: Town, studio: Studio, thread: Thread) -> Fault:
    held = town.discord.faults.hold("POST", f"/channels/{thread.id}/messages", files=True)
    await studio.alice.send(thread, "make it warmer")
    async with asyncio.timeout(LIMIT):
        await held.reached.wait()
    await studio.alice.send(thread, "now mirror it")
    return held


def threads_of_chats(town: Town) -> list[int]:
    with closing(sqlite3.connect(town.database, timeout=LIMIT)) as file:
        return [thread_id for (thread_id,) in file.execute("SELECT thread_id FROM identity_image_chats")]
