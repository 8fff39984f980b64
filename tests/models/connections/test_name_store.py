"""Names are kept per tenant, the newer one wins."""

from models.connections.names import known_names, remember
from models.database.engine import Database
from models.pipedrive.names import Name
from tests.conftest import TwoTenants

STAGE, USER = ("stage", "1"), ("user", "1")


def test_the_newer_name_wins_with_all_it_carries(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {(tenants.ours, STAGE): Name("Old", {"order": 1})})
        remember(
            session,
            {(tenants.ours, STAGE): Name("New", {"order": 2}), (tenants.ours, USER): Name("A")},
        )
    with database.reading(tenants.ours) as session:
        assert known_names(session, tenants.ours) == {
            STAGE: Name("New", {"order": 2}),
            USER: Name("A"),
        }


def test_names_of_two_tenants_do_not_mix(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, STAGE): Name("Ours"), (tenants.theirs, STAGE): Name("Theirs")})
    with database.reading(tenants.theirs) as session:
        assert known_names(session, tenants.theirs) == {STAGE: Name("Theirs")}


def test_nothing_to_remember_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        remember(session, {})
    with database.reading(tenants.ours) as session:
        assert known_names(session, tenants.ours) == {}
