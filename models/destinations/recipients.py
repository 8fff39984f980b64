"""People whom a record names, as destinations of rules: its owner, its followers, who is in a field ..."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.destinations.linking import add_destination_row
from models.errors import Conflict
from models.languages.translate import marked, tr
from models.tables.destinations import RECORD, Destination
from models.tables.rules import Mention

OWNER: Final = "owner of the record"
FORMER_OWNER: Final = "former owner of the record"
FOLLOWERS: Final = "followers of the record"
OWNERS_MANAGER: Final = "manager of the owner"
OWNERS_TEAM: Final = "team of the owner"
MANAGERS: Final = "managers of the team"
TEAM: Final = "everybody in the team"
FIELD: Final = "person in "  # and the name of a field, as conditions have it: `person in custom.Engineer`
RECIPIENTS: Final = (OWNER, FORMER_OWNER, FOLLOWERS, OWNERS_MANAGER, OWNERS_TEAM, MANAGERS, TEAM)
RECIPIENT_TEXTS: Final = {
    OWNER: marked("Its owner, in a direct message"),
    FORMER_OWNER: marked("Its former owner, in a direct message"),
    FOLLOWERS: marked("Its followers in Pipedrive, in direct messages"),
    OWNERS_MANAGER: marked("The manager of its owner, in a direct message"),
    OWNERS_TEAM: marked("The team of its owner, in direct messages"),
    MANAGERS: marked("The managers of the team, in direct messages"),
    TEAM: marked("Everybody in the team, in direct messages"),
}
MENTIONED: Final = (FORMER_OWNER, OWNERS_MANAGER)  # a mention never waits for Pipedrive, as followers do
_MENTION_TEXTS: Final = {
    Mention.OWNER: marked("the owner"),
    FORMER_OWNER: marked("the former owner"),
    OWNERS_MANAGER: marked("the owner's manager"),
}
_ALIASES: Final = {
    **dict.fromkeys(("owner", "the owner", "its owner", "record.owner"), OWNER),
    **dict.fromkeys(("former owner", "the former owner", "old owner", "record.former_owner"), FORMER_OWNER),
    **dict.fromkeys(("followers", "the followers", "its followers", "record.followers"), FOLLOWERS),
    **dict.fromkeys(("owner's manager", "the owner's manager", "record.owner.manager"), OWNERS_MANAGER),
    **dict.fromkeys(("owner's team", "the owner's team", "record.owner.team"), OWNERS_TEAM),
    **dict.fromkeys(("managers", "the managers", "manager", "the manager"), MANAGERS),
    **dict.fromkeys(("the team", "whole team"), TEAM),
}
NAME_LETTERS: Final = 255


def recipient_named(name: str) -> str:
    """Return the recipient that a name in a rule means, by its own name; empty for any other name."""
    plain = " ".join(name.split())
    if plain.lower().startswith(FIELD) and len(plain) > len(FIELD):
        return f"{FIELD}{plain[len(FIELD) :]}"[:NAME_LETTERS]
    return plain.lower() if plain.lower() in RECIPIENTS else _ALIASES.get(plain.lower(), "")


def mention_named(text: str) -> str:
    """Return what a rule's `mention` means: none, owner, or a recipient by its own name; empty if nothing."""
    plain = text.strip().lower()
    if plain in (Mention.NONE, Mention.OWNER):
        return plain
    found = recipient_named(text)
    if found == OWNER:
        return Mention.OWNER
    return found if found in MENTIONED or field_of(found) else ""


def mention_text(mention: str) -> str:
    """Return whom a rule mentions as people read it, empty for nobody."""
    if field := field_of(mention):
        return tr("who is in {field}", field=field)
    return tr(_MENTION_TEXTS.get(mention, ""))


def field_of(recipient: str) -> str:
    """Return the field that a recipient is in, empty for those that need none."""
    return recipient.removeprefix(FIELD) if recipient.startswith(FIELD) else ""


def add_recipient(session: Session, tenant_id: int, name: str) -> Destination:
    """Return the destination of a recipient, creating it the first time; nothing is sent to it itself."""
    mine = select(Destination).where(Destination.tenant_id == tenant_id, Destination.name == name)
    if known := session.scalars(mine).first():
        return known
    made = Destination(
        tenant_id=tenant_id, kind=RECORD, name=name, address=name, lane=RECORD, is_active=False
    )
    try:
        return add_destination_row(session, made)
    except Conflict:  # another transaction created it at the same moment
        return session.scalars(mine).one()
