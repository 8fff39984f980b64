"""What a rule would have done with the stored events: its matches, and its near misses."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Final

from sqlalchemy import and_, case, literal, select
from sqlalchemy.orm import Session

from models.connections.lead_pipelines import lead_pipelines_of
from models.connections.names import names_of_pairs, names_without
from models.connections.visibility import TO_A_PERSON, active_users, visibility
from models.events.store import TESTS
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.deal_leads import as_lead
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.filters.conditions import Condition
from models.pipedrive.filters.filters import Filter
from models.pipedrive.local_time import NO_ZONE, due_in_zone
from models.pipedrive.name_refs import Pair, refs_in, refs_of_fields
from models.pipedrive.names import Names
from models.pipedrive.types import entities_of, entities_of_rule, last_types, main_types, wants
from models.pipedrive.webhook.json import parse_json
from models.rules.drafts import RuleDraft
from models.tables.accounts import Tenant
from models.tables.events import Event, EventState

MOST_EVENTS: Final = 100_000
PAGE: Final = 250  # bodies in memory at once
# Kinds of which a tenant may have a hundred thousand names: only those that a page of events needs are read.
_MANY: Final = ("deal", "person", "organization")
# How a body writes that a deal is won or lost, in all dialects: few have it, and to search is fast.
_MARKS: Final = {"won": b'won"', "lost": b'lost"'}


@dataclass(frozen=True, slots=True)
class Example:
    """An event that the rule would have matched, or a near miss: then `failed` is the condition that failed.

    `found` is the value that it found, or why it could not be decided. Where the viewer may not see the
    object, `redacted_because` says so; then nothing of it is left in `change` but its kind and what happened.
    """

    event_id: int
    at: datetime
    change: Change
    failed: Condition | None = None
    found: str = ""
    redacted_because: str = ""


@dataclass(slots=True)
class Backtest:
    """What a rule would have done.

    `looked_at` are all events of the time, of which `of_type` had an event type of the rule. `fired` and
    `near_misses` count events; `examples` and `misses` are the newest of each. `names` are for their texts,
    without those of restricted objects. `back_to` is when the oldest event that was looked at came. If the
    limit of events or time was reached, `go_on` is the event before which to go on; else it is None.
    """

    fired: int = 0
    near_misses: int = 0
    looked_at: int = 0
    of_type: int = 0
    examples: list[Example] = field(default_factory=list)
    misses: list[Example] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    back_to: datetime | None = None
    go_on: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one search goes: `most` events, `seconds` (None: no limit), and how many examples it keeps.

    `before` goes on where an earlier search stopped (its `go_on`). With `enough`, it ends as soon as it has
    its examples of matches.
    """

    most: int = MOST_EVENTS
    seconds: float | None = None
    before: int | None = None
    examples: int = 5
    enough: bool = False


WHOLE: Final = Limits()


def backtest(
    session: Session,
    tenant_id: int,
    draft: RuleDraft,
    since: datetime,
    limits: Limits = WHOLE,
    viewer: str | None = None,
) -> Backtest:
    """Match a rule, saved or not, with the events stored since then, newest first.

    A near miss is an event of the rule's types for which exactly one condition fails or is undecidable.
    `viewer` is the id in Pipedrive of who reads the result, who is shown what they may see there; None for
    somebody unmatched. Raises InvalidFilter for conditions that cannot be read.
    """
    chosen = lead_pipelines_of(session, tenant_id)
    entities = entities_of_rule(draft.on, chosen)
    run = _Run(session, tenant_id, draft, viewer, limits.examples, chosen)
    until = None if limits.seconds is None else time.monotonic() + limits.seconds
    done = run.result
    # Types of leads that deals have are not stored with their events.
    on = (*draft.on, "deal.*") if len(entities) > len(entities_of(draft.on)) else draft.on
    for page in _pages(session, tenant_id, on, since, limits):
        run.match(page)
        done.looked_at += len(page)
        done.back_to, done.go_on = page[-1].received_at, page[-1].id
        is_full = limits.enough and len(done.examples) >= limits.examples
        if is_full or done.looked_at >= limits.most or (until is not None and time.monotonic() > until):
            break
    else:
        done.go_on = None
    run.read_names()
    return done


def _pages(
    session: Session, tenant_id: int, on: Sequence[str], since: datetime, limits: Limits
) -> Iterator[list[Any]]:
    """Yield events (id, received_at, raw) newest first; `raw` is None where the rule cannot match."""
    raw = case((and_(*_may_match(on)), Event.raw))
    mine = (Event.tenant_id == tenant_id, Event.source_key.not_like(f"{TESTS}%"))
    query = select(Event.id, Event.received_at, raw.label("raw")).where(*mine).order_by(Event.id.desc())
    before, most = limits.before, limits.most
    while most > 0:
        some = query if before is None else query.where(Event.id < before)
        # Past the ORM, which costs more here than the reading of the rows.
        rows = session.connection().execute(some.limit(min(PAGE, most))).all()
        page = [row for row in rows if row.received_at >= since]
        if page:
            yield page
        if len(page) < len(rows) or len(rows) < min(PAGE, most):
            return
        before, most = rows[-1].id, most - len(rows)


