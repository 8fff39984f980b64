"""Who may see what, from the webhook to the card: spaces get no more than everybody may see."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from models.database.engine import Database
from models.deliveries import store as delivery_store
from models.tables import Destination, PipedriveUser, Rule, RuleDestination, User
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link, link_webhook
from tests.jobs.visible import SECRET, people, restricted
from tests.models.rows import add

HOOK = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t"


def _person(database: Database, tenant_id: int, pipedrive_id: str | None) -> None:
    """Let a rule send every deal to a person, whom Chat knows as users/1001."""
    email = "ada@example.com"
    with database.writing(tenant_id) as session:
        rule = Rule(tenant_id=tenant_id, name="Mine", event_types=["deal.*"], shows_restricted=True)
        to = Destination(tenant_id=tenant_id, kind="chat_dm", name=email, address=email, lane=f"dm:{email}")
        user = User(tenant_id=tenant_id, email=email, chat_name="users/1001", pipedrive_user_id=pipedrive_id)
        session.add_all([rule, to, user])
        session.flush()
        session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=to.id))


def _told(bench: Bench, space: str = SPACE) -> str:
    return str(bench.chat.cards(space))


def test_a_space_hears_that_a_restricted_deal_came_and_not_which(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    people(bench.database, tenants.ours, "1", "2", "3")
    bench.receive(tenants.ours, restricted(to=["1"]))
    bench.spread()

    bench.send_all()

    assert bench.only(tenants.ours).redacted_because == "1 of 3 people may see it in Pipedrive"
    assert bench.titles() == ["A deal was added"]
    assert SECRET not in _told(bench)


def test_an_incoming_webhook_is_a_space_too(bench: Bench, tenants: TwoTenants) -> None:
    link_webhook(bench.database, bench.vault, tenants.ours, HOOK)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted())
    bench.spread()
    assert bench.only(tenants.ours).redacted_because


def test_a_rule_that_an_admin_opened_shows_it(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, shows_restricted=True)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted())
    bench.spread()

    bench.send_all()

    assert bench.titles() == [SECRET]


@pytest.mark.parametrize("permitted", [["1", "2"], ["1", "2", "9"]])
def test_what_every_active_user_may_see_is_shown(
    bench: Bench, tenants: TwoTenants, permitted: list[str]
) -> None:
    link(bench.database, tenants.ours)
    people(bench.database, tenants.ours, "1", "2")
    add(bench.database, PipedriveUser(tenant_id=tenants.ours, pipedrive_id="3", is_active=False))
    bench.receive(tenants.ours, restricted(to=permitted))
    bench.spread()
    assert bench.only(tenants.ours).redacted_because == ""


def test_where_nobody_knows_the_users_nothing_is_restricted(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    people(bench.database, tenants.theirs, "1", "2")
    bench.receive(tenants.ours, restricted())
    bench.spread()
    assert bench.only(tenants.ours).redacted_because == ""


def test_a_burst_with_a_restricted_deal_does_not_name_it(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, *(restricted(number, to=["1"]) for number in range(1, 4)))
    bench.receive_deals(tenants.ours, 2, first=10)

    bench.send_all()

    assert bench.titles() == ["5 events in Pipedrive"]
    assert "Deal 10" in _told(bench)
    assert SECRET not in _told(bench)


@pytest.mark.parametrize(
    ("pipedrive_id", "state", "titles"),
    [("1", "delivered", [SECRET]), ("2", "skipped", []), (None, "delivered", ["A deal was added"])],
)
def test_a_person_sees_what_they_see_in_pipedrive(
    bench: Bench, tenants: TwoTenants, pipedrive_id: str | None, state: str, titles: list[str]
) -> None:
    _person(bench.database, tenants.ours, pipedrive_id)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted(to=["1"]))
    bench.spread()

    bench.send_all()

    delivery = bench.only(tenants.ours)
    assert delivery.state == state
    assert bench.titles("spaces/DM1001") == titles
    assert (delivery.finished_at is not None, delivery.attempts) == (True, int(state == "delivered"))


def test_sending_again_what_a_person_may_not_see_tells_no_more(bench: Bench, tenants: TwoTenants) -> None:
    _person(bench.database, tenants.ours, "2")
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted(to=["1"]))
    bench.spread()
    skipped = bench.only(tenants.ours).id
    with bench.database.writing(tenants.ours) as session:
        delivery_store.replay(session, tenants.ours, [skipped], bench.clock.at)

    bench.send_all()

    assert bench.titles("spaces/DM1001") == ["A deal was added"]


def test_a_person_matched_anew_is_judged_anew(bench: Bench, tenants: TwoTenants) -> None:
    bench.rulesets.fresh_s = -1.0  # every use asks for the version
    _person(bench.database, tenants.ours, None)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted(1, to=["1"]))
    bench.spread()
    with bench.database.writing(tenants.ours) as session:
        session.execute(update(User).values(pipedrive_user_id="1"))
    bench.receive(tenants.ours, restricted(2, to=["1"]))
    bench.spread()

    assert [bool(each.redacted_because) for each in bench.deliveries(tenants.ours)] == [True, False]


def test_a_user_who_comes_to_pipedrive_is_counted(bench: Bench, tenants: TwoTenants) -> None:
    bench.rulesets.fresh_s = -1.0
    link(bench.database, tenants.ours)
    people(bench.database, tenants.ours, "1")
    bench.receive(tenants.ours, restricted(1, to=["1"]))
    bench.spread()
    people(bench.database, tenants.ours, "2")
    bench.receive(tenants.ours, restricted(2, to=["1"]))
    bench.spread()

    assert [bool(each.redacted_because) for each in bench.deliveries(tenants.ours)] == [False, True]


def test_the_same_deal_is_judged_for_each_tenant_by_its_own_people(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    people(bench.database, tenants.ours, "1", "2")
    people(bench.database, tenants.theirs, "1")
    for each in tenants:
        bench.receive(each, restricted(to=["1"]))
    bench.spread()

    bench.send_all()

    assert bench.titles() == ["A deal was added"]
    assert bench.titles(OTHER_SPACE) == [SECRET]


def _about_it(number: int) -> dict[str, Any]:
    """An activity that everybody may see, of the deal that not everybody may see."""
    body = restricted(number, to=["1", "2"], subject="Call them", deal_id=1)
    body["meta"] |= {"entity": "activity"}
    del body["data"]["title"]
    return body


@pytest.mark.parametrize("shows", [False, True])
def test_another_card_does_not_name_what_is_restricted(
    bench: Bench, tenants: TwoTenants, shows: bool
) -> None:
    link(bench.database, tenants.ours, on=["activity.*"], shows_restricted=shows)
    people(bench.database, tenants.ours, "1", "2")
    bench.receive(tenants.ours, restricted(1, to=["1"]))
    bench.spread()
    bench.receive(tenants.ours, _about_it(7))
    bench.spread()

    bench.send_all()

    assert bench.titles() == ["Call them"]
    assert (SECRET in _told(bench)) is shows


def test_a_new_colleague_counts_among_who_may_see(bench: Bench, tenants: TwoTenants) -> None:
    for tenant_id in tenants:
        with bench.database.writing(tenant_id) as session:
            session.add(PipedriveUser(tenant_id=tenant_id, pipedrive_id="1"))
    joined = deal(1) | {
        "meta": deal(1)["meta"] | {"entity": "user", "entity_id": "9"},
        "data": {"id": "9", "name": "Nell", "email": "nell@example.com", "active_flag": True},
    }
    bench.receive(tenants.ours, joined)
    bench.spread()

    with bench.database.reading_all() as session:
        known = session.execute(
            select(PipedriveUser.tenant_id, PipedriveUser.pipedrive_id).order_by(PipedriveUser.id)
        ).all()
    assert known == [(tenants.ours, "1"), (tenants.theirs, "1"), (tenants.ours, "9")]
