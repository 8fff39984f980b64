"""Carries mutes out: skips what waited when one began, and creates its summary cards when it ends."""

from __future__ import annotations

from datetime import datetime

from jobs.scheduled.leased_turns import LeasedTurns
from jobs.scheduled.summary_cards import SummaryCards
from models.attention.gathered import mute_key
from models.attention.mutes import (
    AT_ONCE,
    close_mute,
    end_mute,
    skip_waiting,
    tenants_with_mutes,
    unfinished_mutes,
)
from models.clock import now
from models.database.engine import Database
from models.languages.translate import tr, tr_plural
from models.tables.attention import Mute


class Mutes:
    """Carries out the mutes of all tenants."""

    def __init__(self, database: Database, cards: SummaryCards) -> None:
        self._database = database
        self._cards = cards
        turns = LeasedTurns(database, "mutes", tenants_with_mutes, unfinished_mutes, self._carry_out)
        self.run = turns.run

    def _carry_out(self, mute: Mute) -> None:
        at = now()
        if at < mute.until:
            self._skip_waiting(mute, at)
        else:
            self._end(mute, at)

    def _skip_waiting(self, mute: Mute, at: datetime) -> None:
        more = True
        while more:
            with self._database.writing(mute.tenant_id) as session:
                more = skip_waiting(session, mute, at) == AT_ONCE

    def _end(self, mute: Mute, at: datetime) -> None:
        """Close a mute, create its cards and note that: each step may be repeated after a crash."""
        with self._database.writing(mute.tenant_id) as session:
            if not close_mute(session, mute, at):
                return  # somebody has set it anew at this moment
        self._cards.create(mute.tenant_id, mute_key(mute.id), mute.token, _title, lambda: _why(mute), at)
        with self._database.writing(mute.tenant_id) as session:
            end_mute(session, mute, at)


def _title(count: int) -> str:
    return tr_plural("{count} card while muted", "{count} cards while muted", count)


def _why(mute: Mute) -> str:
    return tr("Muted by {who}", who=mute.muted_by) if mute.muted_by else tr("Muted")
