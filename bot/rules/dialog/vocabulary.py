"""What typed conditions are read with: Pipedrive's names, the person's locale, and who "me" is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.context import Context
from bot.rules.amounts import locale_of
from models.accounts.queries import get_tenant
from models.connections.names import choice_names
from models.connections.people import name_in_pipedrive
from models.pipedrive.names import Names

ME: Final = "me"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`names` are those that conditions choose from; `locale` decides what `1.000` is, empty if unknown.

    `me` is the asking person's name in Pipedrive, empty if they are matched with nobody there.
    """

    names: Names = field(default_factory=Names)
    locale: str = ""
    me: str = ""


def vocabulary_of(context: Context) -> Vocabulary:
    """Return the vocabulary of the asking person."""
    session, tenant_id = context.session, context.tenant_id
    zone = get_tenant(session, tenant_id).timezone
    user = context.actor.user_id
    return Vocabulary(
        names=choice_names(session, tenant_id),
        locale=locale_of(context.interaction.locale, zone),
        me=name_in_pipedrive(session, tenant_id, user) if user is not None else "",
    )
