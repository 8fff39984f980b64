"""Whom a delivery mentions besides the owner: people whom its record names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from models.deliveries.claimed import ClaimedDelivery
from models.pipedrive.change import Change
from models.recipients.find import people_of


@dataclass(frozen=True, slots=True)
class MentionedPeople:
    """Chat's names (`users/123`) of people, and what those are called whom the app has not met there."""

    chat_names: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @classmethod
    def of(cls, several: Iterable[MentionedPeople]) -> MentionedPeople:
        """Return all of them, each once."""
        found = list(several)
        return cls(
            tuple(dict.fromkeys(name for each in found for name in each.chat_names)),
            tuple(dict.fromkeys(name for each in found for name in each.unknown)),
        )


NOBODY_MENTIONED: Final = MentionedPeople()


def mentioned_by(session: Session, head: ClaimedDelivery, change: Change | None) -> MentionedPeople:
    """Return whom a delivery mentions besides the owner. Of a restricted object nobody is told."""
    if change is None or not head.mentions or head.redacted_because:
        return NOBODY_MENTIONED
    known: list[str] = []
    unknown: list[str] = []
    for recipient in head.mentions.split("\n"):
        people = people_of(session, head.tenant_id, recipient, change)
        known += [user.chat_name for user in people.users if user.chat_name]
        unknown += [user.display_name or user.email for user in people.users if not user.chat_name]
        unknown += people.unmatched
    return MentionedPeople(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(unknown)))
