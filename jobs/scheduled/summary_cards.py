"""Creates summary cards: how many deliveries were gathered for each destination, and the most important."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from bot.cards.event import line
from bot.cards.restricted import redacted_line
from bot.cards.summary import totals_of
from jobs.names.cache import NameCache
from jobs.queue import INTERRUPTIONS
from models.attention.gathered import GatheredDelivery, count_gathered, create_summary, read_gathered
from models.attention.mutes import deciding_mute
from models.database.engine import Database
from models.deliveries.burst import MOST_LINES, MOST_ROWS, gathered_events
from models.destinations.queries import get_destination, user_id_of
from models.destinations.quiet_hours import held_until
from models.languages.translate import speaking
from models.pipedrive.change import Change, Unreadable, decided, read
from models.pipedrive.local_time import in_zone
from models.pipedrive.names import NO_NAMES, Names
from models.pipedrive.webhook.json import parse_json
from models.rules.ruleset import Ruleset
from models.rules.rulesets import Rulesets
from models.tables.destinations import Destination

log = structlog.get_logger()


class SummaryCards:
    """Creates the summary cards of what is gathered under one key; every process that sweeps has one."""

    def __init__(self, database: Database, names: NameCache, rulesets: Rulesets) -> None:
        self._database = database
        self._names = names
        self._rulesets = rulesets

    def create(
        self,
        tenant_id: int,
        key: str,
        token: str,
        title: Callable[[int], str],
        why: Callable[[], str],
        at: datetime,
    ) -> None:
        """Create one card for each destination; none where nothing was gathered.

        `title` makes a card's title from the number of its deliveries, `why` says why they were gathered;
        both speak the language of whoever reads it. Doing it again with the same token creates only what is
        missing.
        """
        ruleset = self._rulesets.read(self._database, [tenant_id]).get(tenant_id)
        if ruleset is None:
            return  # the tenant was erased
        with self._database.reading(tenant_id) as session:
            counts = count_gathered(session, tenant_id, key)
        for destination_id, count in counts.items():
            with self._database.reading(tenant_id) as session:
                gathered = read_gathered(session, tenant_id, key, destination_id, MOST_LINES)
                events, _ = gathered_events(session, tenant_id, key, destination_id)
                destination = get_destination(session, tenant_id, destination_id)
            with speaking(ruleset.language_of(destination.address if destination else None)):
                lines, names = self._lines(ruleset, gathered)
                drawn = {"title": title(count), "why": why(), "lines": lines, "more": count - len(lines)}
                if len(events) < MOST_ROWS:  # else they are not all of them
                    drawn["totals"] = totals_of(events, names)
            self._create(ruleset, destination_id, token, drawn, at)

    def create_one(
        self,
        tenant_id: int,
        destination: Destination,
        token: str,
        drawn: Callable[[], dict[str, Any]],
        at: datetime,
    ) -> None:
        """Create one card for a destination, of texts that `drawn` makes in the language of its readers.

        Doing it again with the same token does nothing.
        """
        ruleset = self._rulesets.read(self._database, [tenant_id]).get(tenant_id)
        if ruleset is None:
            return  # the tenant was erased
        with speaking(ruleset.language_of(destination.address)):
            texts = drawn()
        self._create(ruleset, destination.id, token, texts, at)

    def _create(
        self, ruleset: Ruleset, destination_id: int, token: str, drawn: dict[str, Any], at: datetime
    ) -> None:
        tenant_id = ruleset.tenant_id
        with self._database.writing(tenant_id) as session:
            destination = get_destination(session, tenant_id, destination_id)
            if destination is None:  # removed meanwhile
                return
            where = {"space_id": destination.space_id, "user_id": user_id_of(session, destination)}
            muted = deciding_mute(ruleset.mutes, rule_id=None, **where, at=at)
            starts = muted.until if muted else at  # nothing comes to a muted place
            until = held_until(ruleset.quiet, **where, urgent=False, at=starts)
            create_summary(session, destination, token, drawn, until or starts, is_held=until is not None)

    def _lines(self, ruleset: Ruleset, gathered: list[GatheredDelivery]) -> tuple[list[str], Names]:
        """Return a line for each delivery whose event can be read, and the names that were looked up.

        A line names no more than the card of its event would.
        """
        pairs = [(each, change) for each in gathered if (change := _change_of(each)) is not None]
        names = self._names_for(ruleset.tenant_id, [change for _, change in pairs])
        lines = []
        for each, change in pairs:
            matched = _with_type(decided(change, names), each.event_type)
            local = in_zone(matched, ruleset.timezone)
            if each.redacted_because:
                lines.append(redacted_line(local))
            else:
                lines.append(line(local, names if each.shows_restricted else names.for_everybody()))
        return lines, names

    def _names_for(self, tenant_id: int, changes: list[Change]) -> Names:
        """Return the names that the lines need; none if they cannot be looked up."""
        try:
            return self._names.for_changes(tenant_id, changes)
        except INTERRUPTIONS:
            raise
        except Exception:
            log.exception("summary.without_names", tenant_id=tenant_id)
            return NO_NAMES


def _change_of(gathered: GatheredDelivery) -> Change | None:
    """Return the change of a delivery, None if it is unreadable."""
    if gathered.raw is None:
        return None
    try:
        return read(parse_json(gathered.raw))
    except Unreadable:
        return None
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("summary.unparsed")
        return None


def _with_type(change: Change, event_type: str) -> Change:
    """Return a change that surely has the event type that its rule matched."""
    types = change.types if event_type in change.types else (*change.types, event_type)
    return replace(change, types=types)
