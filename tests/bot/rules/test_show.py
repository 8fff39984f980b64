from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Delivery, Rule
from tests.chat import Chat, rule_of


def change(database: Database, tenant_id: int, **columns: object) -> None:
    with database.writing_all() as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenant_id)).one()
        for name, value in columns.items():
            setattr(rule, name, value)


def test_conditions_are_shown_as_text(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    change(database, tenants[0], conditions={"field": "value", "op": "at_least", "value": 10000})
    assert chat.say("rule show wins").has("Value is at least 10,000")
    assert chat.say("rule list").has("Deal won, only if Value is at least 10,000")


def test_an_unreadable_filter_is_shown_as_such(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    change(database, tenants[0], conditions={"field": "custom.Gone", "op": "is", "value": "x"})
    assert chat.say("rule show wins").has("cannot be read any more")
    assert chat.say("rule list").has("Wins of Acme")


def test_recent_cards_are_counted_without_tests(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        for is_test in (False, False, True):
            made = Delivery(tenant_id=tenants[0], lane="x", rule_id=rule.id, state="delivered")
            made.finished_at, made.is_test = now(), is_test
            session.add(made)
    assert chat.say("rule show wins").has("matched 2 events this week")


def test_a_priority_that_is_not_the_usual_one_is_shown(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert not chat.say("rule show wins").has("Priority")
    change(database, tenants[0], priority=40)
    assert chat.say("rule show wins").has("40, where the usual one is 0")
    chat.locale = "de"
    assert chat.say("regel zeigen wins").has("40; üblich ist 0")
