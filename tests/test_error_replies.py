"""What people read when an answer, or the command itself, does not get through."""

from __future__ import annotations

from structlog.testing import capture_logs

from stage import Stage, pictures, said


async def test_a_command_goes_on_that_discord_took_for_acknowledged_already(stage: Stage) -> None:
    """discord.py acknowledges again when the answer to its first try is lost."""
    stage.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=40060)

    answer = await stage.start()

    assert stage.thread.mention in said(answer)
    assert len(pictures(stage.thread)) == 1


async def test_a_form_that_is_open_already_is_no_fault(stage: Stage) -> None:
    stage.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=40060)

    with capture_logs() as log:
        answer = await stage.alice.slash(stage.studio, "appearance set")

    assert answer.followups == []
    assert answer.response is None
    assert log == []


async def test_a_command_that_is_not_there_any_more_is_no_fault(stage: Stage) -> None:
    """As while the bot stops: its commands go before its connection does."""
    stage.bot.tree.remove_command("help")

    with capture_logs() as log:
        answer = await stage.alice.slash(stage.studio, "help")

    assert said(answer) == "I do not know that command right now. Try again in a minute."
    assert log == []
