"""Every route that writes: a repeat with its key acts once, and each act is in the audit trail."""

from __future__ import annotations

from typing import Any, Final

import pytest
from sqlalchemy import func, literal, select, union_all

from models.tables import AuditEntry, IdempotentAnswer
from models.tables.base import Base
from tests.web.api.conftest import ACME, BOLT, Api
from tests.web.api.objects import add_objects, body_of
from web.api.blueprint import all_routes
from web.api.routes import ApiRoute

WRITING: Final = [route for route in all_routes() if route.writes and not route.is_open]
POSTS: Final = [route for route in WRITING if route.method == "POST"]

DOCUMENT: Final = "rules: [{name: Read, on: deal.won, to: [Wall]}]"
# What makes another body of each that is taken with a body.
OTHER: Final[dict[str, Any]] = {
    "/admin/rules": {"urgent": True},
    "/admin/rules/<id>/test": {"event_id": None},
    "/admin/rules/bulk": {"action": "enable"},
    "/admin/rules/import": {"document": "templates: []"},
    "/admin/webhooks": {"description": "Other"},
    "/admin/templates": {"liquid": "other"},
    "/admin/logs/replay": {"status": "skipped"},
    "/admin/replays": {"status": "skipped"},
    "/admin/quiet-hours": {"from": "20:00"},
    "/admin/mutes": {"duration": "2h"},
    "/admin/digests": {"every": "hourly"},
    "/admin/reports": {"by": "day"},
    "/admin/reminders": {"words": "other"},
    "/admin/holidays": {"name": "Other"},
    "/admin/users": {"role": "viewer"},
    "/admin/users/<id>/export": {"after": 1},
    "/admin/routing": {"in_hours": True},
    "/admin/routing/try": {"in_hours": True},
    "/admin/assignments/<id>/decline": {"reason": "Other"},
    "/admin/nudges/<id>/snooze": {"reason": "other"},
    "/admin/intake-forms": {"name": "Other"},
    "/admin/imports": {"name": "other.csv"},
    "/companies": {"name": "Other"},
    "/leads": {"title": "Other"},
    "/leads/<id>/assign": {"owner_id": "me"},
    "/leads/<id>/snooze": {"reason": "Other"},
    "/notifications": {"title": "Other"},
    "/notifications/batch": {"notifications": [{"to": "admin@acme.test", "type": "DEAL_LOST", "title": "T"}]},
}
# What writes another number of entries than one, and why.
ENTRIES: Final[dict[str, tuple[int, str]]] = {
    "DELETE /admin/replays/<id>": (0, "this one was cancelled before"),
    "POST /admin/digests/<id>/send": (0, "nothing was gathered"),
    "POST /leads/<id>/snooze": (2, "the lead rests here, and a note is asked for in Pipedrive"),
    "POST /admin/scores/recompute": (0, "that is under way since the weights were set"),
    "POST /admin/routing/try": (0, "nothing is changed"),
    "POST /admin/imports": (0, "a draft: nothing of it is written"),
    "PATCH /admin/imports/<id>": (0, "a draft: nothing of it is written"),
    "DELETE /admin/imports/<id>": (0, "a draft: nothing of it was written"),
}
# What makes bodies that change nothing change something.
ACTS: Final[dict[str, Any]] = {
    "POST /admin/rules/import": {
        "document": "rules: [{name: Read, on: deal.won, to: [Wall]}]",
        "dry_run": False,
    },
    "POST /admin/logs/replay": {"dry_run": False},
    "PUT /admin/users/<id>/manager": {"manager_id": 1},
}

pytestmark = pytest.mark.usefixtures("unlimited")


def sent(api: Api, route: ApiRoute) -> tuple[str, Any]:
    """Return the address and a body of a route, for a new object where it is about one."""
    is_about_one = "<" in route.path or route.noun == "logs"  # these send again what failed
    path = add_objects(api, ACME).path(route.path) if is_about_one else route.path
    return path, body_of(route.method, route.path)


def counts_of(api: Api, team: str) -> dict[str, int]:
    """Count the rows of a team by table: what acts twice is twice in the audit trail at least."""
    tables = [each for each in Base.metadata.sorted_tables if "tenant_id" in each.c]
    counts = [
        select(literal(each.name), func.count()).where(each.c.tenant_id == api.tenants[team])
        for each in tables
    ]
    with api.database.reading_all() as session:
        return {str(name): int(count) for name, count in session.execute(union_all(*counts))}


def entries(api: Api) -> int:
    return counts_of(api, ACME)[AuditEntry.__tablename__]


def test_a_repeat_is_answered_like_the_first_and_acts_once(api: Api) -> None:
    api.connect_admin()
    for number, route in enumerate(POSTS, 1):
        path, body = sent(api, route)
        key, what = {"Idempotency-Key": f"order {number}"}, f"POST {route.path}"
        first = api.call("POST", path, body, headers=key)
        assert first.status_code == route.status, f"{what}: {first.text[:300]}"
        done = counts_of(api, ACME)

        repeated = api.call("POST", path, body, headers=key)
        if body is not None:
            other = api.call("POST", path, body | OTHER[route.path], headers=key)
            assert other.status_code == 409, f"{what}: {other.text[:300]}"

        assert (repeated.status_code, repeated.data) == (first.status_code, first.data), what
        assert counts_of(api, ACME) == done, what


def test_the_same_key_of_another_team_is_another_one(api: Api) -> None:
    key, tokens = {"Idempotency-Key": "order 66"}, {team: api.token("admin", team) for team in (ACME, BOLT)}
    for team, token in tokens.items():
        body = body_of("POST", "/admin/rules")
        made = api.data("POST", "/admin/rules", body, headers=key, token=token)
        assert made["name"] == body["name"]
        assert counts_of(api, team)[IdempotentAnswer.__tablename__] == 1


def test_each_act_is_in_the_audit_trail_once(api: Api) -> None:
    wrong = []
    api.connect_admin()
    api.token()  # that it is made is an entry, too
    for route in WRITING:
        what = f"{route.method} {route.path}"
        path, body = sent(api, route)
        before = entries(api)
        answer = api.call(route.method, path, {**body, **ACTS.get(what, {})} if body is not None else None)
        count = entries(api) - before
        assert answer.status_code == route.status, f"{what}: {answer.text[:300]}"
        assert answer.headers["Cache-Control"] == "no-store", what
        if count != ENTRIES.get(what, (1, ""))[0]:
            wrong.append(f"{what}: {count}")
    assert wrong == [], "\n".join(wrong)
