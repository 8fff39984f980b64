"""Leads by REST: listed, shown, changed and scored, as Pipedrive lets the token's person see them."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from tests.models.leads.known import add_users, hear, lead_id, look
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.leads import routes, schemas, scores

LATER = (now() + timedelta(days=3)).isoformat()


def fill(database: Database, api: Api) -> str:
    """Two leads of Acme and one of Bolt; return the path of the first."""
    tenant_id = api.tenants[ACME]
    add_users(database, tenant_id, 1)
    hear(database, tenant_id, 1, title="Globex fair", source_name="Web form", owner_id=1)
    hear(database, tenant_id, 2, title="Acme call", owner_id=9)
    hear(database, tenant_id, 3, title="Secret", seen_by=[])
    hear(database, api.tenants[BOLT], 4, title="Bolt lead")
    look(database)
    return f"{routes.PATH}/{lead_id(1)}"


def test_leads_are_listed_by_what_is_asked_for(api: Api) -> None:
    fill(api.database, api)

    def titles(query: str = "") -> list[str]:
        return sorted(each["title"] for each in api.data("GET", f"{routes.PATH}{query}"))

    assert titles() == ["Acme call", "Globex fair"]
    assert titles("?q=globex") == ["Globex fair"]
    assert titles("?source=web+form") == ["Globex fair"]
    assert titles("?assignee=nobody") == ["Acme call"]
    assert titles("?assignee=1&least_score=10&status=new") == ["Globex fair"]
    assert titles("?band=hot") == []
    assert [each["title"] for each in api.data("GET", routes.PATH, token=api.token("admin", BOLT))] == [
        "Bolt lead"
    ]


def test_pages_of_leads_have_each_once(api: Api) -> None:
    fill(api.database, api)
    first = api.call("GET", f"{routes.PATH}?limit=1").get_json()
    second = api.call("GET", f"{routes.PATH}?limit=1&cursor={first['meta']['next']}").get_json()
    assert first["data"][0]["id"] != second["data"][0]["id"]
    assert second["meta"]["next"] is None


def test_a_lead_has_its_score_history_and_activities(api: Api) -> None:
    path = fill(api.database, api)
    hear(api.database, api.tenants[ACME], 9, entity="activity", subject="Call", lead_id=lead_id(1))

    assert api.data("GET", path)["band"] == "cold"
    scored = api.data("GET", f"{path}/score")
    assert scored["score"] == sum(each["points"] for each in scored["reasons"]) == 20
    assert [each["what"] for each in api.data("GET", f"{path}/history")] == ["created"]
    assert [each["subject"] for each in api.data("GET", f"{path}/activities")] == ["Call"]
    for hidden in (lead_id(3), lead_id(4)):
        assert api.call("GET", f"{routes.PATH}/{hidden}").status_code == 404


def test_analytics_are_no_lead(api: Api) -> None:
    fill(api.database, api)
    counted = api.data("GET", f"{routes.PATH}/analytics")
    assert (counted["total"], counted["by_status"]["new"], counted["converted_percent"]) == (2, 2, 0.0)
    assert set(counted) == set(schemas.LeadAnalyticsOut.model_fields)


def test_what_is_asked_for_is_recorded_for_a_worker(api: Api) -> None:
    path = fill(api.database, api)
    made = api.data("POST", routes.PATH, {"title": "Inbound", "email": "jana@globex.test"})
    assert made["outcome"] == "waits"
    assert api.data("POST", f"{path}/assign", {"owner_id": "me"})["state"] == "waiting"
    assert api.data("POST", f"{path}/snooze", {"until": LATER, "reason": "Budget"})["lead_id"] == lead_id(1)
    assert api.data("GET", path)["snooze_reason"] == "Budget"
    assert api.data("PUT", path, {"status": "contacted", "note": "Hi", "title": "New"})["id"] == lead_id(1)
    assert api.call("PUT", path, {"status": "lost"}).status_code == 200
    assert api.data("POST", f"{path}/convert")["outcome"] == "waits"
    assert api.call("POST", routes.PATH, {"title": "Nobody"}).status_code == 400


def test_a_change_says_what_becomes_of_it(api: Api) -> None:
    """As its neighbours do: it waits for one's own connection, which is of this team alone."""
    path = fill(api.database, api)
    changes = {"status": "contacted", "note": "Hi", "title": "New"}

    waiting = api.data("PUT", path, changes)
    assert [(each["outcome"], each["state"]) for each in waiting["written"]] == [("waits", "waiting")] * 3
    assert (waiting["title"], waiting["status"]) == ("Globex fair", "new")
    assert api.data("PUT", path, {"title": "Globex fair"})["written"] == []

    api.connect_admin()
    recorded = api.data("PUT", path, {"expected_close_date": "2027-01-31"})["written"]
    assert [(each["outcome"], each["state"], each["lead_id"]) for each in recorded] == [
        ("recorded", "pending", lead_id(1))
    ]
    theirs = f"{routes.PATH}/{lead_id(4)}"
    (other,) = api.data("PUT", theirs, {"title": "New"}, token=api.token("admin", BOLT))["written"]
    assert other["outcome"] == "waits"


def test_weights_are_set_and_all_is_scored_anew(api: Api) -> None:
    fill(api.database, api)
    assert api.data("GET", scores.PATH)["age"] == 20
    assert api.data("PUT", scores.PATH, {"age": 30, "sources": {"Web form": 5}})["age"] == 30
    assert api.data("GET", scores.PATH, token=api.token("admin", BOLT))["age"] == 20
    assert api.data("POST", "/admin/scores/recompute")["total"] == 3
    assert api.data("GET", "/admin/scores/recompute")["over"] is False
    assert api.call("PUT", scores.PATH, {"hot_from": 5}).status_code == 400
