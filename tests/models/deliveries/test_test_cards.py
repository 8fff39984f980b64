"""A test card is due at once, for the requested destination, in the asking tenant only."""

from datetime import UTC, datetime

from sqlalchemy import select

from models.database.engine import Database
from models.deliveries.lanes import next_due
from models.deliveries.test_cards import CardTest, create_test_cards, read_test_result
from models.tables import Attempt, Delivery, Destination
from tests.conftest import TwoTenants
from tests.models.rows import destination, rule


def _asked(database: Database, tenant_id: int, name: str, test_card: CardTest | None = None) -> None:
    with database.writing(tenant_id) as session:
        here = (Destination.tenant_id == tenant_id, Destination.name == name)
        found = session.scalars(select(Destination).where(*here)).one()
        create_test_cards(session, tenant_id, [found], test_card or CardTest())


def test_a_test_of_a_destination_is_due_now(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        session.add_all(destination(each) for each in tenants)
    _asked(database, tenants.ours, "Wall")

    with database.reading_all() as session:
        owed = session.scalars(select(Delivery)).one()
        due = next_due(session)
    assert (owed.tenant_id, owed.destination_name, owed.is_test) == (tenants.ours, "Wall", True)
    assert (owed.rule_id, owed.event_id, owed.reason) == (None, None, "test")
    assert due is not None
    assert due <= datetime.now(UTC)


def test_a_test_of_a_rule_knows_the_rule(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        made = rule(tenants.ours)
        session.add_all([made, destination(tenants.ours)])
    _asked(database, tenants.ours, "Wall", CardTest(made.id, made.name, None, "deal.won"))

    with database.reading_all() as session:
        owed = session.scalars(select(Delivery)).one()
    assert (owed.rule_id, owed.rule_name, owed.event_type) == (made.id, "Wins", "deal.won")


def test_a_refused_card_that_goes_as_plain_text_is_not_tried_yet(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing(tenants.ours) as session:
        session.add(destination(tenants.ours))
    _asked(database, tenants.ours, "Wall")
    with database.writing(tenants.ours) as session:
        owed = session.scalars(select(Delivery)).one()
        refused = {"outcome": "refused", "http_status": 400, "detail": "400", "took_ms": 9}
        session.add(Attempt(tenant_id=tenants.ours, delivery_id=owed.id, **refused))

    with database.reading(tenants.ours) as session:
        waits = read_test_result(session, tenants.ours, owed.id)
    with database.writing(tenants.ours) as session:
        session.get_one(Delivery, (tenants.ours, owed.id)).state = "dead"
    with database.reading(tenants.ours) as session:
        ended = read_test_result(session, tenants.ours, owed.id)
    with database.reading(tenants.theirs) as session:
        elsewhere = read_test_result(session, tenants.theirs, owed.id)

    assert waits is not None
    assert (waits.is_tried, waits.http_status) == (False, None)
    assert ended is not None
    assert (ended.is_tried, ended.http_status, ended.why) == (True, 400, "400")
    assert elsewhere is None
