"""After a consent the page says what else happened, only in our own sentences."""

from __future__ import annotations

import pytest

from models.accounts.sessions import SignedInUser
from models.database.engine import Database
from models.tables import PersonalConnection, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.models.rows import add
from web.connections.errors import NOTICES
from web.connections.notices import notices_of

ADA = SignedInUser(1, "ada@example.com", "Ada")


@pytest.mark.parametrize("name", NOTICES)
def test_each_aside_has_its_sentence(name: str, database: Database) -> None:
    assert notices_of({"connected": "1", "also": name}, database, ADA) == [NOTICES[name]]


def test_several_are_said_in_their_order(database: Database) -> None:
    said = notices_of({"also": "founded,space-taken"}, database, ADA)
    assert said == [NOTICES["founded"], NOTICES["space-taken"]]


@pytest.mark.parametrize("also", ["", "nothing", "<script>", "founded\0", ",,,"])
def test_an_address_brings_no_words_of_its_own(also: str, database: Database) -> None:
    assert notices_of({"also": also}, database, ADA) == []


def test_nobody_needs_notice_nothing(database: Database) -> None:
    assert notices_of({"also": "founded", "said": "acts"}, database, None) == []


def test_who_acts_as_themselves_needs_notice_as_whom(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        user = User(tenant_id=each, email=ADA.email)
        add(database, user, PipedriveUser(tenant_id=each, pipedrive_id="7", name=f"Ada of {each}"))
        add(database, PersonalConnection(tenant_id=each, user_id=user.id, pipedrive_user_id="7"))
    seen = SignedInUser(1, ADA.email, "Ada", tenants.ours, "sales_rep")
    (said,) = notices_of({"said": "acts"}, database, seen)
    assert said.startswith(f"In Pipedrive you are Ada of {tenants.ours}.")
    assert notices_of({"said": "acts"}, database, ADA) == []
