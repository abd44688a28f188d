"""What is deleted leaves nothing in the database and its log, even where nobody had the time to empty that."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.demo.local_gemini import Fault
from stage import Stage, photo

SECRETS = (b"Zyxname", b"zyxwords")


def database_of(stage: Stage) -> Path:
    return Path(stage.settings.database_url.removeprefix("sqlite+aiosqlite:///"))


def holding(file: Path) -> list[str]:
    """The names of the database's files in which any of the secrets stands."""
    files = file.parent.glob(f"{file.name}*")
    return sorted(each.name for each in files if any(secret in each.read_bytes() for secret in SECRETS))


async def looks_cleared(stage: Stage) -> None:
    form = await stage.alice.slash(stage.studio, "appearance set")
    await stage.alice.submit_modal(form, {"hair": "zyxwords"})
    await stage.alice.slash(stage.studio, "appearance clear")


async def identity_deleted(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="Zyxname", description="zyxwords")
    await stage.alice.slash(stage.studio, "identities delete", name="Zyxname")


async def identity_renamed(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="Zyxname", description="zyxwords")
    await stage.alice.slash(stage.studio, "identities edit", name="Zyxname", new_name="The Chef", description="cooks")


async def identity_of_one_picture_deleted(stage: Stage) -> None:
    await stage.alice.slash(
        stage.studio, "identity once", identity="Zyxname", description="zyxwords", photo1=("me.png", photo())
    )
    await stage.alice.slash(stage.studio, "identities delete", name="Zyxname")


async def refused_start_ended(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.TEXT_ONLY, times=2, text="No zyxwords, please.")
    await stage.start(identity="Zyxname", description="zyxwords")
    await stage.alice.slash(stage.studio, "identity end")
    await stage.alice.slash(stage.studio, "identities delete", name="Zyxname")


async def server_left(stage: Stage) -> None:
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice, reason="zyxwords")
    await stage.bot.services.waiting_prompts.leave(guild_id=stage.guild.id)


@pytest.mark.parametrize(
    "delete",
    [
        looks_cleared,
        identity_deleted,
        identity_renamed,
        identity_of_one_picture_deleted,
        refused_start_ended,
        server_left,
    ],
)
async def test_deleted_words_are_gone_from_the_files_within_a_minute(
    stage: Stage, delete: Callable[[Stage], Awaitable[None]]
) -> None:
    await delete(stage)
    assert holding(database_of(stage)) != []

    await stage.bot.go_on.coro(stage.bot)

    assert holding(database_of(stage)) == []


async def test_a_bot_that_was_killed_before_it_came_to_that_does_it_at_its_next_start(
    stage: Stage, tmp_path: Path
) -> None:
    await stage.start(description="zyxwords")
    await stage.alice.slash(stage.studio, "identity end")
    await stage.alice.slash(stage.studio, "identities delete", name="The Artist")
    left = tmp_path / "left by the killed one"
    left.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{database_of(stage)}{suffix}", left)
    file = left / database_of(stage).name
    assert holding(file) != []

    await stage.restart(database_url=f"sqlite+aiosqlite:///{file}")
    await stage.env.settle()

    assert holding(file) == []
