"""How long home card and inbox take with 10,000 notifications: `python -m tests.bench [kind] inbox`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import insert, select

from models.clock import now
from models.database.engine import Database
from models.notifications.types import NotificationType
from models.tables import Notification, User
from tests.bench.stand import database_url
from tests.customers import ADA
from tests.scenarios.acme import Acme, acme_of
from tests.stack import Stack

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
    """Fill one person's inbox, half of it unread, then ask for each view of it in Chat."""
    with (
        tempfile.TemporaryDirectory(prefix="pn-bench-") as folder,
        database_url(kind, folder) as url,
        Stack(Path(folder), url) as stack,
    ):
        acme = acme_of(stack)
        acme.load([], users=[{"email": "ada@example.com", "role": "admin"}])
        _fill(url)
        stack.start_web()
        for what, words in ASKED.items():
            _timed(acme, words)
            times = [_timed(acme, words) for _ in range(TIMES)]
            say(kind, f"inbox of {NOTIFICATIONS:,}: {what}", spread(times))


def _fill(url: str) -> None:
    database, at = Database(url), now()
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
    database.close()


def _timed(acme: Acme, words: str) -> float:
    """Return how long one answer takes, in ms. Raises RuntimeError if there is none."""
    (space,) = acme.spaces
    started = time.perf_counter()
    outcome = acme.stack.play.chat.client.say(space, ADA, f"/pipenotify {words}".strip())
    took = (time.perf_counter() - started) * 1000
    if outcome.kind != "message":
        raise RuntimeError(f"{words!r} was answered {outcome.kind}: {outcome.problems}")
    return took
