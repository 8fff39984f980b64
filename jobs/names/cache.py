"""The names this process has at hand: remembered from events, read from the record, looked up when cold."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Protocol

from sqlalchemy import ColumnElement, or_, select, tuple_

from models.database.engine import Database
from models.pipedrive.change import Change
from models.pipedrive.name_refs import names_in, outdated, refs_in
from models.pipedrive.names import RESTRICTED, Name, Names
from models.tables.connections import KnownName

KEEP_S: Final = 60.0
MOST_KEPT: Final = 200_000
OFTEN: Final = ("user", "stage", "pipeline")  # few in a company, and in almost every event
BUDGET_S: Final = 2.0  # a cold or unreachable Pipedrive never delays a card by more

Pair = tuple[str, str]


class Source(Protocol):
    """Where unknown names are asked for; never raises, gives what it got within the budget.

    `outdated` are pairs among the wanted whose known name lacks what a change holds, like a new option.
    """

    def fetch(
        self, tenant_id: int, wanted: set[Pair], budget_s: float, *, outdated: Collection[Pair] = ()
    ) -> Names: ...


class NameCache:
    """Names by tenant. Each is kept for a minute; what Pipedrive's events say replaces it at once."""

    def __init__(self, database: Database, source: Source) -> None:
        self._database = database
        self._source = source
        self._kept: dict[tuple[int, Pair], tuple[Name | None, float]] = {}
        self._met: dict[int, float] = {}

    def for_changes(self, tenant_id: int, changes: Sequence[Change]) -> Names:
        """Return the names these changes mention, as far as they can be known within the budget."""
        wanted = set().union(*(refs_in(change) for change in changes))
        unknown = {pair for pair in wanted if not self._is_fresh(tenant_id, pair)}
        if unknown:
            self._fill(tenant_id, unknown, changes)
        found = ((pair, self._kept.get((tenant_id, pair), (None, 0.0))[0]) for pair in wanted)
        return Names({pair: name for pair, name in found if name is not None})

    def learn(
        self,
        changes: Iterable[tuple[int, Change]],
        is_restricted: Callable[[int, Change], bool] = lambda _tenant_id, _change: False,
    ) -> dict[tuple[int, Pair], Name]:
        """Remember the names that events tell; return those that are news, for `name_store.remember`.

        The name of what not everybody may see is marked: other cards may mention it.
        """
        news: dict[tuple[int, Pair], Name] = {}
        for tenant_id, change in changes:
            taught = names_in(change)
            own = (change.entity, change.object_id)
            if own in taught and is_restricted(tenant_id, change):
                taught[own] = Name(taught[own].text, {**taught[own].more, RESTRICTED: True})
            for pair, name in taught.items():
                if self._kept.get((tenant_id, pair), (None, 0.0))[0] != name:
                    news[tenant_id, pair] = name
        self._keep(dict(news))
        return news

    def _is_fresh(self, tenant_id: int, pair: Pair) -> bool:
        kept = self._kept.get((tenant_id, pair))
        return kept is not None and kept[1] > time.monotonic()

    def _fill(self, tenant_id: int, unknown: set[Pair], changes: Sequence[Change]) -> None:
        found = self._read(tenant_id, unknown)
        stale = set().union(*(outdated(change, found) for change in changes))
        missing = (unknown - found.keys()) | stale
        if missing:
            found.update(self._source.fetch(tenant_id, missing, BUDGET_S, outdated=stale))
        nobody: dict[Pair, Name | None] = dict.fromkeys(unknown)
        self._keep({(tenant_id, pair): name for pair, name in (nobody | found).items()})

    def _read(self, tenant_id: int, pairs: set[Pair]) -> Names:
        """Read names from the record; with the first of a tenant come all that its events mention often."""
        columns = (KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
        wanted: ColumnElement[bool] = tuple_(KnownName.kind, KnownName.key).in_(sorted(pairs))
        if self._met.get(tenant_id, 0.0) < time.monotonic() - KEEP_S:
            self._met[tenant_id] = time.monotonic()
            wanted = or_(wanted, KnownName.kind.in_(OFTEN))
        with self._database.reading_all() as session:
            rows = session.execute(select(*columns).where(KnownName.tenant_id == tenant_id, wanted)).all()
        return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in rows})

    def _keep(self, names: dict[tuple[int, Pair], Name | None]) -> None:
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        until = time.monotonic() + KEEP_S
        self._kept.update({at: (name, until) for at, name in names.items()})
