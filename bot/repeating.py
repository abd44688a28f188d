"""Work that the bot repeats for as long as it runs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

import structlog

from bot.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)

Owner = TypeVar("Owner")
Work = Callable[[Owner], Coroutine[Any, Any, None]]


def undeterred(work: Work[Owner]) -> Work[Owner]:
    """What goes wrong once is logged; by itself discord.py's loop would end there."""

    @wraps(work)
    async def repeated(owner: Owner) -> None:
        try:
            await work(owner)
        except DatabaseUnavailable:
            log.warning("the database cannot be used", work=work.__name__)
        except Exception:
            log.exception("unexpected fault", work=work.__name__)

    return repeated
