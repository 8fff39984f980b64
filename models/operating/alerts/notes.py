"""Which sink took which alert: each gets each once, and once that it is over, whatever the others do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.alert_routes import Severity, SinkName
from models.database.upsert import insert_into
from models.operating.alerts.codes import BETTER, SEVERITIES, Alert, AlertCode
from models.tables.upkeep import InstallationValue

_PREFIX: Final = "alert "
# Older releases noted an alert without a sink, once all had it: there were these two.
_UNNAMED: Final = (SinkName.CHAT, SinkName.EMAIL)

Found = Mapping[AlertCode, str | None]
Taken = Mapping[AlertCode, frozenset[SinkName]]


def read_taken(session: Session) -> Taken:
    """Return which sinks have which alert and do not know that it is over."""
    query = select(InstallationValue.name).where(InstallationValue.name.like(f"{_PREFIX}%"))
    taken: dict[AlertCode, frozenset[SinkName]] = {}
    for name in session.scalars(query):
        code, _, sink = name.removeprefix(_PREFIX).partition(" ")
        if code in set(AlertCode):
            sinks = [SinkName(sink)] if sink in set(SinkName) else _UNNAMED if not sink else ()
            taken[AlertCode(code)] = taken.get(AlertCode(code), frozenset()).union(sinks)
    return taken


def pending(
    found: Found, taken: Taken, sinks_for: Callable[[Severity], Sequence[SinkName]]
) -> Iterator[tuple[Alert, SinkName]]:
    """Yield what to send to whom: what is new to a sink, and what is over; of None neither is known."""
    for code in AlertCode:
        words, having = found.get(code), taken.get(code, frozenset())
        if words:
            receivers = sinks_for(SEVERITIES[code])
            yield from ((Alert(code, words), sink) for sink in receivers if sink not in having)
        elif words is not None:
            over = Alert(code, BETTER[code], is_over=True)
            yield from ((over, sink) for sink in SinkName if sink in having)


def note_taken(session: Session, alert: Alert, sink: SinkName, at: datetime) -> None:
    """Note that a sink has an alert, or knows that it is over."""
    name = f"{_PREFIX}{alert.code} {sink}"
    if alert.is_over:
        names = (name, f"{_PREFIX}{alert.code}")
        session.execute(delete(InstallationValue).where(InstallationValue.name.in_(names)))
        return
    row = insert_into(session, InstallationValue).values(name=name, value=at.isoformat())
    session.connection().execute(row.on_conflict_do_nothing())
