"""How long home card and inbox take with 10,000 notifications: `python -m tests.bench [kind] inbox`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import insert, select

from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.notifications.types import NotificationType
from models.security.audit import Auditor
from models.tables import Notification, User
from tests.bench.stand import database_url
from tests.chat import Chat, bot_deps, two_tenants

NOTIFICATIONS: Final = 10_000
TIMES: Final = 60
ASKED: Final = {
    "home card": "",
    "inbox": "inbox",
    "inbox, unread": "inbox unread",
    "inbox, a type and a tag": "inbox deal_won tag:wins",
    "preferences": "prefs",
}


def run(kind: str, say: Callable[[str, str, str], None], spread: Callable[[list[float]], str]) -> None:
    """Fill one person's inbox, half of it unread, then ask for each view of it as Chat does, in process."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url, Auditor(b"0" * 32))
        migrate.upgrade(database)
        two_tenants(database)
        _fill(database)
        chat = Chat(bot_deps(database))
        for what, words in ASKED.items():
            chat.say(words)
            times = [_timed(chat, words) for _ in range(TIMES)]
            say(kind, f"inbox of {NOTIFICATIONS:,}: {what}", spread(times))
        database.close()


def _fill(database: Database) -> None:
    at = now()
    with database.writing_all() as session:
        users = session.scalars(select(User)).all()
        types = tuple(NotificationType)
        for user in users:
            rows = [
                {
                    "tenant_id": user.tenant_id,
                    "user_id": user.id,
                    "type": types[number % len(types)],
                    "title": f"Won: Globex {number}",
                    "body": "12,000 EUR",
                    "tags": ["wins"] if number % 3 else [],
                    "key": str(number),
                    "channels": {"in_app": "sent", "chat": "off:usual", "email": "off:usual"},
                    "errors": {},
                    "created_at": at - timedelta(minutes=NOTIFICATIONS - number),
                    "read_at": at if number % 2 else None,
                }
                for number in range(NOTIFICATIONS)
            ]
            session.execute(insert(Notification), rows)


def _timed(chat: Chat, words: str) -> float:
    """Return how long one answer takes, in ms. Raises RuntimeError for one without a card."""
    started = time.perf_counter()
    reply = chat.say(words)
    took = (time.perf_counter() - started) * 1000
    if not reply.card:
        raise RuntimeError(f"{words!r} was answered without a card")
    return took
