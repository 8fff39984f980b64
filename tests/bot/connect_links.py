"""The connect link on a card, and the stored row of it."""

from __future__ import annotations

import re

from models.accounts.connect_links import peek
from models.database.engine import Database
from models.tables.accounts import ConnectLink
from tests.chat import BASE_URL, ParsedReply


def connect_url_of(reply: ParsedReply) -> str:
    """The URL that a card's link opens."""
    (found,) = set(re.findall(rf"{BASE_URL}[^'\"]*", str(reply.card).replace(f"{BASE_URL}/chat/events", "")))
    return str(found)


def connect_link_of(database: Database, reply: ParsedReply) -> ConnectLink:
    url = connect_url_of(reply)
    assert url.startswith(f"{BASE_URL}/connect/")
    with database.reading_all() as session:
        link = peek(session, url.rpartition("/")[2])
    assert link is not None
    return link
