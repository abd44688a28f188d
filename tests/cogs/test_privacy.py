"""/privacy delete, as members see it and as the database file shows it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from belongings import PROMPT, masters, use_everything
from bot.domain import Picture, Place, Turn
from bot.errors import DatabaseUnavailable, IdentityGone
from bot.rule_errors import DeletionUnderWay
from bot.services.orders import PictureOrder
from forgery import forged_click
from stage import Stage, bot_messages, chat_of, direct_messages, photo, pictures, posts, said, said_besides, until
from storage.users import Users

DELETE, KEEP = "delete-everything", "keep-everything"


async def ask(stage: Stage, who: MemberActor | None = None) -> InteractionResult:
    return await (who or stage.alice).slash(stage.studio, "privacy delete")


async def click(who: MemberActor, asked: InteractionResult, button: str) -> InteractionResult:
    assert asked.response is not None
    return await who.click(asked.response, custom_id=button)


def holding(stage: Stage, *needles: bytes) -> list[str]:
    """The files of the database, its log among them, that hold any of those bytes, in freed pages as well."""
    file = Path(stage.settings.database_url.removeprefix("sqlite+aiosqlite:///"))
    files = {each.name: each.read_bytes() for each in file.parent.glob(f"{file.name}*")}
    return sorted(name for name, data in files.items() if any(needle in data for needle in needles))


def naming(stage: Stage, who: MemberActor) -> list[str]:
    """The tables in which a row holds the id of `who`."""
    return [table for table, found in rows(stage).items() if any(who.id in row for row in found)]


def rows(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """All rows of every table but the migrations' own, read past the bot."""
    path = stage.settings.database_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            table: file.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - a name from the schema
            for table in tables
            if table != "alembic_version" and not table.startswith("sqlite_")
        }


async def test_deleting_asks_first_and_changes_nothing_by_that(stage: Stage) -> None:
    await use_everything(stage, stage.alice)
    before = rows(stage)

    asked = await ask(stage)

    assert asked.ephemeral
    assert "cannot be undone" in said(asked)
    assert rows(stage) == before


async def test_once_confirmed_no_table_names_them_and_no_file_holds_a_byte_of_them(stage: Stage) -> None:
    await use_everything(stage, stage.alice)
    traces = [PROMPT.encode(), b"in a jungle", *(each[200:264] for each in await masters(stage, stage.alice))]
    assert "bot.db" in "".join(holding(stage, *traces))
    assert set(naming(stage, stage.alice)) >= {"users", "turns", "uses", "moderator_acts", "former_threads"}
    asked = await ask(stage)

    await click(stage.alice, asked, DELETE)

    assert naming(stage, stage.alice) == []
    assert holding(stage, *traces) == []
    assert said(asked) == "All I kept of you is deleted."
    assert asked.response is not None
    assert asked.response.components == []


async def test_what_other_members_have_stays(stage: Stage) -> None:
    await use_everything(stage, stage.bob)
    before = rows(stage)
    posted = {thread.id: len(pictures(thread)) for thread in stage.studio.threads}
    await use_everything(stage, stage.alice)

    await click(stage.alice, await ask(stage), DELETE)

    after = rows(stage)
    for table, found in before.items():
        assert [row for row in after[table] if stage.bob.id in row] == [row for row in found if stage.bob.id in row]
    assert after["images"] == before["images"]
    assert {thread.id: len(pictures(thread)) for thread in stage.studio.threads if thread.id in posted} == posted


async def test_posts_with_their_pictures_go_from_every_thread_and_no_thread_is_a_chat_any_more(stage: Stage) -> None:
    await stage.start()
    former = stage.thread
    await stage.start(identity="The Explorer", description="in a jungle")
    await stage.alice.slash(
        stage.studio, "identity once", identity="The Explorer", description="x", photo1=("me.png", photo())
    )
    asked, once = len(stage.gemini.requests), len(pictures(stage.studio))

    await click(stage.alice, await ask(stage), DELETE)
    await stage.alice.send(stage.thread, "make it warmer")

    assert once == 1
    assert not any(pictures(place) for place in (former, stage.thread, stage.studio))
    assert rows(stage)["unwanted_posts"] == []
    assert len(stage.gemini.requests) == asked


async def test_a_post_that_may_not_be_deleted_is_not_tried_for_ever(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013)

    await click(stage.alice, await ask(stage), DELETE)

    assert len(pictures(stage.thread)) == 1
    assert rows(stage)["unwanted_posts"] == []


