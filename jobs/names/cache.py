"""The names this process caches: noted from events, read from the database, looked up when unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from models.clock import monotonic, now
from models.connections.names import names_of_tenants, renew_names
from models.database.engine import Database
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import names_in, outdated, refs_in
from models.pipedrive.names import RESTRICTED, Name, Names

KEEP_S: Final = 60.0
MOST_KEPT: Final = 200_000
DOUBTED: Final = 0.0  # in place of the time until when a name is not read again
FREQUENT: Final = ("user", "stage", "pipeline")  # few in a company, and in almost every event
# Pipedrive tries a webhook again after 3 seconds, and later ones pass it.
IN_TIME: Final = timedelta(seconds=2)
MOST_WAIT_S: Final = 2.0  # a slow or unreachable Pipedrive never delays a card by more

Pair = tuple[str, str]


class NameSource(Protocol):
    """Where unknown names are looked up; never raises, returns what it got within `timeout_s`.

    `outdated` are those of the pairs whose known name lacks what a change refers to, like a new option.
    """

    def fetch(
        self, tenant_id: int, pairs: set[Pair], timeout_s: float, *, outdated: Collection[Pair] = ()
    ) -> Names: ...


class NameCache:
    """Names by tenant. Each is kept for a minute; that of a newer event of Pipedrive replaces it at once."""

    def __init__(self, database: Database, source: NameSource) -> None:
        self._database = database
        self._source = source
        self._kept: dict[tuple[int, Pair], tuple[Name | None, float]] = {}  # until when it is not read again
        self._read_frequent: dict[int, float] = {}
        self._ahead: dict[int, tuple[set[Pair], Names]] = {}  # for which pairs, and what there was

    def for_changes(self, tenant_id: int, changes: Sequence[Change]) -> Names:
        """Return the names that these changes refer to, as far as they become known in `MOST_WAIT_S`."""
        pairs = _pairs_in(changes)
        if unknown := self._unknown(tenant_id, pairs):
            self._look_up_unknown(tenant_id, unknown, changes)
        found = ((pair, self._kept.get((tenant_id, pair), (None, 0.0))[0]) for pair in pairs)
        return Names({pair: name for pair, name in found if name is not None})

    def read_ahead(self, changes: Mapping[int, Sequence[Change]]) -> None:
        """Read in one transaction what `for_changes` is to read next for each of many tenants."""
        each_unknown = ((owner, self._unknown(owner, _pairs_in(some))) for owner, some in changes.items())
        wanted = {owner: unknown for owner, unknown in each_unknown if unknown}
        names = self._read_names(wanted) if len(wanted) > 1 else {}
        self._ahead = {tenant_id: (wanted[tenant_id], found) for tenant_id, found in names.items()}

    def read_frequent(self, tenants: Collection[int]) -> None:
        """Read ahead the names that events of tenants often refer to."""
        for tenant_id, names in self._read_names(dict.fromkeys(tenants, ())).items():
            self._keep_names({(tenant_id, pair): name for pair, name in names.items()})

    def note_names(
        self,
        changes: Iterable[tuple[int, Change]],
        is_restricted: Callable[[int, Change], bool] = lambda _tenant_id, _change: False,
    ) -> dict[tuple[int, Pair], Name | None]:
        """Cache the names that changes contain; return the new ones, for `models.connections.names.remember`.

        The name of a restricted object is marked: cards about other objects may refer to it. That of a
        deleted object is None. A name that is older than the cached one is left out.
        """
        new: dict[tuple[int, Pair], Name | None] = {}
        present, started = now(), monotonic()
        for tenant_id, change in changes:
            at = min(change.changed_at or present, present)
            names: dict[Pair, Name | None] = {
                pair: Name(name.text, name.more, at) for pair, name in names_in(change).items()
            }
            own = (change.entity, change.object_id)
            if own in names and change.action == "deleted":
                new[tenant_id, own] = names[own] = None
            elif own in names and is_restricted(tenant_id, change):
                names[own] = _restricted(names[own])
            is_renamed = ENTITIES[change.entity].title in change.touched
            for pair, name in names.items():
                key = (tenant_id, pair)
                known = new[key] if key in new else self._known(key, started)
                if _is_news(name, known, is_renamed=is_renamed and pair == own):
                    new[key] = name
        self._keep_names(dict(new))
        return new

    def doubt_late(self, names: Mapping[tuple[int, Pair], Name | None]) -> None:
        """Let stored names that came late be read anew: the database knows whether it had a newer one.

        Another process may have stored that, and this one need not have read it. Until then it is known which
        name was stored: in a backlog each is late, and events repeat it, unchanged, again and again.
        """
        since = now() - IN_TIME
        for at, name in names.items():
            if name and name.changed_at and name.changed_at < since:
                self._kept[at] = (name, DOUBTED)

    def forget(self, names: Iterable[tuple[int, Pair]]) -> None:
        """Drop names that were noted and could not be stored."""
        for at in names:
            self._kept.pop(at, None)

    def _known(self, at: tuple[int, Pair], moment: float) -> Name | None:
        """Return the name that is stored, as far as this process knows: another may store a newer one."""
        name, until = self._kept.get(at, (None, DOUBTED))
        return name if until == DOUBTED or until > moment else None

    def _unknown(self, tenant_id: int, pairs: Iterable[Pair]) -> set[Pair]:
        at, nothing = monotonic(), (None, 0.0)
        return {pair for pair in pairs if self._kept.get((tenant_id, pair), nothing)[1] <= at}

    def _look_up_unknown(self, tenant_id: int, unknown: set[Pair], changes: Sequence[Change]) -> None:
        asked, found = self._ahead.pop(tenant_id, (set(), Names()))
        if not unknown <= asked:
            found = self._read_names({tenant_id: unknown})[tenant_id]
        stale = set().union(*(outdated(change, found) for change in changes))
        missing = (unknown - found.keys()) | stale
        if missing:
            found.update(self._source.fetch(tenant_id, missing, MOST_WAIT_S, outdated=stale))
        none: dict[Pair, Name | None] = dict.fromkeys(unknown)
        # A name that an event of this step has brought is kept: it is stored later than this was read.
        newer = found.keys() - missing - self._unknown(tenant_id, found)
        names = {pair: name for pair, name in (none | found).items() if pair not in newer}
        self._keep_names({(tenant_id, pair): name for pair, name in names.items()})

    def _read_names(self, wanted: Mapping[int, Collection[Pair]]) -> dict[int, Names]:
        """Read tenants' names from the database; once a minute also all that events often refer to."""
        started = monotonic()
        due = [each for each in wanted if self._read_frequent.get(each, 0.0) < started - KEEP_S]
        pairs = {(tenant_id, pair) for tenant_id, some in wanted.items() for pair in some}
        with self._database.reading_all() as session:
            found, old = names_of_tenants(session, pairs, [(each, kind) for each in due for kind in FREQUENT])
        self._read_frequent.update(dict.fromkeys(due, started))
        self._renew(pairs & old)
        names = {tenant_id: Names() for tenant_id in wanted}
        for (tenant_id, pair), name in found.items():
            names[tenant_id][pair] = name
        return names

    def _renew(self, used: Iterable[tuple[int, Pair]]) -> None:
        by_tenant: dict[int, list[Pair]] = defaultdict(list)
        for tenant_id, pair in sorted(used):
            by_tenant[tenant_id].append(pair)
        for tenant_id, pairs in by_tenant.items():
            with self._database.writing(tenant_id) as session:
                renew_names(session, tenant_id, pairs, now())

    def _keep_names(self, names: dict[tuple[int, Pair], Name | None]) -> None:
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        until = monotonic() + KEEP_S
        self._kept.update({at: (name, until) for at, name in names.items()})


def _pairs_in(changes: Iterable[Change]) -> set[Pair]:
    return set().union(*(refs_in(change) for change in changes))


def _is_news(name: Name | None, known: Name | None, *, is_renamed: bool) -> bool:
    """Tell whether a name is to be stored, given the one that is known.

    One that was changed back is: what is known is newer now than the name that it had meanwhile.
    """
    if name is None or known is None or name.changed_at is None:
        return name != known
    if known.changed_at is not None and name.changed_at < known.changed_at:
        return False
    return name != known or (is_renamed and name.changed_at != known.changed_at)


def _restricted(name: Name | None) -> Name | None:
    return None if name is None else replace(name, more={**name.more, RESTRICTED: True})
