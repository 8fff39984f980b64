"""The pipelines whose deals are leads, by REST; and such deals among the leads, with keys of their own."""

from __future__ import annotations

from tests.models.leads.deals import INBOUND, SALES, adopt, name_pipelines, new_deal
from tests.models.leads.known import add_users, hear, look
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.leads import pipelines

PATH = pipelines.PATH


def test_an_admin_chooses_and_everybody_reads_who_did(api: Api) -> None:
    acme = api.tenants[ACME]
    name_pipelines(api.database, *api.tenants.values())
    new_deal(api.database, acme)
    before = api.data("GET", PATH)
    assert [(each["name"], each["chosen"]) for each in before["pipelines"]] == [
        ("Inbound", False),
        ("Sales", False),
    ]
    chosen = api.data("PUT", PATH, {"chosen": [INBOUND]})
    first = chosen["pipelines"][0]
    assert chosen["chosen"] == [INBOUND]
    assert (first["id"], first["chosen"], bool(first["chosen_by"])) == (INBOUND, True, True)
    assert chosen["progress"] == {"done": 0, "total": 1, "over": False}
    adopt(api.database)
    assert api.data("GET", PATH)["progress"]["over"] is True
    assert api.call("GET", PATH, token=api.token("viewer")).status_code == 200
    refused = api.call("PUT", PATH, {"chosen": []}, token=api.token("viewer"))
    assert refused.status_code == 403
    theirs = api.data("GET", PATH, token=api.token("admin", BOLT))
    assert not any(each["chosen"] for each in theirs["pipelines"])


def test_an_unknown_pipeline_is_refused(api: Api) -> None:
    assert api.call("PUT", PATH, {"chosen": [SALES]}).status_code in (400, 422)


def test_a_deal_is_a_lead_with_a_key_that_no_lead_has(api: Api) -> None:
    acme = api.tenants[ACME]
    name_pipelines(api.database, *api.tenants.values())
    add_users(api.database, acme, 1)
    api.data("PUT", PATH, {"chosen": [INBOUND]})
    new_deal(api.database, acme, title="Umbrella", origin="WebForms", stage_id=51)
    new_deal(api.database, api.tenants[BOLT], title="Bolt deal")
    hear(api.database, acme, 9, entity="activity", subject="Call", deal_id=7)
    look(api.database)

    (lead,) = api.data("GET", "/leads")
    assert (lead["id"], lead["deal_id"], lead["title"]) == ("deal-7", "7", "Umbrella")
    assert (lead["pipeline"], lead["stage"], lead["source"]) == ("Inbound", "Step 1", "Web forms")
    assert api.data("GET", "/leads/deal-7")["id"] == "deal-7"
    assert api.data("GET", "/leads/deal-7/score")["score"] == 40
    history = [each["what"] for each in api.data("GET", "/leads/deal-7/history")]
    assert history == ["band_changed", "created"]
    assert [each["subject"] for each in api.data("GET", "/leads/deal-7/activities")] == ["Call"]
    assert api.call("GET", "/leads/7").status_code == 404
    assert api.call("GET", "/leads/deal-7", token=api.token("admin", BOLT)).status_code == 404
    written = api.data("POST", "/leads/deal-7/assign", {"owner_id": "1"})
    assert written["lead_id"] == "deal-7"
    assert "a deal already" in api.call("POST", "/leads/deal-7/convert", {}).text