async def test_keeping_it_deletes_nothing_and_closes_the_question(stage: Stage) -> None:
    await stage.start()
    before = rows(stage)
    asked = await ask(stage)

    await click(stage.alice, asked, KEEP)

    assert said(asked) == "Nothing was deleted."
    assert asked.response is not None
    assert asked.response.components == []
    assert rows(stage) == before


async def test_deleting_a_second_time_finds_nothing_and_one_can_begin_anew(stage: Stage) -> None:
    await stage.start()
    await click(stage.alice, await ask(stage), DELETE)

    again = await ask(stage)
    await click(stage.alice, again, DELETE)
    await stage.start()

    assert said(again) == "There is nothing of you left here. `/identity start` begins anew."
    assert "**v1**" in pictures(stage.thread)[0].content


async def test_the_question_of_another_member_deletes_nothing_of_theirs(stage: Stage) -> None:
    await stage.start(stage.alice)
    before = rows(stage)
    asked = await ask(stage, stage.alice)
    assert asked.response is not None

    await forged_click(stage.bob, asked.response, DELETE)

    assert rows(stage) == before


async def test_a_picture_that_comes_after_the_deletion_is_neither_kept_nor_posted(stage: Stage) -> None:
    await stage.start()
    posted = [message.id for message in bot_messages(stage.thread)]
    stage.gemini.hold()
    edit = asyncio.create_task(stage.alice.send(stage.thread, "make it warmer"))
    await until_gemini_is_asked(stage, 2)

    await stage.bot.services.privacy.delete_everything(stage.alice.id)
    stage.gemini.release()
    await edit

    await until(lambda: not bot_messages(stage.thread))  # the first picture's post is deleted in the background

    assert naming(stage, stage.alice) == []
    assert rows(stage)["images"] == []
    assert len(posted) == 1
    await stage.env.settle()
    assert not bot_messages(stage.thread)


async def until_gemini_is_asked(stage: Stage, times: int) -> None:
    async with asyncio.timeout(10):
        while len(stage.gemini.requests) < times:
            await asyncio.sleep(0)


async def test_a_second_delete_while_the_first_runs_is_told_so(stage: Stage) -> None:
    await stage.start()
    privacy = stage.bot.services.privacy

    outcomes = await asyncio.gather(
        *(privacy.delete_everything(stage.alice.id) for _ in range(2)), return_exceptions=True
    )

    assert [type(each) for each in outcomes] == [bool, DeletionUnderWay]


async def test_a_start_whose_identity_goes_meanwhile_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    chats = stage.bot.services.chats
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))

    async def deleted_meanwhile(_name: str) -> Place:
        await stage.bot.services.privacy.delete_everything(stage.alice.id)
        return Place(stage.guild.id, stage.studio.id, stage.studio.id)

    order = PictureOrder(
        user_id=stage.alice.id,
        asked_by=stage.alice.id,
        source_id=1,
        identity_name="The Artist",
        description="paints all day",
        guild_id=stage.guild.id,
    )
    with pytest.raises(IdentityGone, match="The Artist"):
        await chats.start_identity_image_chat(order, deleted_meanwhile)

    assert naming(stage, stage.alice) == []


async def test_an_export_goes_with_all_else(stage: Stage) -> None:
    await stage.start()
    await stage.alice.slash(stage.studio, "privacy export")

    await click(stage.alice, await ask(stage), DELETE)

    assert not direct_messages(stage, stage.alice)


async def test_a_picture_that_is_being_posted_goes_as_well(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    poster = stage.bot._queue._poster
    posting = poster.post_picture

    async def delete_meanwhile(turn: Turn, picture: Picture) -> int:
        message_id = await posting(turn, picture)
        await stage.bot.services.privacy.delete_everything(stage.alice.id)
        return message_id

    monkeypatch.setattr(poster, "post_picture", delete_meanwhile)
    await stage.alice.send(stage.thread, "warmer")
    await stage.env.settle()

    assert not pictures(stage.thread)
    assert naming(stage, stage.alice) == []


async def test_deleting_everything_gives_no_new_pictures(stage: Stage) -> None:
    await stage.restart(user_pictures_a_day=1)
    await stage.start()
    await click(stage.alice, await ask(stage), DELETE)

    assert "it is reached" in said(await stage.start())


async def test_a_deletion_that_fails_counts_no_picture_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.restart(user_pictures_a_day=2)
    await stage.start()
    with monkeypatch.context() as broken:
        broken.setattr(Users, "delete", AsyncMock(side_effect=DatabaseUnavailable))
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable):
                await stage.bot.services.privacy.delete_everything(stage.alice.id)
    await stage.bot.services.privacy.delete_everything(stage.alice.id)

    await stage.start()
    await stage.alice.send(stage.thread, "warmer")

    assert len(pictures(stage.thread)) == 1
    assert "it is reached" in bot_messages(stage.thread)[-1].content


