"""A database that does not do its part, as one error of ours."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.errors import DatabaseUnavailable


class our_errors:  # noqa: N801 - reads as the statement it is
    """Turns a database that is locked, full, read-only, damaged or gone into DatabaseUnavailable."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: Any, error: BaseException | None, _traceback: Any) -> None:
        if isinstance(error, IntegrityError | sqlite3.IntegrityError):
            return
        if isinstance(error, DBAPIError | OSError | NoConnectionFree | sqlite3.DatabaseError):
            raise DatabaseUnavailable from error
