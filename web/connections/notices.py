"""Further sentences of the setup page after a consent, chosen by its URL and from the database."""

from __future__ import annotations

from collections.abc import Mapping

from models.accounts.sessions import SignedInUser
from models.connections.connect_person import connected_as
from models.database.engine import Database
from web.connections.errors import NOTICES


def notices_of(args: Mapping[str, str], database: Database, person: SignedInUser | None) -> list[str]:
    """Return the sentences for a URL such as `/setup?connected=1&also=founded,space-taken`.

    The URL only selects among fixed sentences and adds no text of its own, because anybody can write a link.
    """
    if person is None:
        return []
    notices = [NOTICES[name] for name in args.get("also", "").split(",") if name in NOTICES]
    if args.get("said") == "acts" and person.tenant_id is not None:
        with database.reading(person.tenant_id) as session:
            name = connected_as(session, person.tenant_id, person.email)
        notices += (
            [f"In Pipedrive you are {name}. What you press in Chat is written in that name."] if name else []
        )
    return notices
