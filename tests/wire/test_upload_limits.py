"""Pictures against the upload limits of servers, those that the bot knows and those that it does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from bot.demo.local_discord import MiB, Thread
from bot.demo.local_gemini import drawing, server
from stage import photo
from wire.bot_process import LIMIT
from wire.town import START, Studio, Town, is_picture, pictures_sent

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = 40_000
"""Bytes: less than any picture here, so that each is turned down at first."""


@pytest.fixture
def drawn(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pictures that the local Gemini answers with, from here on."""
    pictures: list[bytes] = []
    draw: Callable[..., drawing.Drawing] = server.draw  # type: ignore[attr-defined]

    def noted(*request: Any, **options: Any) -> drawing.Drawing:
        made = draw(*request, **options)
        pictures.append(made.pictures[0])
        return made

    town.gemini.picture = None
    monkeypatch.setattr(server, "draw", noted)
    return pictures


@pytest.fixture
def whole_request_limit(town: Town) -> Iterator[int]:
    """Requests larger than this many bytes meet a proxy, whose answer is no JSON."""
    usual = town.discord.limits.request_bytes
    town.discord.limits.request_bytes = SMALL
    yield SMALL
    town.discord.limits.request_bytes = usual


async def test_picture_within_the_limit_is_posted_byte_for_byte(studio: Studio, drawn: list[bytes]) -> None:
    thread, first = await studio.start()
    edit = await studio.edit(thread, "make it warmer")

    assert [each.attachments[0].data for each in (first, edit)] == drawn


async def test_picture_in_another_form_is_posted_byte_for_byte(town: Town, studio: Studio, drawn: list[bytes]) -> None:
    town.gemini.mime_type = "image/png"
    try:
        _, first = await studio.start()
    finally:
        town.gemini.mime_type = "image/jpeg"

    assert [each.data for each in first.attachments] == drawn
    assert first.attachments[0].filename.endswith(".png")


async def test_picture_over_the_known_limit_is_posted_smaller_at_once(
    town: Town, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = noise()
    town.gemini.picture = None
    monkeypatch.setattr(server, "draw", lambda *_request, **_options: drawing.Drawing((master,), "image/png", None))

    thread, first = await studio.start()

    assert len(master) > 10 * MiB
    [attachment] = first.attachments
    assert attachment.filename.endswith(".jpg")
    assert attachment.size <= 10 * MiB
    assert (attachment.width, attachment.height) == Image.open(BytesIO(master)).size
    assert posts(town, thread) == [200]


async def test_boosted_server_gets_the_same_picture_byte_for_byte(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    master = noise()
    town.gemini.picture = None
    monkeypatch.setattr(server, "draw", lambda *_request, **_options: drawing.Drawing((master,), "image/png", None))

    _, first = await town.open_studio(premium_tier=2).start()

    assert first.attachments[0].data == master


async def test_413_in_json_is_answered_with_a_smaller_file_and_edits_go_on_from_the_master(
    town: Town, drawn: list[bytes]
) -> None:
    studio = town.open_studio(upload_limit=SMALL)

    thread, first = await studio.start()
    statuses = posts(town, thread)
    edit = await studio.edit(thread, "make it warmer")

    assert len(drawn[0]) > SMALL
    assert statuses[0] == 413
    assert statuses[-1] == 200
    assert first.attachments[0].size <= SMALL
    assert pictures_sent(town.gemini.requests[-1], "model") == [sha256(drawn[0]).hexdigest()]
    assert edit.attachments[0].size <= SMALL


async def test_413_that_is_not_json_is_answered_with_a_smaller_file(
    town: Town, studio: Studio, whole_request_limit: int, drawn: list[bytes]
) -> None:
    thread, first = await studio.start()

    assert posts(town, thread)[0] == 413
    assert posts(town, thread)[-1] == 200
    assert first.attachments[0].size <= whole_request_limit < len(drawn[0])


async def test_show_fits_the_limit_of_its_interaction(town: Town, drawn: list[bytes]) -> None:
    studio = town.open_studio(upload_limit=SMALL)
    await studio.start()

    shown = await studio.ask("identity show")

    assert shown.original is not None
    [attachment] = shown.original.attachments
    assert len(drawn[0]) > SMALL
    assert 0 < attachment.size <= SMALL
    assert shown.error is None


async def test_show_gives_the_master_where_it_fits(studio: Studio, drawn: list[bytes]) -> None:
    await studio.start()

    shown = await studio.ask("identity show")

    assert shown.original is not None
    assert [each.data for each in shown.original.attachments] == drawn
    assert shown.ephemeral


async def test_picture_that_fits_nowhere_is_told_and_kept(town: Town, drawn: list[bytes]) -> None:
    studio = town.open_studio(upload_limit=1000)

    await studio.ask("identity start", **START | {"identity": "The Artist", "photo1": ("me.png", photo(size=(16, 16)))})
    thread = await studio.channel.wait_for_thread(LIMIT)
    told = await thread.wait_for_message(lambda each: each.author.bot and each.by_someone and not each.silent, LIMIT)
    studio.guild.upload_limit = 10 * MiB
    shown = await studio.ask("identity show")

    assert not is_picture(told)
    assert "no file that large" in told.content
    assert shown.original is not None
    assert [each.data for each in shown.original.attachments] == drawn


def noise() -> bytes:
    """A picture of more than 10 MiB that costs next to nothing to make."""
    size = (2048, 1800)
    picture = BytesIO()
    Image.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3)).save(picture, "PNG", compress_level=0)
    return picture.getvalue()


def posts(town: Town, thread: Thread) -> list[int | None]:
    """How Discord answered each attempt to post a picture in a thread."""
    path = f"/channels/{thread.id}/messages"
    return [
        each.status for each in town.discord.requests if (each.method, each.path, each.files) == ("POST", path, True)
    ]
