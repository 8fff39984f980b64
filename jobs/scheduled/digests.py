"""Sends digests: one card at its time for each place that has one, with what was gathered since the last."""

from __future__ import annotations

from typing import Final

from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
from models.attention.digests import due_issues, end_issue, start_next_issue, tenants_with_due
from models.attention.gathered import digest_key
from models.clock import now
from models.database.engine import Database
from models.languages.translate import marked, tr, tr_plural
from models.tables.attention import Digest, Every

_YOURS: Final = {
    Every.HOURLY: marked("Your hourly digest"),
    Every.DAILY: marked("Your daily digest"),
    Every.WEEKLY: marked("Your weekly digest"),
}
_OF_SPACE: Final = {
    Every.HOURLY: marked("The hourly digest of this space"),
    Every.DAILY: marked("The daily digest of this space"),
    Every.WEEKLY: marked("The weekly digest of this space"),
}


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
        key, texts = digest_key(digest.id), _YOURS if digest.user_id else _OF_SPACE
        self._cards.create(
            digest.tenant_id, key, digest.token, _title, lambda: tr(texts[Every(digest.every)]), at
        )
        with self._database.writing(digest.tenant_id) as session:
            end_issue(session, digest, at)


def _title(count: int) -> str:
    return tr_plural("Digest: {count} card", "Digest: {count} cards", count)
