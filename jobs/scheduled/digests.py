"""Sends digests: one card at its time for each place that has one, with what was gathered since the last."""

from __future__ import annotations

from bot.text.format import plural
from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
from models.attention.digests import due_issues, end_issue, start_next_issue, tenants_with_due
from models.attention.gathered import digest_key
from models.clock import now
from models.database.engine import Database
from models.tables.attention import Digest


class Digests:
    """Sends the digests of all tenants."""

    def __init__(self, database: Database, cards: SummaryCards) -> None:
        self._database = database
        self._cards = cards
        turns = LeasedTurns(
            database,
            "digests",
            lambda session: tenants_with_due(session, now()),
            lambda session, tenant_id: due_issues(session, tenant_id, now()),
            self._send,
        )
        self.run = turns.run

    def _send(self, digest: Digest) -> None:
        """Close an issue, create its card and note that: each step may be repeated after a crash."""
        at = now()
        if digest.closed_at is None:
            with self._database.writing(digest.tenant_id) as session:
                if not start_next_issue(session, digest, at):
                    return  # somebody else has closed it at this moment; the next turn finds it so
        why = f"Your {digest.every} digest" if digest.user_id else f"The {digest.every} digest of this space"
        self._cards.create(digest.tenant_id, digest_key(digest.id), digest.token, _title, why, at)
        with self._database.writing(digest.tenant_id) as session:
            end_issue(session, digest, at)


def _title(count: int) -> str:
    return f"Digest: {plural(count, 'card')}"
