"""Storing a row beside, or in place of, one with the same key: in one statement, for SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import Base

AnyRow = Row[*tuple[Any, ...]]

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


async def put(connection: AsyncConnection, kind: type[Base], /, **values: Any) -> None:
    """Stores the row, in place of one with its primary key. `values` are those of all its columns."""
    assert values.keys() == columns_of(kind)  # noqa: S101 - one left out would be emptied
    await connection.execute(_replacing(connection.dialect.name, kind), values)


async def put_if_new(
    connection: AsyncConnection, kind: type[Base], /, *, by: str | None = None, **values: Any
) -> AnyRow | None:
    """Stores the row and answers it; None where one has its primary key, or the same value in the column `by`."""
    return (await connection.execute(_if_new(connection.dialect.name, kind, by), values)).first()


async def put_those_new(
    connection: AsyncConnection, kind: type[Base], rows: Sequence[dict[str, Any]]
) -> Sequence[AnyRow]:
    """Stores those of the rows whose primary key is not taken, and answers them, in any order."""
    return (await connection.execute(_if_new(connection.dialect.name, kind, None), rows)).all() if rows else ()


@cache
def _replacing(dialect: str, kind: type[Base]) -> Any:
    statement = _INSERTS[dialect](kind)
    columns = _table(kind).columns
    others = {each.name: statement.excluded[each.name] for each in columns if not each.primary_key}
    return statement.on_conflict_do_update(index_elements=_keys(kind), set_=others)


@cache
def _if_new(dialect: str, kind: type[Base], by: str | None) -> Any:
    unless = _keys(kind) if by is None else [by]
    return _INSERTS[dialect](kind).on_conflict_do_nothing(index_elements=unless).returning(kind)


@cache
def columns_of(kind: type[Base]) -> frozenset[str]:
    """Their names. A name that is none would be passed over in what an UPDATE is executed with."""
    return frozenset(_table(kind).columns.keys())


def _keys(kind: type[Base]) -> list[str]:
    return [each.name for each in _table(kind).primary_key]


def _table(kind: type[Base]) -> Table:
    table = kind.__table__
    assert isinstance(table, Table)  # noqa: S101
    return table
