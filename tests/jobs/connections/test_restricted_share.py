"""At connecting the share is measured by a few calls, and admins are told of it once."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy import select

from jobs.connections.restricted_share import MOST_ASKED, measure, tell_share
from models.tables import Delivery, PipedriveUser, User
from tests.jobs.caring import Household
from tests.jobs.pipedrive_talk import talking
from tests.models.rows import add
from web.playground.faults import Fault

USERS = frozenset({"1", "2", "3"})


def deals(*rows: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"id": number, "owner_id": owner, "visible_to": to} for number, (owner, to) in enumerate(rows)]


def test_deals_of_one_owner_and_visibility_are_asked_for_once() -> None:
    listed = deals(*[(1, "3")] * 6, *[(2, "7")] * 4)

    def handle(request: httpx.Request) -> dict[str, Any]:
        if request.url.path == "/api/v2/deals":
            assert (request.url.params["limit"], request.url.params["sort_direction"]) == ("100", "desc")
            return {"data": listed}
        return {"data": [1] if "/0/" in request.url.path else [1, 2, 3]}

    with talking(handle) as (api, asked):
        share = measure(api, USERS)
    assert (share.restricted, share.counted, len(asked)) == (6, 10, 3)


def test_what_would_cost_more_calls_is_not_counted() -> None:
    listed = deals(*[(1, "1")] * (MOST_ASKED + 20))

    def handle(request: httpx.Request) -> dict[str, Any]:
        return {"data": listed if request.url.path == "/api/v2/deals" else [1]}

    with talking(handle) as (api, asked):
        share = measure(api, USERS)
    assert (share.restricted, share.counted, len(asked)) == (MOST_ASKED, MOST_ASKED, MOST_ASKED + 1)


def restricted_home(household: Household) -> Household:
    household.connect()
    for number in ("1", "2"):
        add(household.database, PipedriveUser(tenant_id=household.tenant_id, pipedrive_id=number))
    admin = {"email": "ada@x.test", "role": "admin", "chat_name": "users/1"}
    add(household.database, User(tenant_id=household.tenant_id, **admin))
    for deal in household.crm.store.all("deal"):
        deal["visible_to"] = "1"
    return household


def told(home: Household) -> list[str]:
    with home.database.reading_all() as session:
        return [each["title"] for each in session.scalars(select(Delivery.notice)) if each]


def test_admins_hear_it_once_from_the_simulated_pipedrive(household: Household) -> None:
    home = restricted_home(household)
    for _ in range(2):
        tell_share(home.database, home.pipedrive, home.tenant_id)
    assert told(home) == ["Most of your deals are visible to some only"]
    assert home.row().restricted_notices == ["connected"]


def test_a_pipedrive_that_fails_is_asked_another_day(household: Household) -> None:
    home = restricted_home(household)
    home.crm.faults.order(Fault(status=500, where="/api/v2/deals", times=10))
    tell_share(home.database, home.pipedrive, home.tenant_id)
    assert (told(home), home.row().restricted_notices) == ([], [])
