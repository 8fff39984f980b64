"""What the plan says: usage, what is held over its limit, and features that are refused with their code."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from models.accounts.features import Feature
from models.clock import now
from models.events.day_usage import add_usage
from models.tables import Tenant
from tests.web.api.conftest import ACME, BOLT, Api

# A call that each feature is needed for.
NEEDED: dict[Feature, tuple[str, str, Any]] = {
    Feature.ANALYTICS: ("GET", "/analytics/summary/me", None),
    Feature.API: ("GET", "/admin/rules", None),
    Feature.AUDIT: ("GET", "/admin/audit", None),
    Feature.DIGESTS: (
        "POST",
        "/admin/digests",
        {"scope": "user", "every": "daily"},
    ),
    Feature.QUIET_HOURS: (
        "POST",
        "/admin/quiet-hours",
        {"scope": "tenant", "from": "19:00", "until": "08:00", "timezone": "UTC"},
    ),
    Feature.RULES_FILE: ("GET", "/admin/rules/export", None),
    Feature.STALLED: ("PUT", "/admin/stalled-settings", {"thresholds": [5, 9]}),
    Feature.TEMPLATES: ("POST", "/admin/templates", {"name": "New", "liquid": "{{ title }}"}),
    Feature.WEBHOOKS: (
        "POST",
        "/admin/webhooks",
        {
            "name": "New",
            "incoming_webhook": "https://chat.googleapis.com/v1/spaces/N/messages?key=k&token=t0k3n",
        },
    ),
}


def switch(api: Api, team: str, **columns: Any) -> None:
    with api.database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == api.tenants[team]).values(**columns))


def test_every_feature_is_needed_for_something() -> None:
    assert set(NEEDED) == set(Feature)


@pytest.mark.parametrize("feature", Feature)
def test_what_is_not_in_the_plan_is_refused_and_only_to_that_team(api: Api, feature: Feature) -> None:
    api.token()
    switch(api, ACME, features={feature: False})
    method, path, body = NEEDED[feature]

    refused = api.call(method, path, body)

    assert (refused.status_code, refused.get_json()["code"]) == (403, "FEATURE_DISABLED")
    assert "not in your team's plan" in refused.get_json()["error"]
    assert api.data("GET", "/admin/plan")["features"][feature] is False
    assert api.call(method, path, body, token=api.token("admin", BOLT)).status_code < 300
    switch(api, ACME, features=None)
    assert api.call(method, path, NEEDED[feature][2]).status_code < 300


def test_the_plan_says_what_is_used_and_what_is_left(api: Api) -> None:
    switch(api, ACME, monthly_limit=40, plan="small")
    with api.database.writing_all() as session:
        add_usage(session, now().date(), {api.tenants[ACME]: {"cards": 33}, api.tenants[BOLT]: {"cards": 7}})

    ours, theirs = (api.data("GET", "/admin/plan", token=api.token("admin", team)) for team in (ACME, BOLT))

    assert (ours["name"], ours["monthly_limit"], ours["cards_this_month"]) == ("small", 40, 33)
    assert (ours["used_percent"], ours["held"]) == (82, 0)
    assert ours["resets_at"].endswith("-01T00:00:00Z")
    assert (theirs["monthly_limit"], theirs["cards_this_month"], theirs["used_percent"]) == (None, 7, None)


def test_usage_by_month_is_answered_as_json_and_as_csv(api: Api) -> None:
    with api.database.writing_all() as session:
        for month, cards in ((9, 3), (10, 5)):
            day = now().date().replace(month=month, day=2)
            add_usage(session, day, {api.tenants[ACME]: {"cards": cards}, api.tenants[BOLT]: {"cards": 9}})

    rows = api.data("GET", "/admin/plan/usage")
    table = api.call("GET", "/admin/plan/usage?format=csv").get_data(as_text=True).splitlines()

    assert [each["cards"] for each in rows] == [5, 3]
    assert table[0] == "month,since,cards,events,dropped"
    assert table[1:] == [f"{each['month']},{each['since']},{each['cards']},0,0" for each in rows]
