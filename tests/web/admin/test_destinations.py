"""Destinations show their health; they are paused, resumed and tested."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.clock import now
from models.tables import Delivery, Destination, DestinationHealth
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
    place, at = desk.id_of(Destination, desk.tenants.ours), now()
    with desk.database.writing(desk.tenants.ours) as session:
        session.add(
            DestinationHealth(
                tenant_id=desk.tenants.ours,
                destination_id=place,
                failures=7,
                failing_since=at,
                failed_at=at,
                open_until=at + timedelta(minutes=1),
                error="HTTP 503",
            )
        )
    desk.browser.sign_in(ADA)

    page = desk.browser.get(PATH).text

    assert "breaker open" in page
    assert "7 failures in a row" in page


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
