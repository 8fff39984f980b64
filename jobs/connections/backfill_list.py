"""Backfills one list of a gap through Pipedrive's API: each missed change becomes an ordinary event."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from jobs.connections.viewers import Viewers
from jobs.to_pipedrive.api import PipedriveApi
from models.backfills import backfills
from models.backfills.backfills import LEASE, Claimed
from models.backfills.event_history import EventHistory
from models.backfills.gaps import LANDED
from models.clock import now
from models.database.engine import Database
from models.events import store as event_store
from models.events.store import Arrival
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import id_key
from models.pipedrive.rest.as_webhook import (
    FIELDS_OF,
    custom_codes,
    data_of,
    done_at,
    is_gone,
    kinds_of,
    updater_of,
    written,
)
from models.pipedrive.rest.backfill_body import late_body
from models.pipedrive.rest.missed import ListedItem, MissedChange, Span, missed
from models.pipedrive.webhook.parsed import moment, moment_of, state
from models.tables.events import EventState

CHUNK: Final = 500
MARGIN: Final = timedelta(minutes=5)  # clocks differ, and a webhook may be late
OVER: Final = "over"
TURN_S: Final = 60.0  # then gaps of other tenants get their turn

Item = Mapping[str, Any]


class LostIt(Exception):
    """Raised when the lease had run out and another process works on this gap by now."""


class ListReader:
    """Reads one list from where the last reader stopped, and records after each chunk how far it got.

    In `Claimed.progress` a list has `at` (everything before it is stored), `young` (the oldest change whose
    webhook may still arrive) and `again` (it is read once more, from `young` on), or OVER.
    """

    def __init__(self, database: Database, claimed: Claimed, name: str, api: PipedriveApi) -> None:
        self._database = database
        self._claimed = claimed
        self._name = name
        self._entity = name.rpartition(" ")[2]
        self._api = api
        self._viewers = Viewers(api)
        since = claimed.since - MARGIN
        self._history = EventHistory(database, claimed.tenant_id, self._entity, since)
        self._kinds: dict[str, str] | None = None
        self._gap = Span(claimed.since, claimed.until)
        self._mark: dict[str, Any] = dict(claimed.progress.get(name, {}))

    def run(self) -> bool:
        """Read to the end, or until other tenants' turn; False if it must be read once more
        later. Raises LostIt, and what calls raise.
        """  # noqa: D205 - one sentence
        since, ends = moment(self._mark.get("at")) or self._claimed.since, time.monotonic() + TURN_S
        items = iter(self._api.updated(self._name, since))
        while chunk := list(islice(items, CHUNK)):
            self._take(chunk)
            if time.monotonic() > ends and self._has_come_further(since):
                return True
        young = self._mark.get("young")
        if young and not self._mark.get("again"):
            self._mark = {"at": young, "again": True}
            self._record([])
            return False
        self._claimed.progress[self._name] = OVER
        self._record([])
        return True

    def _has_come_further(self, since: datetime) -> bool:
        """Return whether a new reader would begin later than we did; Pipedrive takes whole seconds."""
        at = moment(self._mark.get("at"))
        return at is not None and at.replace(microsecond=0) > since

    def _take(self, chunk: Sequence[Item]) -> None:
        ids = [found for item in chunk if (found := id_key(item.get("id")))]
        webhook_changes = self._history.changes_of(ids)
        self._learn_kinds(chunk)
        bodies = [body for item in chunk for body in self._bodies(item, webhook_changes)]
        times = [at for item in chunk if (at := moment_of(item))]
        if times:
            self._mark["at"] = max(times).isoformat()
        self._record(bodies)

    def _bodies(self, item: Item, webhook_changes: Mapping[str, Sequence[Change]]) -> list[dict[str, Any]]:
        object_id = id_key(item.get("id"))
        if object_id is None:
            return []
        listed = ListedItem(
            self._entity,
            state(ENTITIES[self._entity], data_of(self._entity, item, self._kinds or {})),
            is_gone=is_gone(item) or self._name.startswith("deleted "),
            done_at=done_at(item),
        )
        settled = None if self._mark.get("again") else now() - LANDED
        found = missed(listed, webhook_changes.get(object_id, ()), self._gap, settled)
        if found is None:
            self._mark.setdefault("young", written(moment_of(item) or self._gap.until))
            return []
        last = max(webhook_changes.get(object_id, ()), key=lambda each: str(each.happened_at), default=None)
        return [self._body(object_id, each, item, last) for each in found]

    def _body(self, object_id: str, found: MissedChange, item: Item, last: Change | None) -> dict[str, Any]:
        self._hold_on()
        return late_body(
            self._entity,
            object_id,
            found,
            company_id=self._claimed.company_id,
            who_id=updater_of(item),
            seen_by=self._viewers.of(self._entity, object_id, found.state, last),
        )

    def _learn_kinds(self, chunk: Sequence[Item]) -> None:
        """Read the definitions of custom fields, once, when one of them has a value."""
        if self._kinds is None and any(custom_codes(item) for item in chunk):
            self._kinds = kinds_of(self._api.fields(FIELDS_OF.get(self._entity, self._entity)))

    def _hold_on(self) -> None:
        """Renew the lease in time: reading who may see an object takes one call each."""
        if now() > self._claimed.lease - LEASE / 2:
            self._record([])

    def _record(self, bodies: Sequence[dict[str, Any]]) -> None:
        if self._claimed.progress.get(self._name) != OVER:
            self._claimed.progress[self._name] = dict(self._mark)
        at, tenant_id = now(), self._claimed.tenant_id
        rows = [_arrival(tenant_id, body, at) for body in bodies]
        with self._database.writing(tenant_id) as session:
            new = event_store.store(session, rows) if rows else 0
            if not backfills.advance(session, self._claimed, at, new):
                raise LostIt  # and nothing of this chunk is stored


def _arrival(tenant_id: int, body: dict[str, Any], at: datetime) -> Arrival:
    # Not orjson: a half surrogate in a name must stay readable.
    return Arrival(tenant_id, body["meta"]["id"], json.dumps(body).encode(), EventState.NEW, at)
