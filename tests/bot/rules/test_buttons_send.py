from sqlalchemy import delete, select

from models.database.engine import Database
from models.tables import Delivery, Destination, RuleDestination
from models.tables.deliveries import Lane
from tests.chat import Chat, rule_of


def test_a_test_goes_to_every_active_destination_and_marks_its_lane_due(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        for name, active in (("Wall", True), ("Paused", False)):
            wall = Destination(tenant_id=tenants[0], kind="chat_webhook", name=name, address="", lane=name)
            wall.is_active = active
            session.add(wall)
            session.flush()
            pair = RuleDestination(tenant_id=tenants[0], rule_id=rule.id, destination_id=wall.id, position=1)
            session.add(pair)
    asked = chat.say("rule test wins")
    assert asked.has("goes to Deals and Wall at once")
    assert chat.click(**asked.buttons()["Post it"]).has("Deals and Wall")
    with database.reading_all() as session:
        assert {each.lane for each in session.scalars(select(Delivery))} == {"spaces/ACME", "Wall"}
        lanes = session.execute(select(Lane.lane, Lane.due_at)).all()
    assert {lane for lane, due in lanes if due is not None} == {"spaces/ACME", "Wall"}


def test_a_rule_without_destinations_is_not_switched_on(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("rule off wins")
    with database.writing_all() as session:
        session.execute(delete(RuleDestination).where(RuleDestination.tenant_id == tenants[0]))
    assert chat.say("rule on wins").has("posts nowhere yet")
    assert chat.say("rule test wins").has("no destination that takes cards")
    assert rule_of(database, tenants[0]).is_enabled is False
