"""The connect link on a card, and the stored row of it."""

from __future__ import annotations

import re

from models.accounts.connect_links import peek
from models.database.engine import Database
from models.tables.accounts import ConnectLink
from tests.chat import BASE_URL, Heard


def way_of(heard: Heard) -> str:
    """The URL that a card's link opens."""
    (found,) = set(re.findall(rf"{BASE_URL}[^'\"]*", str(heard.card).replace(f"{BASE_URL}/chat/events", "")))
    return str(found)


def ticket_of(database: Database, heard: Heard) -> ConnectLink:
    way = way_of(heard)
    assert way.startswith(f"{BASE_URL}/connect/")
    with database.reading_all() as session:
        ticket = peek(session, way.rpartition("/")[2])
    assert ticket is not None
    return ticket
