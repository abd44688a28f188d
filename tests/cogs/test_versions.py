"""Back, forth, another try, and replies to earlier pictures, as members live through them."""

from __future__ import annotations

import asyncio

from bot.domain import Turn
from stage import BLUE, GREEN, Stage, bot_messages, last, meanwhile, photo, pictures, said, until


async def path_of(stage: Stage) -> list[int | None]:
    """The versions from the first one to the one that the next prompt edits."""
    async with stage.database.snapshot() as repos:
        chat = await repos.chats.of_user(stage.alice.id)
        assert chat is not None
        return [turn.version for turn in await repos.turns.path(chat.head_turn_id)]


async def turns_of(stage: Stage) -> list[Turn]:
    """All that Alice asked for, oldest first."""
    async with stage.database.snapshot() as repos:
        newest = await repos.turns.newest_of_user(stage.alice.id)
        assert newest is not None
        turns = [await repos.turns.get(number) for number in range(1, newest.id + 1)]
    return [turn for turn in turns if turn is not None]


async def three_versions(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "warmer")
    await stage.alice.send(stage.thread, "darker")


async def test_undo_names_the_version_links_to_it_and_the_next_prompt_edits_it(stage: Stage) -> None:
    await three_versions(stage)

    result = await stage.alice.slash(stage.studio, "identity undo")
    await stage.alice.send(stage.thread, "sepia")

    assert "v2" in said(result)
    assert pictures(stage.thread)[1].jump_url in said(result)
    assert await path_of(stage) == [1, 2, 4]
    assert len(stage.gemini.requests[-1].contents) == 5
    assert len(pictures(stage.thread)) == 4


async def test_undo_and_redo_cost_no_picture_and_no_post(stage: Stage) -> None:
    await three_versions(stage)

    await stage.alice.slash(stage.thread, "identity undo")
    await stage.alice.slash(stage.thread, "identity undo")
    first = await path_of(stage)
    result = await stage.alice.slash(stage.thread, "identity redo")

    assert first == [1]
    assert "v2" in said(result)
    assert await path_of(stage) == [1, 2]
    assert len(stage.gemini.requests) == 3
    assert len(bot_messages(stage.thread)) == 3


async def test_redo_goes_back_the_way_that_undo_came(stage: Stage) -> None:
    """v4 is another child of v1, and newer than the v2 from which undo came."""
    await three_versions(stage)
    await stage.alice.send(stage.thread, "in blue", reply_to=pictures(stage.thread)[0])
    await stage.alice.send(stage.thread, "in green", reply_to=pictures(stage.thread)[2])
    for _ in range(3):
        await stage.alice.slash(stage.thread, "identity undo")
    back = await path_of(stage)

    for _ in range(3):
        await stage.alice.slash(stage.thread, "identity redo")

    assert back == [1]
    assert await path_of(stage) == [1, 2, 3, 5]


async def test_after_a_new_picture_there_is_nothing_to_redo(stage: Stage) -> None:
    await three_versions(stage)
    await stage.alice.slash(stage.thread, "identity undo")
    await stage.alice.send(stage.thread, "sepia")

    result = await stage.alice.slash(stage.thread, "identity redo")

    assert "nothing to redo" in said(result)
    assert await path_of(stage) == [1, 2, 4]


async def test_undo_at_the_first_version_says_so(stage: Stage) -> None:
    await stage.start()

    result = await stage.alice.slash(stage.thread, "identity undo")

    assert "v1" in said(result)
    assert "nothing to go back to" in said(result)


async def test_undo_redo_and_again_without_a_chat_teach_the_first_step(stage: Stage) -> None:
    for command in ("undo", "redo", "again"):
        result = await stage.alice.slash(stage.studio, f"identity {command}")

        assert "/identity start" in said(result)


async def test_undo_waits_for_a_picture_that_is_being_drawn(stage: Stage) -> None:
    await three_versions(stage)
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "sepia")
    await until(lambda: len(stage.gemini.requests) == 4)

    result = await meanwhile(stage, stage.alice.slash(stage.studio, "identity undo"))

    assert "still being drawn" in said(result)
    assert await path_of(stage) == [1, 2, 3, 4]


async def test_undo_outlasts_a_restart(stage: Stage) -> None:
    await three_versions(stage)
    await stage.alice.slash(stage.thread, "identity undo")

    await stage.restart()
    await stage.alice.slash(stage.thread, "identity redo")

    assert await path_of(stage) == [1, 2, 3]


async def test_a_reply_to_v1_makes_v4_child_of_v1(stage: Stage) -> None:
    await three_versions(stage)

    prompt = await stage.alice.send(stage.thread, "add a hat", reply_to=pictures(stage.thread)[0])

    fourth = pictures(stage.thread)[3]
    assert fourth.reference is not None
    assert fourth.reference.message_id == prompt.id
    assert "v4" in fourth.content
    assert await path_of(stage) == [1, 4]
    assert len(stage.gemini.requests[-1].contents) == 3


async def test_a_reply_to_words_edits_the_newest_picture(stage: Stage) -> None:
    await stage.start()
    words = await stage.alice.send(stage.thread, "warmer")

    await stage.alice.send(stage.thread, "still warmer", reply_to=words)

    assert await path_of(stage) == [1, 2, 3]


async def test_a_reply_to_a_picture_of_another_chat_is_told_so(stage: Stage) -> None:
    await stage.start()
    options = {"identity": "The Sailor", "description": "sails", "photo1": ("b.png", photo(BLUE))}
    await stage.bob.slash(stage.thread, "identity start", **options)

    await stage.bob.send(stage.thread, "warmer", reply_to=pictures(stage.thread)[0])

    assert "another chat" in last(stage.thread)
    assert len(stage.gemini.requests) == 2


async def test_again_is_another_child_of_the_same_parent_from_the_same_prompt(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "wear this", attachments=[("hat.png", photo(GREEN))])

    await stage.alice.slash(stage.studio, "identity again")

    _, edit, again = stage.gemini.requests
    assert again.contents == edit.contents
    assert "> wear this" in pictures(stage.thread)[2].content
    assert await path_of(stage) == [1, 3]


async def test_again_at_the_first_version_begins_from_the_photos_once_more(stage: Stage) -> None:
    await stage.start()

    await stage.alice.slash(stage.studio, "identity again")
    await stage.alice.send(stage.thread, "warmer")

    first, again, edit = stage.gemini.requests
    assert again.contents == first.contents
    assert len(edit.contents) == 3
    assert await path_of(stage) == [2, 3]


async def test_again_keeps_its_photos_when_the_first_try_fails(stage: Stage) -> None:
    """Nothing else names the hat by then but the two turns."""
    await stage.start()
    await stage.alice.send(stage.thread, "wear this", attachments=[("hat.png", photo(GREEN))])
    stage.gemini.latency_seconds = 600
    asking = asyncio.ensure_future(stage.alice.slash(stage.studio, "identity again"))
    await until(lambda: len(stage.gemini.requests) == 3)

    stage.gemini.latency_seconds = 0
    await stage.restart()
    await asyncio.gather(asking, return_exceptions=True)

    assert "> wear this" in pictures(stage.thread)[2].content
    assert stage.gemini.requests[-1].contents == stage.gemini.requests[1].contents
