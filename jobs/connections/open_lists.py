"""Reads the lists of what is open in Pipedrive: also what was changed before we heard of it may stall."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

import structlog

from jobs.connections.viewers import ALONE, Viewers
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import BACKGROUND_HALF, Pipedrive
from jobs.to_pipedrive.staging import STAGING_WAITS
from models.clock import now
from models.connections.lead_pipelines import lead_pipelines_of
from models.database.engine import Database
from models.errors import AppError, DatabaseUnavailable, NotAllowed, NotFound, RateLimited
from models.leads.mirror import record_states
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.pipedrive.rest.as_webhook import FIELDS_OF, custom_codes, data_of, kinds_of
from models.pipedrive.webhook.parsed import identity, moment, moment_of, state
from models.stalled import open_lists
from models.stalled.open_lists import ClaimedCheck
from models.stalled.track import DEAL, LEAD, Known, Row, is_open_state, row_of_state, unpacked
from models.tables import TrackedObject

# Deals first: activities follow theirs. The list of leads has those that are not archived.
LISTS: Final = {"open deal": "deal", "lead": "lead", "open activity": "activity"}
CHUNK: Final = 200
MOST_MISSING: Final = 20  # of a part of the list; the others are asked about by a later check
MOST_IDLE: Final = timedelta(days=365)  # what nobody has changed for longer is not followed
TURN_S: Final = 60.0  # then other tenants get their turn
OVER: Final = "over"
WAITS: Final = timedelta(minutes=1)
LATER: Final = timedelta(minutes=30)
LOOKS_AGAIN_AFTER: Final = timedelta(hours=1)

log = structlog.get_logger()
Item = Mapping[str, Any]


class ListLeaseLost(Exception):
    """Raised when another process reads the lists of this tenant by now."""


class OpenListJob:
    """Reads the lists of tenants after they connected, and once a week; every worker has one."""

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive

    def step(self) -> bool:
        """Read one list, or a part of a long one, of one tenant; False when none is due.

        It calls Pipedrive; not to be called inside a transaction. Raises DatabaseUnavailable.
        """
        with self._database.reading_all() as session:
            if open_lists.next_due(session, now()) is None:
                return False
        with self._database.writing_all() as session:
            claimed = open_lists.claim(session, now())
        if claimed is None:
            return False
        try:
            self._work(claimed)
        except ListLeaseLost:
            log.warning("open_lists.lease_lost", tenant_id=claimed.tenant_id)
        except DatabaseUnavailable:
            raise
        except RateLimited as slow:
            wait = timedelta(seconds=slow.retry_after) if slow.retry_after else WAITS
            self._put_off(claimed, min(wait, LOOKS_AGAIN_AFTER))
        except AppError as trouble:
            log.warning("open_lists.failed", tenant_id=claimed.tenant_id, why=str(trouble)[:200])
            self._put_off(claimed, LATER)
        return True

    def _work(self, claimed: ClaimedCheck) -> None:
        if not self._pipedrive.companies.allows(claimed.tenant_id):
            self._put_off(claimed, STAGING_WAITS)
            return
        name = next((each for each in LISTS if claimed.progress.get(each) != OVER), None)
        if name is None:
            with self._database.writing(claimed.tenant_id) as session:
                open_lists.end(session, claimed, now())
            return
        try:
            self._pipedrive.as_tenant(
                claimed.tenant_id,
                lambda api: _Reader(self._database, claimed, name, api).run(),
                spending=BACKGROUND_HALF,
            )
        except NotAllowed:  # the connecting user may not read these
            claimed.progress[name] = OVER
        self._put_off(claimed, timedelta(0))

    def _put_off(self, claimed: ClaimedCheck, wait: timedelta) -> None:
        with self._database.writing(claimed.tenant_id) as session:
            open_lists.put_off(session, claimed, now() + wait)


class _Reader:
    """Reads one list, oldest change first, from where the last reader stopped."""

    def __init__(self, database: Database, claimed: ClaimedCheck, name: str, api: PipedriveApi) -> None:
        self._database = database
        self._claimed = claimed
        self._name, self._entity = name, LISTS[name]
        self._api = api
        self._viewers = Viewers(api)
        self._kinds: dict[str, str] | None = None
        self._began = now()

    def run(self) -> None:
        """Read to the end, or until other tenants' turn. Raises ListLeaseLost, and what calls raise."""
        since = moment(self._claimed.progress.get(self._name)) or now() - MOST_IDLE
        items, ends = iter(self._api.updated(self._name, since)), time.monotonic() + TURN_S
        last = since
        while chunk := list(islice(items, CHUNK)):
            latest = max((at for item in chunk if (at := moment_of(item))), default=since)
            self._store([*self._rows(chunk), *self._closed(chunk, last, latest)], latest.isoformat())
            last = latest
            if time.monotonic() > ends and latest.replace(microsecond=0) > since:
                return
        self._store(self._closed([], last, now()), OVER)

    def _closed(self, chunk: Sequence[Item], after: datetime, before: datetime) -> list[Row]:
        """Return the rows of deals that are open to us and that this part of the list does not have.

        Pipedrive is asked about each: our times and its own may differ, so the list alone proves nothing.
        """
        if self._entity != DEAL:
            return []
        listed = {key for item in chunk if (key := id_key(item.get("id")))}
        tenant_id = self._claimed.tenant_id
        with self._database.reading(tenant_id) as session:
            found = open_lists.open_between(session, tenant_id, after, before, heard_before=self._began)
        missing = [row for row in found if row.object_id not in listed][:MOST_MISSING]
        asked = (self._ask(row) for row in missing)
        rows = [
            row_of_state(tenant_id, known, at, now(), self._claimed.zone)
            for known, at in asked
            if not is_open_state(DEAL, known.state)
        ]
        return [row for row in rows if row is not None]

    def _ask(self, row: TrackedObject) -> tuple[Known, datetime]:
        """Return what Pipedrive says of a deal, and since when; an empty state where it has none any more."""
        permitted = _permitted_of(row)
        try:
            found = state(ENTITIES[DEAL], data_of(DEAL, self._api.deal(row.object_id), {}))
        except NotFound:
            return Known(DEAL, row.object_id, {}, permitted), now()
        return Known(DEAL, row.object_id, found, permitted), max(moment_of(found) or now(), row.changed_at)

    def _rows(self, chunk: Sequence[Item]) -> list[Row]:
        """Return the rows of what is new or newer than what is known."""
        entity, tenant_id = self._entity, self._claimed.tenant_id
        if self._kinds is None and any(custom_codes(item) for item in chunk):
            self._kinds = kinds_of(self._api.fields(FIELDS_OF.get(entity, entity)))
        states = {
            key: state(ENTITIES[entity], data_of(entity, item, self._kinds or {}))
            for item in chunk
            if (key := id_key(item.get("id")))
        }
        with self._database.reading(tenant_id) as session:
            known = open_lists.known_rows(session, tenant_id, entity, states)
            deals = open_lists.known_rows(session, tenant_id, DEAL, _deals_of(states.values()))
        rows: list[Row] = []
        for key, found in states.items():
            at = moment_of(found)
            if at is not None and (key not in known or known[key].changed_at < at):
                permitted = self._permitted(key, found, known.get(key), deals)
                row = row_of_state(
                    tenant_id, Known(entity, key, found, permitted), at, now(), self._claimed.zone
                )
                rows += [row] if row is not None else []
        return rows

    def _permitted(
        self,
        object_id: str,
        found: Mapping[str, Json],
        known: TrackedObject | None,
        deals: Mapping[str, TrackedObject],
    ) -> list[str] | None:
        """Return who may see an object, as far as that is known without a call for each; None: everybody.

        An activity is visible to those who see its deal. What only its owner and followers may see counts
        as seen by the owner alone: better too few than one too many.
        """
        owner = identity(found.get("owner_id"))
        alone = [owner] if owner else []
        if self._entity not in (DEAL, LEAD):
            deal = deals.get(str(found.get("deal_id")))
            is_about_something = any(found.get(key) for key in ("deal_id", "lead_id", "org_id", "person_id"))
            return _permitted_of(deal) if deal is not None else alone if is_about_something else None
        if known is not None and _is_same_circle(known, found):
            return _permitted_of(known)
        if str(found.get("visible_to") or ALONE) == ALONE:
            return alone
        return self._viewers.of(self._entity, object_id, found, None)

    def _store(self, rows: Sequence[Row], progress: str) -> None:
        self._claimed.progress[self._name] = progress
        with self._database.writing(self._claimed.tenant_id) as session:
            if not open_lists.advance(session, self._claimed, now()):
                raise ListLeaseLost
            chosen = lead_pipelines_of(session, self._claimed.tenant_id)
            record_states(session, rows, {self._claimed.tenant_id: chosen})


def _deals_of(states: Iterable[Mapping[str, Json]]) -> set[str]:
    return {key for each in states if (key := id_key(each.get("deal_id")))}


def _permitted_of(row: TrackedObject) -> list[str] | None:
    permitted = unpacked(row.state)[1]
    return None if permitted is None else sorted(permitted)


def _is_same_circle(known: TrackedObject, found: Mapping[str, Json]) -> bool:
    before, _ = unpacked(known.state)
    return all(str(before.get(key)) == str(found.get(key)) for key in ("visible_to", "owner_id"))