def _may_match(on: Sequence[str]) -> list[Any]:
    """Return conditions on the columns of an event that hold wherever a rule for `on` may match."""
    types, kinds = last_types(on), main_types(on)
    conditions: list[Any] = [Event.state == EventState.DONE]
    conditions.append(Event.event_type.in_(sorted(types)) if types else Event.event_type != literal(""))
    if kinds is not None:
        conditions.append(Event.kind.in_(["", *sorted(kinds)]))  # releases before 0010 stored none
    return conditions


class _Run:
    """One search: the compiled rule, what it needs to decide, and the result so far."""

    def __init__(
        self,
        session: Session,
        tenant_id: int,
        draft: RuleDraft,
        viewer: str | None,
        examples: int,
        chosen: Collection[str],
    ) -> None:
        self.result = Backtest()
        self._session, self._tenant_id = session, tenant_id
        self._viewer, self._most = viewer, examples
        self._names = names_without(session, tenant_id, _MANY)
        self._chosen, entities = chosen, entities_of_rule(draft.on, chosen)
        self._filter: Filter = compiled(draft.when, entities, self._names)
        self._object_refs = _object_refs(self._filter.fields(), entities)
        self._wants = lru_cache(maxsize=1024)(partial(wants, tuple(draft.on)))
        self._known: set[Pair] = set()
        self._marks = _marks_of(draft.on)
        self._users = active_users(session, tenant_id)
        self._zone = session.scalar(select(Tenant.timezone).where(Tenant.id == tenant_id)) or NO_ZONE

    def match(self, page: Sequence[Any]) -> None:
        """Match a page of rows, one after the other: parsed bodies that die young cost Python least."""
        parsed: Iterable[tuple[Any, Change]] = self._parsed(page)
        if self._object_refs is not None:
            parsed = list(parsed)
            self._read_objects(set().union(*(self._object_refs(change) for _, change in parsed)))
        for row, change in parsed:
            self._match(row, change)

    def _parsed(self, page: Sequence[Any]) -> Iterator[tuple[Any, Change]]:
        for row in page:
            if (change := self._change(row.raw)) is not None:
                yield row, change

    def _change(self, raw: bytes | None) -> Change | None:
        """Parse a body; None if it is of no type of the rule."""
        if raw is None or (self._marks and not _may_have(raw, self._marks)):
            return None
        try:
            change = read(parse_json(raw), self._names)
        except Unreadable:  # a later release may read less than the one that stored it
            return None
        change = change and as_lead(change, self._chosen)
        if change is None or not self._wants(change.every_type):
            return None
        return change if self._zone == NO_ZONE else due_in_zone(change, self._zone)

    def _match(self, row: Any, change: Change) -> None:
        done, failures = self.result, self._filter.failures(change, self._names)
        done.of_type += 1
        if not failures:
            done.fired += 1
            if len(done.examples) < self._most:
                done.examples.append(self._example(row, change, None))
        elif len(failures) == 1:
            done.near_misses += 1
            if len(done.misses) < self._most:
                done.misses.append(self._example(row, change, failures[0]))

    def _example(self, row: Any, change: Change, failed: Condition | None) -> Example:
        permitted, viewer = change.permitted_user_ids, self._viewer
        seen = visibility(permitted, self._users, TO_A_PERSON, pipedrive_user_id=viewer)
        if seen.redacted_because:
            return Example(row.id, row.received_at, _bare(change), redacted_because=seen.redacted_because)
        found = failed.why(change, self._names.for_everybody()) if failed else ""
        return Example(row.id, row.received_at, change, failed, found)

    def _read_objects(self, pairs: AbstractSet[Pair]) -> None:
        """Read the names of deals, persons and organizations that are among these pairs."""
        wanted = {pair for pair in pairs if pair[0] in _MANY} - self._known
        self._known |= wanted
        self._names.update(names_of_pairs(self._session, self._tenant_id, wanted))

    def read_names(self) -> None:
        """Set the names that the examples need."""
        shown = [
            each.change for each in (*self.result.examples, *self.result.misses) if not each.redacted_because
        ]
        self._read_objects(set().union(*map(refs_in, shown)))
        self.result.names = self._names.for_everybody()


def _object_refs(
    fields: Collection[str], entities: Sequence[str]
) -> Callable[[Change], AbstractSet[Pair]] | None:
    """Return what finds the objects whose names these fields compare; None where they compare no such name.

    An object is a deal, a person or an organization.
    """
    if any(name.startswith("custom.") for name in fields):
        return refs_in
    declared = {entity: [ENTITIES[entity].fields.get(name) for name in fields] for entity in entities}
    naming = {
        entity: tuple({each for each in found if each is not None and each.names in _MANY})
        for entity, found in declared.items()
    }
    return partial(refs_of_fields, naming) if any(naming.values()) else None


def _marks_of(on: Sequence[str]) -> tuple[bytes, ...]:
    """Return texts of which a body has one if it is of a type of the rule; empty if no text tells."""
    marks = [_MARKS.get(one.partition(".")[2]) for one in on]
    return tuple(mark for mark in marks if mark) if all(marks) else ()


def _may_have(raw: bytes, marks: Sequence[bytes]) -> bool:
    """Search a body without parsing it; one with escaped letters may have anything."""
    return any(mark in raw for mark in marks) or b"\\u" in raw


def _bare(change: Change) -> Change:
    """Return a change with nothing of its object left but the kind and what happened."""
    nothing: dict[str, Any] = {"object_id": "", "before": {}, "after": {}, "touched": frozenset()}
    return replace(change, **nothing, who_id=None, who_name=None, merged_to=None, merged_from=None)
