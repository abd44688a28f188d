"""What people read when an answer, or the command itself, does not get through."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from stage import Stage, said


@pytest.mark.parametrize("command", ["identity show", "appearance set"])
async def test_a_first_answer_that_got_lost_is_told_and_is_no_fault(stage: Stage, command: str) -> None:
    """discord.py answers once more after a server error; Discord may have taken what it was sent first."""
    stage.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=40060)

    with capture_logs() as log:
        answer = await stage.alice.slash(stage.studio, command)

    assert "Try again in a minute" in said(answer)
    assert log == []


async def test_a_command_that_is_not_there_any_more_is_no_fault(stage: Stage) -> None:
    """As while the bot stops: its commands go before its connection does."""
    stage.bot.tree.remove_command("help")

    with capture_logs() as log:
        answer = await stage.alice.slash(stage.studio, "help")

    assert said(answer) == "I do not know that command right now. Try again in a minute."
    assert [line["log_level"] for line in log] == ["warning"]
