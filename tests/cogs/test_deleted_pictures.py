"""Pictures that moderators delete: what goes with one, and what stays."""

from __future__ import annotations

import pytest

from bot.demo.local_gemini import Fault
from bot.domain import Picture, Turn
from bot.errors import StillDrawing
from bot.services.orders import ChatOrder
from moderators import admin
from stage import Stage, pictures, said


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
    assert not pictures(stage.thread)
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

    assert "There is only v1" in said(await admin(stage, "delete-picture", version="v7"))


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
