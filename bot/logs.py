"""The log: one line an event, for people or as JSON. Prompts, photos and tokens never reach it."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

QUIET = ("aiosqlite", "httpx2", "httpcore2", "google_genai", "PIL", "alembic", "asyncio", "websockets")
"""Libraries whose lines below WARNING say nothing to the one who runs the bot, or hold what must not be logged."""

TALKATIVE = "discord"
"""Writes out whole messages and requests below INFO."""


def configure_logging(level: str, form: str) -> None:
    """Sends this program's and its libraries' lines to standard error; `form` is "console" or "json"."""
    renderer: Any = structlog.processors.JSONRenderer()
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        frames_without_values,
        first_line_of_asyncio,
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.captureWarnings(capture=True)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger(TALKATIVE).setLevel(max(root.level, logging.INFO))
    for name in QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def frames_without_values(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Says where an exception came from and its type, not its text: that may quote a prompt or a token."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = _chain(error)
    return event


def first_line_of_asyncio(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """The lines after the first show tasks and futures with the text of their exceptions."""
    if event.get("logger") == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _chain(error: BaseException) -> str:
    lines = "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return lines if cause is None else f"{_chain(cause)}\n\nfollowed by\n\n{lines}"
