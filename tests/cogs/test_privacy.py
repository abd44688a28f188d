"""/privacy, as members see it and as the database file shows it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from simcord.actors import MemberActor
from simcord.results import InteractionResult

from forgery import forged_click
from stage import BLUE, Stage, bot_messages, photo, pictures, said

DELETE, KEEP = "delete-everything", "keep-everything"


async def ask(stage: Stage, who: MemberActor | None = None) -> InteractionResult:
    return await (who or stage.alice).slash(stage.studio, "privacy delete")


async def click(who: MemberActor, asked: InteractionResult, button: str) -> InteractionResult:
    assert asked.response is not None
    return await who.click(asked.response, custom_id=button)


async def use_everything(stage: Stage, who: MemberActor) -> None:
    """Leaves a row of `who` in every table: looks, an identity, photos, a former and a present chat, its turns."""
    color = (who.id % 250, 90, 160)
    modal = await who.slash(stage.studio, "appearance set")
    await who.submit_modal(modal, {"hair": "grey"})
    await stage.start(who, photo1=("me.png", photo(color)))
    await stage.start(who, identity="The Explorer", description="in a jungle")
    await who.send(stage.thread, "make it warmer", attachments=[("hat.png", photo(BLUE))])


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
    assert all(before.values()), "every table has a row to lose"


async def test_once_confirmed_no_table_holds_a_row_or_a_byte_of_them(stage: Stage) -> None:
    await use_everything(stage, stage.alice)
    asked = await ask(stage)

    await click(stage.alice, asked, DELETE)

    assert {table: found for table, found in rows(stage).items() if found} == {}
    assert said(asked) == "All I kept of you is deleted."
    assert asked.response is not None
    assert asked.response.components == []


async def test_what_other_members_have_stays(stage: Stage) -> None:
    await use_everything(stage, stage.bob)
    before = rows(stage)
    await use_everything(stage, stage.alice)

    await click(stage.alice, await ask(stage), DELETE)

    assert rows(stage) == before


async def test_pictures_posted_on_discord_stay_and_the_thread_is_no_chat_any_more(stage: Stage) -> None:
    await stage.start()
    asked = len(stage.gemini.requests)

    await click(stage.alice, await ask(stage), DELETE)
    await stage.alice.send(stage.thread, "make it warmer")

    assert len(pictures(stage.thread)) == 1
    assert len(stage.gemini.requests) == asked


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


async def test_the_question_of_another_member_cannot_be_answered(stage: Stage) -> None:
    await stage.start(stage.alice)
    await stage.start(stage.bob)
    before = rows(stage)
    asked = await ask(stage, stage.alice)
    assert asked.response is not None

    refused = await forged_click(stage.bob, asked.response, DELETE)

    assert refused.ephemeral
    assert "Only its owner" in said(refused)
    assert rows(stage) == before


async def test_a_picture_that_comes_after_the_deletion_is_neither_kept_nor_posted(stage: Stage) -> None:
    await stage.start()
    posted = [message.id for message in bot_messages(stage.thread)]
    stage.gemini.latency_seconds = 0.3
    edit = asyncio.create_task(stage.alice.send(stage.thread, "make it warmer"))
    await until_gemini_is_asked(stage, 2)

    await stage.bot.services.privacy.delete_everything(stage.alice.id)
    await edit

    assert {table: found for table, found in rows(stage).items() if found} == {}
    assert [message.id for message in bot_messages(stage.thread)] == posted


async def until_gemini_is_asked(stage: Stage, times: int) -> None:
    async with asyncio.timeout(10):
        while len(stage.gemini.requests) < times:
            await asyncio.sleep(0)
