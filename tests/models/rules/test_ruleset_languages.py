"""A card's language: a person's own in a direct message, the team's in a space."""

from __future__ import annotations

from sqlalchemy import update

from models.accounts.actions import remember_chat_name, set_own_language, set_tenant_language
from models.accounts.actor import Actor
from models.accounts.queries import actor_in_chat
from models.database.engine import Database
from models.rules.ruleset import read_ruleset
from models.tables import Tenant, User
from tests.chat import ADA, DEALS, two_tenants

EMAIL = ADA["email"]


def ada_of(database: Database) -> Actor:
    with database.reading_all() as session:
        return actor_in_chat(session, EMAIL, "", "", is_dm=True)


def languages(database: Database, tenant_id: int) -> tuple[str, str, int]:
    """The language of Ada's cards, that of a space, and the version of the ruleset."""
    with database.reading(tenant_id) as session:
        version = session.get_one(Tenant, tenant_id).ruleset_version
        ruleset = read_ruleset(session, tenant_id, version)
        return ruleset.language_of(EMAIL), ruleset.language_of(DEALS["name"]), version


def test_a_person_has_their_own_and_a_space_that_of_the_team(database: Database) -> None:
    ours, theirs = two_tenants(database)
    assert languages(database, ours)[:2] == ("en", "en")

    ada = ada_of(database)
    with database.writing(ours) as session:
        remember_chat_name(session, ada, "users/1", "Ada", "de_DE")
    first = languages(database, ours)
    assert first[:2] == ("de_DE", "en")

    ada = ada_of(database)
    with database.writing(ours) as session:
        set_own_language(session, ada, "en")
        set_tenant_language(session, ada, "de")
    second = languages(database, ours)
    assert second[:2] == ("en", "de")
    assert second[2] > first[2], "workers read it again"

    with database.writing(ours) as session:
        session.execute(update(User).where(User.tenant_id == ours).values(language="", chat_locale="xx"))
    assert languages(database, ours)[:2] == ("de", "de")
    assert languages(database, theirs)[:2] == ("en", "en")
