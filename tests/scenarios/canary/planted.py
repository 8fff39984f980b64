"""Secrets planted into a running product, where such secrets enter, and all places to look for them."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from models.database.engine import Database
from models.maintenance.rekey import SEALED
from tests.stack import Stack, the_vault

SHORTEST = 12  # letters of a secret; a shorter text may stand anywhere by chance


@dataclass
class Canaries:
    """Secrets by the words for where each entered, and the answers of the product that may hold none."""

    secrets: dict[str, str] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)

    def plant(self, where: str) -> str:
        """Return a new secret."""
        self.secrets[where] = f"canary{len(self.secrets):02}x{where.replace(' ', '')}x9f3a7c"
        return self.secrets[where]

    def keep(self, where: str, secret: str) -> str:
        """Remember a secret that the product or a service made."""
        assert len(secret) >= SHORTEST, where
        self.secrets[where] = secret
        return secret

    def note(self, where: str, answer: httpx.Response) -> httpx.Response:
        """Remember an answer that may hold no secret."""
        self.answers.append((f"the answer to {where}", f"{answer.headers!r}{answer.text}"))
        return answer

    def found_in(self, text: str) -> list[str]:
        """Return which secrets stand in a text."""
        return [
            where for where, secret in self.secrets.items() if any(form in text for form in _forms(secret))
        ]


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret as it is, and as it stands in base64 (of a header, say), wherever it begins there."""
    yield secret
    for before in range(3):
        coded = base64.b64encode(b"x" * before + secret.encode()).decode()
        yield coded[4 if before else 0 : len(coded) - 4]


def sealed_secrets(database: Database) -> Iterator[tuple[str, str]]:
    """Yield every secret that the database keeps encrypted: what services gave us while the test ran."""
    vault = the_vault()
    with database.reading_all() as session:
        for sealed in SEALED:
            query: Any = select(sealed.table)
            if sealed.kind is not None:
                query = query.where(sealed.table.kind == sealed.kind)
            for row in session.scalars(query):
                closed = getattr(row, sealed.column)
                if closed:
                    yield f"{sealed.name} of row {row.id}", vault.open(closed, sealed.associated_data(row))


def texts_of_database(file: str) -> Iterator[tuple[str, str]]:
    """Yield all rows of each table of an SQLite file, as text."""
    base = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = base.execute(f'SELECT * FROM "{table}"').fetchall()
            yield f"table {table}", "\n".join(map(str, rows))
    finally:
        base.close()


def texts_of_redis(stack: Stack) -> Iterator[tuple[str, str]]:
    """Yield what Redis holds, by key."""
    with stack.redis() as client:
        for key in client.scan_iter():
            kind = client.type(key)
            read: Any = {
                b"string": lambda key=key: client.get(key),
                b"hash": lambda key=key: client.hgetall(key),
                b"list": lambda key=key: client.lrange(key, 0, -1),
                b"set": lambda key=key: client.smembers(key),
                b"zset": lambda key=key: client.zrange(key, 0, -1),
            }.get(kind)
            yield f"Redis {key!r}", repr(read()) if read else ""
