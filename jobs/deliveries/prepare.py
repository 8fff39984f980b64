"""Fills in what claimed messages need to be drawn: the changes of their events, names, the base of links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

import structlog

from jobs.deliveries.last_cards import note_last_cards
from jobs.deliveries.mentions import note_mentions
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.recent_changes import RecentChanges
from jobs.deliveries.render import parse_change
from jobs.deliveries.shown_leads import note_lead_ends, note_scores
from jobs.names.cache import NameCache
from jobs.nudges.view import view_of
from jobs.queue import INTERRUPTIONS
from models.clock import monotonic
from models.database.engine import Database
from models.deliveries.burst import MOST_LINES, folded_events, with_lines
from models.deliveries.claimed import ClaimedDelivery, read_deliveries
from models.deliveries.queries import is_thread_begun
from models.pipedrive.change import Change, decided
from models.pipedrive.names import Names
from models.rules.ruleset import Ruleset
from models.rules.rulesets import Rulesets

CLAIM_S: Final = 1.0  # after this time no further tenant of a claim is begun
TENANT_S: Final = 0.25  # of which one tenant gets so much, and at least one message

log = structlog.get_logger()


class Preparation:
    """Prepares messages tenant by tenant. It never fails: what cannot be found is left out of the card."""

    def __init__(
        self,
        database: Database,
        names: NameCache,
        rulesets: Rulesets,
        recent: RecentChanges | None = None,
    ) -> None:
        self._database = database
        self._recent = recent
        self._names = names
        self._rulesets = rulesets

    def prepare(self, messages: Sequence[OutgoingMessage]) -> list[OutgoingMessage]:
        """Prepare messages; return those not to be sent now: outdated, or there was no time for them."""
        self._note_threads(messages)
        note_last_cards(self._database, messages)
        late = [message for message in messages if message.is_outdated]
        by_tenant: dict[int, list[OutgoingMessage]] = defaultdict(list)
        for message in messages:
            if not message.is_outdated:
                by_tenant[message.head.tenant_id].append(message)
        rulesets = self._read_rulesets(by_tenant) if by_tenant else {}
        until = monotonic() + CLAIM_S
        for index, (tenant_id, group) in enumerate(by_tenant.items()):
            parsed = self._parse_in_time(group) if not index or monotonic() < until else []
            late += group[len(parsed) :]
            if parsed:
                self._add_names(tenant_id, parsed)
                note_lead_ends(self._database, tenant_id, parsed)
                note_mentions(self._database, tenant_id, parsed)
            for message in parsed:
                message.nudges = view_of(self._database, message.head)
                if tenant_id in rulesets:
                    message.link_base = rulesets[tenant_id].link_base
                    message.timezone = rulesets[tenant_id].timezone
                    message.language = rulesets[tenant_id].language_of(message.head.address)
                    message.lead_pipelines = rulesets[tenant_id].lead_pipelines
            note_scores(self._database, tenant_id, parsed)
        return late

    def _parse_in_time(self, group: Sequence[OutgoingMessage]) -> list[OutgoingMessage]:
        """Parse the events of a tenant's messages, as many as there is time for; return these messages."""
        until = monotonic() + TENANT_S
        parsed: list[OutgoingMessage] = []
        for message in group:
            if parsed and monotonic() > until:
                break
            if message.count > 1:
                self._read_folded(message)
            message.changes = [self._change_of(delivery) for delivery in message.coalesced]
            parsed.append(message)
        return parsed

    def _change_of(self, delivery: ClaimedDelivery) -> Change | None:
        """Return the change of a delivery's event; fan-out has parsed most of them a moment ago."""
        known = self._recent.get(delivery.event_id) if self._recent and delivery.event_id else None
        return known or parse_change(delivery)

    def _read_folded(self, message: OutgoingMessage) -> None:
        """Read what a summary folds, and the deliveries that get a line; if that fails, the head has one.

        Bounded, whatever the message folds: facts are read of all events, bodies only of those with a line.
        """
        try:
            with self._database.reading(message.head.tenant_id) as session:
                folded = folded_events(session, message.head.tenant_id, message.message_key)
                ids = [each.delivery_id for each in with_lines(folded[0], MOST_LINES)]
                shown = read_deliveries(session, message.head.tenant_id, ids)
            message.folded, message.by_rule = folded
            message.coalesced = sorted(shown, key=lambda each: ids.index(each.id)) or [message.head]
        except INTERRUPTIONS:
            raise
        except Exception:
            log.exception("delivery.without_lines", delivery_id=message.head.id)

    def _note_threads(self, messages: Sequence[OutgoingMessage]) -> None:
        """Note which messages join a thread that has a message already."""
        joining = [each for each in messages if each.head.thread_key and each.count == 1]
        if not joining:
            return
        try:
            with self._database.reading_all() as session:
                for message in joining:
                    message.joins_thread = is_thread_begun(session, message.head)
        except INTERRUPTIONS:
            raise
        except Exception:
            log.exception("delivery.without_threads", deliveries=[each.head.id for each in joining])

    def _read_rulesets(self, tenants: Collection[int]) -> dict[int, Ruleset]:
        """Read the rulesets of tenants; one that cannot be read is left out: its cards have no links."""
        try:
            return self._rulesets.read(self._database, tenants)
        except INTERRUPTIONS:
            raise
        except Exception:
            if len(tenants) == 1:
                log.exception("delivery.without_links", tenants=list(tenants))
                return {}
            return {each: found for one in tenants for each, found in self._read_rulesets([one]).items()}

    def _add_names(self, tenant_id: int, group: Sequence[OutgoingMessage]) -> None:
        """Look up the names for all messages of a tenant together; if that fails, for each alone."""
        changes = [change for message in group for change in message.changes if change is not None]
        try:
            names = self._names.for_changes(tenant_id, changes)
        except INTERRUPTIONS:
            raise
        except Exception:
            if len(group) > 1:
                for message in group:
                    self._add_names(tenant_id, [message])
                return
            log.exception("delivery.without_names", tenant_id=tenant_id, delivery_id=group[0].head.id)
            names = Names()
        for message in group:
            message.names = names
            message.changes = [change and decided(change, names) for change in message.changes]
