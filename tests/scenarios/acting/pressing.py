"""Pressing the buttons of cards in tests, and the consent that a person gave before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import delete, select

from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.tables import PersonalConnection, Tenant, User
from tests.customers import ADA, BEN
from web.playground.pipedrive.server import FakePipedrive

EMAILS: Final = {ADA: "ada@example.com", BEN: "ben@example.com"}
NUMBERS: Final = {ADA: 1, BEN: 2}  # of the users in the simulated Pipedrive
NAMES: Final = {ADA: "Ada Lovelace", BEN: "Ben Okafor"}


def connect(database: Database, vault: Vault, crm: FakePipedrive, tenant: str, person: str) -> None:
    """Store the consent of a person of a tenant, as if they had given it in the browser."""
    token = f"token-of-{person}"
    crm.oauth.grant(NUMBERS[person], token)
    with database.writing_all() as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.name == tenant)).one()
        mine = (User.tenant_id == tenant_id, User.email == EMAILS[person])
        user = session.scalars(select(User).where(*mine)).one()
        user.chat_name, user.display_name = person, NAMES[person]
        session.execute(delete(PersonalConnection).where(PersonalConnection.user_id == user.id))
        where = associated_data(tenant_id, "personal_connections", "refresh_token", user.id)
        row = PersonalConnection(
            tenant_id=tenant_id, user_id=user.id, refresh_token=vault.close(token, where)
        )
        row.pipedrive_user_id = str(NUMBERS[person])
        session.add(row)


def buttons(card: Mapping[str, Any] | None) -> dict[str, dict[str, str]]:
    """The parameters of each button of a message or a dialog by its action, wherever it stands."""
    found: dict[str, dict[str, str]] = {}

    def look(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                look(each)
        elif isinstance(node, dict):
            if "parameters" in node:
                given = {one["key"]: one["value"] for one in node["parameters"]}
                found[given["do"]] = given
            for each in node.values():
                look(each)

    look(card)
    return found


def writes_to(crm: FakePipedrive, number: int) -> int:
    """How many times a deal was changed through the API."""
    return len([each for each in crm.requests if tuple(each[:2]) == ("PATCH", f"/api/v2/deals/{number}")])
