"""Finds the newest event of an object: by its id, or by words of its title in any order and case.

Titles are found among the known names of the tenant's objects, else in the bodies of its newest events.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.database.chunks import chunks
from models.events.facts import object_key
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.readable import fold_name
from models.rules.why.explain import read_body
from models.rules.why.reader import Reader, deliveries_of, reader_of
from models.tables.connections import KnownName
from models.tables.events import Event

MOST_FOUND: Final = 8
MOST_NAMES: Final = 1_000  # names that fit so roughly that the database finds them
LOOK_BACK: Final = 300  # events whose bodies are read for titles


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """The newest event of an object: `title` is empty where the reader may not see it."""

    event_id: int
    title: str
    change: Change
    received_at: datetime


def find_by_id(session: Session, actor: Actor, entity: str, object_id: str) -> int | None:
    """Return the newest event of an object, None without any. Raises NotAllowed.

    Whether the actor may see it is decided when it is explained.
    """
    reader_of(session, actor)
    key = object_key(entity, object_id)
    mine = (Event.tenant_id == actor.tenant, Event.object_key == key)
    return session.scalar(select(func.max(Event.id)).where(*mine))


def find_by_words(session: Session, actor: Actor, entity: str, words: str) -> list[FoundEvent]:
    """Return the newest event of each object whose title has all these words, newest first.

    At most `MOST_FOUND`, and only those that the actor may see: a search must not tell that a title exists.
    Raises NotAllowed.
    """
    reader, wanted = reader_of(session, actor), fold_name(words).split()
    if not wanted:
        return []
    ids = _newest_of(session, actor.tenant, entity, _named(session, actor.tenant, entity, wanted))
    found = _visible(session, reader, _events(session, actor.tenant, ids), wanted)
    return found or _visible(session, reader, _newest_events(session, actor.tenant, entity), wanted)


def newest(session: Session, actor: Actor, entity: str) -> list[FoundEvent]:
    """Return the newest event of each of the objects that changed last. Raises NotAllowed."""
    return _visible(session, reader_of(session, actor), _newest_events(session, actor.tenant, entity), [])


def _named(session: Session, tenant_id: int, entity: str, wanted: Sequence[str]) -> list[str]:
    """Return the ids of the objects whose known names have all these words."""
    columns = select(KnownName.key, KnownName.text).where(
        KnownName.tenant_id == tenant_id, KnownName.kind == entity
    )
    roughly = (KnownName.text.ilike(pattern(word), escape="\\") for word in wanted)
    rows = session.execute(columns.where(*roughly).limit(MOST_NAMES))
    return [key for key, text in rows if _has_all(text, wanted)]


def pattern(word: str) -> str:
    r"""Return a pattern of SQL that matches every spelling of a folded word, and may match others.

    Databases fold only ASCII letters alike. Left open are all others, the letters before accents, and those
    that come of folding: `ss` may have been one letter, as may `i` and `k`.
    """
    spelled = unicodedata.normalize("NFD", word).replace("ss", "%")
    open_ended = ["%"]
    for letter, following in zip(spelled, [*spelled[1:], ""], strict=True):
        is_certain = letter.isascii() and letter not in "ik%" and not unicodedata.combining(following or "a")
        open_ended.append((f"\\{letter}" if letter in "_\\" else letter) if is_certain else "%")
    return "".join([*open_ended, "%"])


def _has_all(text: str, wanted: Iterable[str]) -> bool:
    folded = fold_name(text)
    return all(word in folded for word in wanted)


def _newest_of(session: Session, tenant_id: int, entity: str, ids: Collection[str]) -> list[int]:
    newest = func.max(Event.id)
    columns = select(newest).where(Event.tenant_id == tenant_id).group_by(Event.object_key)
    found: list[int] = []
    for some in chunks([object_key(entity, each) for each in ids]):
        found += session.scalars(columns.where(Event.object_key.in_(some)))
    return sorted(found, reverse=True)


def _events(session: Session, tenant_id: int, ids: Sequence[int]) -> Iterable[Event]:
    """Yield events in this order, a few at a time: a title may be that of hundreds."""
    for some in chunks(ids, MOST_FOUND):
        rows = session.scalars(select(Event).where(Event.tenant_id == tenant_id, Event.id.in_(some)))
        yield from sorted(rows, key=lambda event: event.id, reverse=True)


def _newest_events(session: Session, tenant_id: int, entity: str) -> Iterable[Event]:
    mine = (
        Event.tenant_id == tenant_id,
        Event.object_key >= f"{entity}:",
        Event.object_key < f"{entity};",  # the character after the colon
    )
    ids: Any = select(Event.id).where(*mine).order_by(Event.id.desc()).limit(LOOK_BACK)
    return _events(session, tenant_id, session.scalars(ids).all())


def _visible(
    session: Session, reader: Reader, events: Iterable[Event], wanted: Sequence[str]
) -> list[FoundEvent]:
    """Return the first events that have the words and that the reader may see, one of each object."""
    found: dict[str, FoundEvent] = {}
    for event in events:
        if event.object_key in found or event.object_key is None:
            continue
        change = read_body(event.raw)
        if change is None or not _has_all(title(change), wanted):
            continue
        deliveries = deliveries_of(session, reader, event.id)
        if reader.may_ask(change, deliveries) and reader.may_see(change, deliveries):
            found[event.object_key] = FoundEvent(event.id, title(change), change, event.received_at)
        if len(found) == MOST_FOUND:
            break
    return list(found.values())


def title(change: Change) -> str:
    """Return the title of a change's object, empty if it has none."""
    raw = change.state.get(ENTITIES[change.entity].title)
    return raw if isinstance(raw, str) else ""
