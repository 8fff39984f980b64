"""Sums of the roll-up, kept in the process until the roll-up goes on: most reads of an hour ask for the same.

What a tenant's roll-up holds changes only with its version (`models.tables.reports.RollUp`), but for the
presses of a person who is removed, which are not kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.reports.measures import Measures

MOST_KEPT: Final = 64  # a dashboard asks for four; those by rule have some hundred bytes a rule
StoredSums = Mapping[Any, Measures]

_kept: Final[WeakKeyDictionary[Engine, dict[Hashable, StoredSums]]] = WeakKeyDictionary()
_lock: Final = Lock()


def kept_sums(session: Session, key: Hashable, read: Callable[[], StoredSums]) -> StoredSums:
    """Return what `read` returns for a key, reading it the first time; nobody may change it.

    The key has the tenant and the version of its roll-up. What was not asked for longest is forgotten.
    """
    engine = session.connection().engine
    with _lock:
        of_engine = _kept.setdefault(engine, {})
        found = of_engine.pop(key, None)
    found = read() if found is None else found
    with _lock:
        of_engine[key] = found  # the last one of the dictionary
        while len(of_engine) > MOST_KEPT:
            del of_engine[next(iter(of_engine))]
    return found
