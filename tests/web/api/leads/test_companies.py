"""Organizations by REST: found by words, a page at a time, as Pipedrive lets the token's person see them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.models.leads.known import add_users, hear
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.leads.companies import PATH


@pytest.fixture
def filled(api: Api) -> Api:
    """Of Acme three organizations that everybody may see, one that nobody may, and one that was deleted."""
    tenant_id = api.tenants[ACME]
    add_users(api.database, tenant_id, 1)
    about: dict[str, Any] = {"entity": "organization", "owner_id": 1}
    hear(api.database, tenant_id, 9, name="Globex", website="globex.test", employee_count=40, **about)
    hear(api.database, tenant_id, 10, name="Globex Süd", **about)
    hear(api.database, tenant_id, 11, name="100% Lamps", **about)
    hear(api.database, tenant_id, 12, name="Globex Secret", seen_by=[], **about)
    hear(api.database, tenant_id, 13, name="Globex Gone", action="delete", **about)
    hear(api.database, api.tenants[BOLT], 14, name="Globex of Bolt", **about)
    return api


def names(api: Api, query: str = "", **what: str) -> list[str]:
    return [each["name"] for each in api.data("GET", f"{PATH}{query}", **what)]


def test_organizations_are_listed_by_the_words_that_are_asked_for(filled: Api) -> None:
    assert names(filled) == ["Globex", "Globex Süd", "100% Lamps"]
    assert names(filled, "?q=GLOBEX") == ["Globex", "Globex Süd"]
    assert names(filled, "?q=süd+globex") == names(filled, "?q=SÜD") == ["Globex Süd"]
    assert names(filled, "?q=0%25") == ["100% Lamps"]
    assert names(filled, "?q=secret") == names(filled, "?q=gone") == names(filled, "?q=of+bolt") == []
    assert names(filled, token=filled.token("admin", BOLT)) == ["Globex of Bolt"]


def test_organizations_are_listed_by_industry_and_size(filled: Api) -> None:
    tenant_id = filled.tenants[ACME]
    about: dict[str, Any] = {"entity": "organization", "name": "Bright", "employee_count": 7}
    hear(filled.database, tenant_id, 20, industry="Lighting", **about)
    hear(filled.database, tenant_id, 21, industry=4, **about)

    assert [each["industry"] for each in filled.data("GET", f"{PATH}?q=bright")] == ["Lighting", "4"]
    assert [each["id"] for each in filled.data("GET", f"{PATH}?industry=lighting")] == ["20"]
    assert [each["id"] for each in filled.data("GET", f"{PATH}?least_size=8")] == ["9"]
    assert [each["id"] for each in filled.data("GET", f"{PATH}?most_size=8&industry=4")] == ["21"]
    assert filled.data("GET", f"{PATH}?most_size=6") == []


def test_pages_have_each_organization_once(filled: Api) -> None:
    first = filled.call("GET", f"{PATH}?limit=2").get_json()
    second = filled.call("GET", f"{PATH}?limit=2&cursor={first['meta']['next']}").get_json()

    assert [each["id"] for each in first["data"] + second["data"]] == ["9", "10", "11"]
    assert (first["meta"]["total"], second["meta"]["next"]) == (3, None)


def test_one_is_shown_with_its_open_deals_and_leads_that_may_be_seen(filled: Api) -> None:
    tenant_id = filled.tenants[ACME]
    hear(filled.database, tenant_id, 1, organization_id=9)
    hear(filled.database, tenant_id, 2, organization_id=9, seen_by=[])
    hear(filled.database, tenant_id, 3, organization_id=10)
    hear(filled.database, tenant_id, 5, entity="deal", title="Renewal", status="open", org_id=9)
    hear(filled.database, tenant_id, 6, entity="deal", title="Over", status="won", org_id=9)
    found = filled.data("GET", f"{PATH}/9")

    assert (found["name"], found["website"], found["size"]) == ("Globex", "globex.test", 40)
    assert (found["open_deals"], found["open_leads"]) == (1, 1)


def test_what_may_not_be_seen_is_as_if_it_were_not_there(filled: Api) -> None:
    for number in (12, 13, 14, 999):
        assert filled.call("GET", f"{PATH}/{number}").status_code == 404
    assert filled.call("GET", f"{PATH}/14", token=filled.token("admin", BOLT)).status_code == 200
