"""Triggers that keep counts and notes beside the rows that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

Statements = Mapping[str, Sequence[str]]  # by the name of the dialect


def run_for(connection: Connection, statements: Statements) -> None:
    """Run those of the connection's database."""
    for statement in statements[connection.dialect.name]:
        connection.execute(text(statement))
