"""What a rule would have done: exact counts, near misses with their reason, bounded, nothing leaked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from models.clock import now
from models.database.engine import Database
from models.pipedrive.filters.filters import InvalidFilter
from models.rules import backtest as module
from models.rules.backtest import Backtest, Limits, backtest
from models.rules.drafts import RuleDraft
from models.tables import Event, KnownName, PipedriveUser, Tenant
from models.tables.events import EventState
from tests.conftest import TwoTenants
from tests.models.pipedrive.webhook import v2
from tests.models.rows import add

BIG = {"field": "value", "op": "at_least", "value": 10_000}
EURO = {"field": "currency", "op": "is", "value": "EUR"}
WON = {"status": "won"}
OPEN = {"status": "open"}


def rule(when: Any, *on: str) -> RuleDraft:
    return RuleDraft("r", list(on) or ["deal.won"], when, ["spaces/AAAA"], "compact")


def event(tenant_id: int, number: int, days_ago: float = 1, **columns: Any) -> Event:
    """A deal won: `data` replaces its values, `previous` the old ones, `meta` is added."""
    data = WON | columns.pop("data", {})
    body = v2(data=data, previous=columns.pop("previous", OPEN), **columns.pop("meta", {}))
    row: dict[str, Any] = {"event_type": "deal.won", "state": EventState.DONE, "raw": orjson.dumps(body)}
    at = now() - timedelta(days=days_ago)
    return Event(tenant_id=tenant_id, **(row | {"source_key": f"k{number}", "received_at": at} | columns))


def since(days: int = 30) -> datetime:
    return now() - timedelta(days=days)


def run(database: Database, tenant_id: int, draft: RuleDraft, **options: Any) -> Backtest:
    with database.reading(tenant_id) as session:
        return backtest(session, tenant_id, draft, options.pop("since", since()), **options)


def test_every_event_is_counted_as_fired_near_or_neither(database: Database, tenants: TwoTenants) -> None:
    ours = tenants.ours
    add(
        database,
        event(ours, 1, data={"title": "Big", "value": 12_000}),
        event(ours, 2, data={"title": "Small", "value": 9_500}),
        event(ours, 3, data={"title": "Small and foreign", "value": 10, "currency": "USD"}),
        event(ours, 4, data={"title": "Empty", "value": None}),
        event(ours, 5, data=OPEN, previous={"title": "before"}, event_type="deal.updated"),
        event(ours, 6, days_ago=31),
        event(ours, 7, source_key="test-7"),
        event(ours, 8, state=EventState.FOREIGN),
        event(ours, 9, raw=b"{", event_type="deal.won"),
        event(tenants.theirs, 10),
    )

    found = run(database, ours, rule({"all": [BIG, EURO]}))

    assert (found.fired, found.near_misses, found.of_type) == (1, 2, 4)
    assert found.looked_at == 7, "five that were parsed or cut, one of another type, one of another company"
    assert found.go_on is None
    assert [each.change.state["title"] for each in found.examples] == ["Big"]
    misses = {
        each.change.state["title"]: (each.failed and each.failed.field, each.found) for each in found.misses
    }
    assert misses == {"Small": ("value", "9,500 EUR"), "Empty": ("value", "it is empty")}


@pytest.mark.parametrize(
    ("on", "fired"),
    [("deal.won", 1), ("deal.updated", 3), ("deal.*", 4), ("*", 5), ("deal.created", 1), ("deal.merged", 0)],
)
def test_what_the_stored_type_tells_narrows_the_reading_and_changes_no_count(
    database: Database, tenants: TwoTenants, on: str, fired: int
) -> None:
    """Only the last type of an event is stored: a win that changed the value is stored as such a change."""
    ours = tenants.ours
    worth: dict[str, Any] = {
        "previous": {"value": 1},
        "data": {**OPEN, "value": 2},
        "event_type": "deal.value_changed",
    }
    made = v2("create")
    person = v2("create", "person", data={"name": "Ada"})
    add(
        database,
        event(ours, 1, previous={**OPEN, "value": 1}, event_type="deal.value_changed"),
        event(ours, 2, **worth),
        event(ours, 3, previous={"title": "x"}, data=OPEN, event_type="deal.updated"),
        event(ours, 4, raw=orjson.dumps(made), event_type="deal.created"),
        event(ours, 5, raw=orjson.dumps(person), event_type="person.created"),
    )

    assert run(database, ours, rule(None, on)).fired == fired


def test_what_cannot_match_by_its_main_type_is_counted_and_not_read(
    database: Database, tenants: TwoTenants
) -> None:
    ours = tenants.ours
    told: dict[str, Any] = {"event_type": "deal.value_changed", "previous": {**OPEN, "value": 1}}
    add(
        database,
        event(ours, 1, **told, kind="deal.won"),
        event(ours, 2, **told),  # of a release that stored no main type
        event(ours, 3, **told, kind="deal.value_changed"),  # it is no win, so its body is not looked at
    )
    found = run(database, ours, rule(None))
    assert (found.fired, found.of_type, found.looked_at) == (2, 2, 3)


def test_names_decide_as_they_do_when_an_event_arrives(database: Database, tenants: TwoTenants) -> None:
    ours = tenants.ours
    named = {("organization", "1"): "Globex", ("user", "42"): "Ada"}
    add(
        database,
        *(
            KnownName(tenant_id=ours, kind=kind, key=key, text=text, more={})
            for (kind, key), text in named.items()
        ),
        event(ours, 1),
    )
    globex = {"field": "organization.name", "op": "contains", "value": "glob"}
    ada = {"field": "owner", "op": "is", "value": "Ada"}

    found = run(database, ours, rule({"all": [globex, ada]}))

    assert found.fired == 1
    assert found.names.text("organization", 1) == "Globex"


def test_an_escaped_letter_hides_no_event(database: Database, tenants: TwoTenants) -> None:
    escaped = orjson.dumps(v2(data=WON, previous=OPEN)).replace(b'"won"', b'"\\u0077on"')
    add(database, event(tenants.ours, 1, raw=escaped))

    assert run(database, tenants.ours, rule(None)).fired == 1


def test_a_search_stops_at_its_limit_and_can_go_on_there(database: Database, tenants: TwoTenants) -> None:
    add(database, *(event(tenants.ours, number, data={"id": number}) for number in range(10)))

    first = run(database, tenants.ours, rule(None), limits=Limits(most=4, examples=2))
    rest = run(database, tenants.ours, rule(None), limits=Limits(before=first.go_on))

    assert (first.fired, first.looked_at, len(first.examples)) == (4, 4, 2)
    assert first.go_on is not None
    assert (rest.fired, rest.go_on) == (6, None)
    assert [each.change.object_id for each in first.examples] == ["9", "8"], "the newest first"


def test_a_time_limit_ends_the_search_after_a_page(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    add(database, *(event(tenants.ours, number, days_ago=1) for number in range(7)))

    found = run(database, tenants.ours, rule(None), limits=Limits(seconds=-1))

    assert (found.looked_at, found.go_on is not None) == (3, True)
    assert found.back_to is not None
    assert run(database, tenants.ours, rule(None), limits=Limits(seconds=60)).looked_at == 7


def test_restricted_objects_are_counted_and_shown_only_to_who_may_see_them(
    database: Database, tenants: TwoTenants
) -> None:
    ours = tenants.ours
    secret: dict[str, Any] = {"data": {"title": "Secret", "value": 5}, "meta": {"permitted_user_ids": ["1"]}}
    add(
        database,
        *(PipedriveUser(tenant_id=ours, pipedrive_id=each) for each in ("1", "2")),
        event(ours, 1, **secret),
    )

    for viewer in ("2", None):
        found = run(database, ours, rule(BIG), viewer=viewer)
        (miss,) = found.misses
        assert (found.near_misses, miss.redacted_because[:8], miss.failed, miss.found) == (
            1,
            "1 of 2 p",
            None,
            "",
        )
        assert "Secret" not in repr(miss)
        assert (miss.change.object_id, dict(miss.change.state)) == ("", {})
        assert miss.change.types == ("deal.updated", "deal.won")
    (seen,) = run(database, ours, rule(BIG), viewer="1").misses
    assert (seen.redacted_because, seen.found) == ("", "5 EUR")


def test_the_name_of_a_restricted_object_is_not_told(database: Database, tenants: TwoTenants) -> None:
    hidden = {"kind": "organization", "key": "1", "text": "Secret Ltd", "more": {"restricted": True}}
    add(database, KnownName(tenant_id=tenants.ours, **hidden), event(tenants.ours, 1))
    another = {"field": "organization", "op": "is", "value": "Another"}

    found = run(database, tenants.ours, rule(another))

    assert found.near_misses == 1
    assert "Secret Ltd" not in repr(found.misses) + repr(found.names)


def test_the_clock_of_the_team_tells_when_an_activity_is_due(database: Database, tenants: TwoTenants) -> None:
    body = v2("create", "activity", data={"subject": "Call", "due_date": "2026-11-20", "due_time": "23:30"})
    add(database, event(tenants.ours, 1, raw=orjson.dumps(body), event_type="activity.created"))
    with database.writing_all() as session:
        session.get_one(Tenant, tenants.ours).timezone = "Europe/Prague"
    tomorrow = {"field": "due_date", "op": "is", "value": "2026-11-21"}

    assert run(database, tenants.ours, rule(tomorrow, "activity.created")).fired == 1


def test_conditions_that_cannot_be_read_are_refused(database: Database, tenants: TwoTenants) -> None:
    with pytest.raises(InvalidFilter):
        run(database, tenants.ours, rule({"field": "nonsense", "op": "is", "value": 1}))


def test_nothing_stored_is_nothing_looked_at(database: Database, tenants: TwoTenants) -> None:
    assert run(database, tenants.ours, rule(None)) == Backtest()
