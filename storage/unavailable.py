"""A database that does not do its part, as one error of ours."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.errors import DatabaseUnavailable


class our_errors:  # noqa: N801 - reads as the statement it is
    """Turns a database that is locked, full, read-only or gone into DatabaseUnavailable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: Any, error: BaseException | None, _traceback: Any) -> None:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            raise DatabaseUnavailable from error
        if isinstance(error, OSError | NoConnectionFree | sqlite3.OperationalError):
            raise DatabaseUnavailable from error