async def test_what_is_sent_after_the_deletion_is_taken_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    privacy = stage.bot.services.privacy
    remember = privacy.remember_export

    async def too_late(*message: int) -> None:
        await privacy.delete_everything(stage.alice.id)
        await remember(*message)

    monkeypatch.setattr(privacy, "remember_export", too_late)
    await stage.alice.slash(stage.studio, "privacy export")
    await stage.env.settle()

    assert naming(stage, stage.alice) == []
    assert not direct_messages(stage, stage.alice)


async def test_bytes_of_a_chat_that_has_ended_are_gone_from_the_files_within_a_minute(stage: Stage) -> None:
    stage.gemini.picture = None  # it draws some that no others look like
    await stage.start()
    await stage.alice.send(stage.thread, PROMPT)
    async with stage.database.snapshot() as repos:
        drawn = [turn.picture_sha256 or "" for turn in await repos.turns.all_of_user(stage.alice.id)]
        stored = (await repos.images.load(drawn)).values()
    needles = [each.data[each.byte_size // 2 :][:64] for each in stored]  # tables at the start are like others'
    await stage.alice.slash(stage.studio, "identity end")
    assert holding(stage, PROMPT.encode(), *needles) != []

    await stage.bot.go_on.coro(stage.bot)

    assert holding(stage, PROMPT.encode(), *needles) == []


@pytest.mark.parametrize(
    ("button", "sentence"), [(DELETE, "All I kept of you is deleted."), (KEEP, "Nothing was deleted.")]
)
async def test_the_question_can_be_answered_hours_later_and_after_a_restart(
    stage: Stage, button: str, sentence: str
) -> None:
    await stage.start()
    question = await ask(stage)
    stage.env.backend.advance_clock(8 * 3600)
    await stage.restart()

    await click(stage.alice, question, button)

    assert said(question) == sentence
    assert (await chat_of(stage, stage.alice) is None) == (button == DELETE)


async def test_what_was_done_is_told_where_the_question_is_gone(stage: Stage) -> None:
    await stage.start()
    question = await ask(stage)
    stage.env.inject_error("PATCH", "/webhooks/*/*/messages/@original", status=404, code=10008)

    answer = await click(stage.alice, question, DELETE)

    assert said_besides(answer) == ["All I kept of you is deleted."]


async def test_the_id_of_a_question_below_a_picture_changes_neither(stage: Stage) -> None:
    await stage.start()
    (post,) = [each for each in posts(stage.thread) if each.attachments]
    before = post.content

    for button in (DELETE, KEEP):
        assert "Only its owner" in said(await forged_click(stage.bob, post, button))

    (shown,) = pictures(stage.thread)
    assert shown.content == before
    assert len(shown.attachments) == 1


async def test_keeping_it_while_it_is_deleted_says_that_it_is(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.start()
    question = await ask(stage)
    monkeypatch.setattr(stage.bot.services.privacy, "_deleting", {stage.alice.id})

    answer = await click(stage.alice, question, KEEP)

    assert said_besides(answer) == ["I am deleting everything already. It will be done in a moment."]


async def test_keeping_what_another_question_deleted_says_what_is_true(stage: Stage) -> None:
    await stage.start()
    first, second = await ask(stage), await ask(stage)
    await click(stage.alice, first, DELETE)

    await click(stage.alice, second, KEEP)

    assert said(second).startswith("There is nothing of you left here.")


async def test_a_question_that_was_asked_is_kept_nowhere(stage: Stage) -> None:
    before = list(stage.bot.persistent_views)

    await ask(stage)

    assert list(stage.bot.persistent_views) == before
    assert stage.bot._connection._view_store._synced_message_views == {}


async def test_posts_that_a_stop_left_go_after_the_next_start(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    async with stage.database.transaction() as repos:
        await repos.uses.unwanted(stage.thread.id, first.id)

    await stage.restart()
    await stage.env.settle()

    assert not pictures(stage.thread)
    assert rows(stage)["unwanted_posts"] == []
