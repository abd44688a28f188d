"""Deleting everything, where Discord makes it harder."""

from __future__ import annotations

import pytest

from wire.town import Studio, is_picture, posted_pictures, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_posts_go_from_a_thread_that_is_archived_by_now(studio: Studio) -> None:
    thread, _ = await studio.start()
    thread.archive()

    asked = await studio.ask("privacy delete")
    await (await studio.alice.click(asked.messages[0], label="Delete everything")).completed()

    await until(lambda: not any(map(is_picture, thread.messages)))
    assert posted_pictures(thread) == []
