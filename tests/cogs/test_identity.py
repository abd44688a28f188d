"""A member's own chat once it has begun, as the member sees it."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from PIL import ImageStat

from bot.domain import Place
from cogs import beginning
from cogs.places import reach_thread
from stage import BLUE, GREEN, Stage, chat_of, count, last, own, photo, pictures, pixels, said
from storage.tables import ImageBytesRow, TurnRow


async def redness(message: discord.Message) -> float:
    """How much red outweighs blue in a picture."""
    red, _, blue = ImageStat.Stat(await pixels(message)).mean
    return red - blue


# --- continuing ----------------------------------------------------------------------------------


async def test_continue_chat_success(stage: Stage) -> None:
    await stage.start()

    result = await stage.alice.slash(stage.studio, "identity continue", prompt="make it sepia")

    assert stage.thread.mention in said(result)
    _, second = pictures(stage.thread)
    assert "v2" in second.content
    assert "make it sepia" in second.content
    assert second.reference is None


async def test_continue_chat_updates_history(stage: Stage) -> None:
    await stage.start()
    await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")
    await stage.alice.slash(stage.studio, "identity continue", prompt="darker")

    chat = await chat_of(stage, stage.alice)
    async with stage.database.snapshot() as repos:
        path = await repos.turns.path(chat.head_turn_id)
    assert [turn.version for turn in path] == [1, 2, 3]
    assert [turn.parent_id for turn in path] == [None, path[0].id, path[1].id]
    assert [turn.prompt for turn in path] == ["paints all day", "warmer", "darker"]
    sent = stage.gemini.requests[-1].contents
    assert [content["role"] for content in sent] == ["user", "model", "user", "model", "user"]
    assert sent[3]["parts"][-1]["inlineData"]["sha256"] == path[1].picture_sha256
    assert sent[3]["parts"][-1]["thoughtSignature"]


async def test_a_chat_whose_thread_was_deleted_goes_on_in_a_new_one(stage: Stage) -> None:
    """Deleted while the bot was away: it is told of no such thing then."""
    await stage.start()
    await stage.bot.close()
    stage.env.backend.delete_channel(stage.thread.id)
    await stage.restart()

    result = await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")

    assert stage.thread.mention in said(result)
    assert stage.thread.name == "The Artist"
    assert len(pictures(stage.thread)) == 1
    assert len(stage.gemini.requests[-1].contents) == 3
    await stage.alice.send(stage.thread, "darker")
    assert len(pictures(stage.thread)) == 2


async def test_a_thread_opened_for_a_chat_that_ended_meanwhile_goes_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reach_late(*arguments: Any, **options: Any) -> Place:
        place = await reach_thread(*arguments, **options)
        await stage.bot.services.chats.end(own(stage.alice))
        return place

    await stage.start()
    await stage.bot.close()
    stage.env.backend.delete_channel(stage.thread.id)
    await stage.restart()
    monkeypatch.setattr(beginning, "reach_thread", reach_late)

    result = await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")

    assert "/identity start" in said(result)
    assert stage.studio.threads == []


async def test_the_third_edit_builds_on_the_second(stage: Stage) -> None:
    stage.gemini.picture = None  # it draws what is asked for
    await stage.start()
    for _ in range(3):
        await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")

    v1, v2, v3, v4 = [await redness(message) for message in pictures(stage.thread)]
    assert v1 + 5 < v2
    assert v2 + 5 < v3
    assert v3 + 5 < v4


async def test_photos_of_an_edit_reach_gemini_but_are_not_kept(stage: Stage) -> None:
    await stage.start()

    await stage.alice.slash(stage.studio, "identity continue", prompt="wear this hat", photo1=("hat.png", photo(GREEN)))

    assert len(stage.gemini.requests[-1].contents[-1]["parts"]) == 2
    assert said(await stage.alice.slash(stage.studio, "photos list")).startswith("1 of 14")


async def test_photos_added_since_the_start_go_with_the_next_edit_once(stage: Stage) -> None:
    await stage.start()
    await stage.alice.slash(stage.studio, "photos add", photo1=("new.png", photo(BLUE)))

    await stage.alice.send(stage.thread, "warmer")
    await stage.alice.send(stage.thread, "darker")

    _, second, third = stage.gemini.requests
    assert [("inlineData" in part) for part in second.contents[-1]["parts"]] == [False, False, True]
    assert len(third.contents[-1]["parts"]) == 1
    assert len(third.contents[2]["parts"]) == 3


async def test_continue_chat_no_session(stage: Stage) -> None:
    result = await stage.alice.slash(stage.studio, "identity continue", prompt="warmer")

    assert "/identity start" in said(result)
    assert stage.gemini.requests == []


@pytest.mark.parametrize("prompt", ["   ", "\u200b", "\u3164 \u2060"])
async def test_continue_chat_empty_prompt(stage: Stage, prompt: str) -> None:
    await stage.start()

    result = await stage.alice.slash(stage.studio, "identity continue", prompt=prompt)

    assert "Tell me what to change" in said(result)
    assert len(stage.gemini.requests) == 1


async def test_a_prompt_of_4000_characters_is_taken_whole(stage: Stage) -> None:
    await stage.start()

    await stage.alice.slash(stage.studio, "identity continue", prompt="ab" * 2000)

    assert stage.gemini.requests[-1].contents[-1]["parts"][0]["text"] == "ab" * 2000
    assert len(pictures(stage.thread)) == 2


# --- one picture without a chat ------------------------------------------------------------------


async def test_once_posts_one_picture_and_leaves_the_chat_alone(stage: Stage) -> None:
    await stage.start()
    chat = await chat_of(stage, stage.alice)

    await stage.alice.slash(
        stage.studio, "identity once", identity="The Chef", description="cooks", photo1=("a.png", photo(BLUE))
    )

    (picture,) = pictures(stage.studio)
    assert "The Chef" in picture.content
    assert await chat_of(stage, stage.alice) == chat
    assert len(stage.studio.threads) == 1


async def test_photos_of_once_do_not_reach_the_chat(stage: Stage) -> None:
    await stage.start()
    await stage.alice.slash(
        stage.studio, "identity once", identity="The Chef", description="cooks", photo1=("a.png", photo(BLUE))
    )

    await stage.alice.send(stage.thread, "warmer")

    assert stage.gemini.requests[-1].contents[-1]["parts"] == [{"text": "warmer"}]
    assert said(await stage.alice.slash(stage.studio, "photos list")).startswith("1 of 14")


async def test_once_keeps_no_bytes_of_its_picture(stage: Stage) -> None:
    await stage.alice.slash(
        stage.studio, "identity once", identity="The Chef", description="cooks", photo1=("a.png", photo(BLUE))
    )

    assert len(pictures(stage.studio)) == 1
    assert await count(stage, ImageBytesRow) == 0


# --- show and end --------------------------------------------------------------------------------


async def test_show_tells_where_the_chat_stands_with_its_newest_picture(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "darker")

    result = await stage.alice.slash(stage.studio, "identity show")

    assert result.ephemeral
    assert "The Artist" in said(result)
    assert "2 pictures" in said(result)
    assert "v2" in said(result)
    shown = result.response
    assert shown is not None
    posted = pictures(stage.thread)[-1].attachments[0]
    assert await shown.attachments[0].read() == await posted.read()


async def test_show_without_a_chat_teaches_the_first_step(stage: Stage) -> None:
    assert "/identity start" in said(await stage.alice.slash(stage.studio, "identity show"))


async def test_end_deletes_the_chat_and_its_bytes_but_not_the_photos(stage: Stage) -> None:
    await stage.start()
    await stage.alice.send(stage.thread, "darker")

    await stage.alice.slash(stage.studio, "identity end")

    assert await chat_of(stage, stage.alice) is None
    assert await count(stage, TurnRow) == 0
    assert await count(stage, ImageBytesRow) == 1
    assert len(pictures(stage.thread)) == 2
    await stage.alice.send(stage.thread, "warmer")
    assert "No chat lives here" in last(stage.thread)


async def test_end_without_a_chat_says_so(stage: Stage) -> None:
    assert "/identity start" in said(await stage.alice.slash(stage.studio, "identity end"))
