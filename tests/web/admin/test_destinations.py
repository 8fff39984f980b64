"""Destinations show their health; they are paused, resumed and tested."""

from __future__ import annotations

import re

from sqlalchemy import select, update

from models.clock import now
from models.destinations.health import all_failing
from models.events.day_usage import add_usage
from models.plan.quota import month_after
from models.tables import Delivery, Destination, Tenant
from models.tables.destinations import EMAIL, INCOMING_WEBHOOK, OUTGOING_WEBHOOK
from tests.models.rows import fails
from tests.web.admin.conftest import ADA, BEN, Desk

PATH = "/admin/destinations"


def test_a_team_sees_its_places_its_budget_and_its_quota(desk: Desk) -> None:
    desk.browser.sign_in(BEN)

    page = desk.browser.get(PATH).text

    assert "Space of Ours" in page
    assert "Space of Theirs" not in page
    assert "0 of 20,000" in page
    assert "<form method" not in page.split('id="where"')[1]


def test_a_failing_place_says_since_when_and_when_it_is_tried_again(desk: Desk) -> None:
    fails(desk.database, desk.tenants.ours, desk.id_of(Destination, desk.tenants.ours), now())
    desk.browser.sign_in(ADA)

    page = desk.browser.get(PATH).text

    assert "breaker open" in page
    assert "5 failures in a row" in page


def test_where_no_cards_arrive_heads_the_pages_until_somebody_tries_again(desk: Desk) -> None:
    place, other = (desk.id_of(Destination, each) for each in desk.tenants)
    for tenant_id, id_ in ((desk.tenants.ours, place), (desk.tenants.theirs, other)):
        fails(desk.database, tenant_id, id_, now())
    desk.browser.sign_in(ADA)
    for path in ("/admin", PATH):
        shown = desk.browser.get(path).text
        assert "No cards arrive now in" in shown
        assert "Space of Theirs" not in shown
    assert "Try again now: Space of Ours" in desk.browser.get(PATH).text

    assert desk.press(f"{PATH}/{place}/resume").status_code == 303
    assert desk.press(f"{PATH}/{other}/resume").status_code == 404

    assert "No cards arrive now in" not in desk.browser.get("/admin").text
    with desk.database.reading_all() as session:
        assert [each.destination_id for each in all_failing(session, 9)] == [other]


def test_a_place_is_paused_and_resumed(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    place = desk.id_of(Destination, desk.tenants.ours)

    assert desk.press(f"{PATH}/{place}/pause").headers["Location"] == f"{PATH}?said=paused#said"
    assert "paused by ada@example.com" in desk.browser.get(PATH).text
    assert desk.press(f"{PATH}/{place}/resume").status_code == 303

    with desk.database.reading_all() as session:
        assert set(session.scalars(select(Destination.is_active))) == {True}


def test_a_test_card_is_made(desk: Desk) -> None:
    desk.browser.sign_in(ADA)

    assert desk.press(f"{PATH}/{desk.id_of(Destination, desk.tenants.ours)}/test").status_code == 303

    with desk.database.reading(desk.tenants.ours) as session:
        assert session.scalars(select(Delivery).where(Delivery.is_test)).one().state == "pending"


def test_the_plan_says_what_is_used_held_and_switched_off(desk: Desk) -> None:
    desk.browser.sign_in(BEN)
    ours, theirs = desk.tenants
    with desk.database.writing_all() as session:
        add_usage(session, now().date(), {ours: {"cards": 30}, theirs: {"cards": 7}})
        mine = update(Tenant).where(Tenant.id == ours)
        session.execute(mine.values(plan="small", monthly_limit=40, features={"digests": False}))
        session.execute(
            update(Delivery).where(Delivery.tenant_id == ours).values(state="held", reason="quota")
        )

    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", desk.browser.get(PATH).text))
    table = desk.browser.get(f"{PATH}/usage.csv")

    assert "small, 40 cards a month" in text
    assert "30, 75 % of the limit" in text
    assert "Held over the limit 2" in text
    assert f"The month turns {month_after(now()).date()}" in text
    assert "Digests not in your plan" in text
    assert "Quiet hours on" in text
    assert table.get_data(as_text=True).splitlines()[1].split(",")[2] == "30"


def test_every_kind_of_place_has_plain_words(desk: Desk) -> None:
    desk.browser.sign_in(BEN)
    with desk.database.writing_all() as session:
        for kind in (EMAIL, OUTGOING_WEBHOOK, INCOMING_WEBHOOK):
            mine = {"tenant_id": desk.tenants.ours, "kind": kind, "name": f"a {kind}"}
            session.add(Destination(**mine, address="x", lane=f"lane of {kind}"))

    page = desk.browser.get(PATH).text

    for words in ("e-mail address ·", "outgoing webhook ·", "incoming webhook ·", "space ·"):
        assert words in page
