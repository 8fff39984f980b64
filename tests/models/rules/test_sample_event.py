import orjson
import pytest

from models.database.engine import Database
from models.pipedrive.change import read
from models.pipedrive.types import EVENT_TYPES, WILDCARDS, wants
from models.rules.sample_event import made_up_body, store_sample_event
from models.tables import Event, PipedriveUser, Rule
from models.tables.events import EventState

# Derived by us, or from fields that a made-up event cannot have.
BASE_ONLY = ("stalled", "overdue", "scored", "merged", "converted", "assigned", "stage_regressed")


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, *WILDCARDS])
def test_a_made_up_event_is_of_a_type_that_the_rule_names(event_type: str) -> None:
    change = read(made_up_body(event_type))
    assert change is not None
    if event_type.partition(".")[2] in BASE_ONLY:
        assert change.action == "updated"
    else:
        assert wants([event_type], change.types)


def won_deal(tenant_id: int, title: str, value: int, status: str = "won") -> Event:
    body = made_up_body("deal.won")
    body["data"] |= {"title": title, "value": value, "status": status}
    return Event(tenant_id=tenant_id, source_key=title, raw=orjson.dumps(body), state=EventState.DONE)


def test_a_test_uses_the_latest_event_that_matches_the_rule(
    database: Database, tenants: tuple[int, int]
) -> None:
    big = {"field": "value", "op": "at_least", "value": 1000}
    with database.writing_all() as session:
        session.add(won_deal(tenants[0], "old big", 5000))
        session.add(won_deal(tenants[0], "new big", 6000))
        session.add(won_deal(tenants[0], "new small", 10))
        session.add(won_deal(tenants[1], "theirs", 9000))
    with database.writing(tenants[0]) as session:
        rule = Rule(tenant_id=tenants[0], name="x", event_types=["deal.won"], conditions=big)
        made = store_sample_event(session, tenants[0], rule)
        assert orjson.loads(made.raw)["data"]["title"] == "new big"
        assert (made.state, made.source_key.startswith("test-")) == (EventState.DONE, True)
        rule.conditions = {"field": "value", "op": "at_least", "value": 99_999}
        assert orjson.loads(store_sample_event(session, tenants[0], rule).raw)["data"]["title"] == "new small"
        rule.event_types = ["lead.created"]
        assert "Sample lead" in str(orjson.loads(store_sample_event(session, tenants[0], rule).raw))


def test_unreadable_bodies_are_skipped(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing(tenants[0]) as session:
        for number, raw in enumerate((b"{", b"[]", b"{}")):
            session.add(Event(tenant_id=tenants[0], source_key=str(number), raw=raw, state=EventState.DONE))
        session.flush()
        rule = Rule(tenant_id=tenants[0], name="x", event_types=["deal.won"])
        assert "Sample deal" in str(orjson.loads(store_sample_event(session, tenants[0], rule).raw))


def test_a_test_uses_no_restricted_object(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing_all() as session:
        for number, title in enumerate(("for all", "for one")):
            event = won_deal(tenants[0], title, 100)
            body = orjson.loads(event.raw)
            body["meta"]["permitted_user_ids"] = ["1", "2"][: 2 - number]
            event.raw = orjson.dumps(body)
            session.add(event)
        users = [PipedriveUser(tenant_id=tenants[0], pipedrive_id=each) for each in ("1", "2")]
        session.add_all(users)
    with database.writing(tenants[0]) as session:
        rule = Rule(tenant_id=tenants[0], name="r", event_types=["deal.won"], shows_restricted=True)
        made = store_sample_event(session, tenants[0], rule)
        assert b"for all" in made.raw


def test_a_chosen_event_is_used_unless_not_everybody_may_see_it(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        events = [won_deal(tenants[0], "chosen", 10), won_deal(tenants[0], "secret", 10)]
        events += [won_deal(tenants[0], "newest", 10), won_deal(tenants[1], "theirs", 10)]
        body = orjson.loads(events[1].raw)
        body["meta"]["permitted_user_ids"] = ["1"]
        events[1].raw = orjson.dumps(body)
        session.add_all(events)
        session.add_all(PipedriveUser(tenant_id=tenants[0], pipedrive_id=each) for each in ("1", "2"))
    with database.writing(tenants[0]) as session:
        rule = Rule(tenant_id=tenants[0], name="r", event_types=["deal.won"])
        made = [store_sample_event(session, tenants[0], rule, each.id).raw for each in events]
    used = [orjson.loads(raw)["data"]["title"] for raw in made]
    assert used == ["chosen", "newest", "newest", "newest"]
