"""The log as its reader sees it: each line of standard error."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import structlog

from bot.error_replies import sentence_for
from bot.errors import EmptyPrompt
from bot.logs import QUIET, TALKATIVE, configure_logging

SECRET = "me as a pirate, token abc.def"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Whatever a test sets up is taken back, structlog's part by the next test's `quiet_log`."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in (*QUIET, TALKATIVE)}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log's lines, each of them JSON."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def broken() -> Exception:
    """An exception that was raised because of another, both with a text that must not be seen."""
    nothing: dict[str, str] = {}
    error = ValueError(SECRET)
    with suppress(ValueError):
        try:
            nothing.pop(SECRET)
        except KeyError as cause:
            raise error from cause
    return error


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")

    structlog.get_logger("bot.app").info("ready", servers=3)

    (line,) = logged(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "ready", "servers": 3, "level": "info", "logger": "bot.app"}


def test_an_event_is_one_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "console")

    structlog.get_logger("bot.app").info("ready", servers=3)

    (line,) = capsys.readouterr().err.splitlines()
    assert "ready" in line
    assert "servers=3" in line
    assert "\x1b" not in line


def test_lines_of_libraries_look_like_our_own(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")

    logging.getLogger("discord.client").warning("shard %s is slow", 7)

    (line,) = logged(capsys)
    assert (line["event"], line["level"], line["logger"]) == ("shard 7 is slow", "warning", "discord.client")


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_leaves_its_type_and_place_but_not_its_text(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("INFO", form)

    structlog.get_logger("bot").error("turn failed", exc_info=broken())
    logging.getLogger("discord.client").error("Ignoring exception in %s", "on_ready", exc_info=broken())

    text = capsys.readouterr().err
    assert text.count("ValueError") == text.count("KeyError") == 2
    assert "test_logs.py" in text
    assert "in broken" in text
    assert SECRET not in text


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_under_way_is_logged_without_its_text(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_logging("INFO", form)

    try:
        int(SECRET)
    except ValueError:
        structlog.get_logger("bot").exception("turn failed")
        logging.getLogger("somebody").exception("it broke")

    text = capsys.readouterr().err
    assert text.count("ValueError") == 2
    assert SECRET not in text


async def test_a_task_that_nobody_awaited_is_logged_without_its_exceptions_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO", "json")
    task = asyncio.get_running_loop().create_future()

    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": broken(), "future": _failed(task)}
    )

    (line,) = logged(capsys)
    assert line["event"] == "Task exception was never retrieved"
    assert "ValueError" in line["exception"]
    assert SECRET not in json.dumps(line)


def test_the_reference_that_a_user_reads_is_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO", "json")

    sentence = sentence_for(broken())

    (line,) = logged(capsys)
    assert f"`{line['reference']}`" in sentence
    assert "ValueError" in line["exception"]
    assert SECRET not in sentence + json.dumps(line)


def test_what_was_expected_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("DEBUG", "json")

    sentence_for(EmptyPrompt())

    assert logged(capsys) == []


@pytest.mark.parametrize("library", ["discord.gateway", "discord.http", "httpx2", "google_genai.models", "aiosqlite"])
def test_what_libraries_write_out_in_full_is_never_logged(capsys: pytest.CaptureFixture[str], library: str) -> None:
    configure_logging("DEBUG", "json")

    logging.getLogger(library).debug("WebSocket Event: %s", {"content": SECRET})
    structlog.get_logger("bot").debug("ours")

    assert [line["event"] for line in logged(capsys)] == ["ours"]


@pytest.mark.parametrize("logger", ["bot.app", "discord.client", "httpx2", "asyncio"])
def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str], logger: str) -> None:
    configure_logging("ERROR", "json")

    logging.getLogger(logger).warning("a warning")
    logging.getLogger(logger).error("an error")

    assert [line["event"] for line in logged(capsys)] == ["an error"]


def _failed(future: asyncio.Future[None]) -> asyncio.Future[None]:
    future.set_exception(broken())
    future.exception()  # retrieved, so that nothing complains when it goes
    return future
