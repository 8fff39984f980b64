"""Finds the Chat users whom messages mention: owners of their objects and others, where they are matched."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.cards.delivered import owner_to_mention
from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.accounts.queries import chat_names_of
from models.database.engine import Database, Session
from models.recipients.mentioned import MentionedPeople, mentioned_by

log = structlog.get_logger()


def note_mentions(database: Database, tenant_id: int, messages: Sequence[OutgoingMessage]) -> None:
    """Note whom the parsed messages of a tenant mention; if that fails, they mention nobody."""
    owners = {id(message): _owners(message) for message in messages}
    if not any(owners.values()) and not any(map(_mentions_others, messages)):
        return
    try:
        with database.reading(tenant_id) as session:
            known = chat_names_of(session, tenant_id, set().union(*owners.values()))
            for message in messages:
                message.others = _others(session, message)
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.without_mentions", tenant_id=tenant_id)
        return
    for message in messages:
        message.mentions = {each: known[each] for each in owners[id(message)] if each in known}


def _mentions_others(message: OutgoingMessage) -> bool:
    return any(each.mentions for each in message.coalesced)


def _others(session: Session, message: OutgoingMessage) -> MentionedPeople:
    """Return whom a message mentions besides owners; a summary those of the events with a line."""
    pairs = zip(message.coalesced, message.changes, strict=False)
    found = [mentioned_by(session, delivery, change) for delivery, change in pairs]
    return MentionedPeople.of(found)


def _owners(message: OutgoingMessage) -> list[str]:
    """Return the owners whom a message mentions, each once; of a summary those of the events with a line."""
    pairs = zip(message.coalesced, message.changes, strict=False)
    found = (owner_to_mention(delivery, change) for delivery, change in pairs)
    return list(dict.fromkeys(each for each in found if each))
