"""Names and ids of another team in parameters and bodies of all routes: answered as what never was."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.accounts.scopes import scopes_of
from models.tables import Event, KnownName, Notification, User
from models.tables.accounts import ROLES
from tests.suites import few_of
from tests.web.api.conftest import ACME, BOLT, Api
from tests.web.api.foreign import TakenField, taken_fields
from tests.web.api.objects import Objects, add_objects, body_of
from tests.web.security.rows import rows_of
from web.api.blueprint import all_routes

NOBODY: Final = "999999999"
NOWHERE: Final = {
    **dict.fromkeys(
        ("rule", "destination", "event", "delivery", "user", "pipedrive user", "pipeline"), NOBODY
    ),
    "space": "spaces/nowhere",
    "e-mail": "nobody@bolt.test",
    "object": "deal:nowhere",
}
NO_NAME: Final = "Never there"  # of every other kind
NEW_EACH_TIME: Final = re.compile(
    r'"(id|timestamp|request_id|created_at|updated_at|action_id|lead_id|version|last_four)":'
    r'\s*("[^"]*"|null|\d+)'
    r"|\b(Made |[NMP]|new)\d{4,}\b"  # of names in our bodies
    r"|, did you mean '[^']*'\?"  # one's own, which is like what was asked for
)

pytestmark = pytest.mark.usefixtures("unlimited")


def fields_with_names() -> list[TakenField]:
    """Return each field of each route that names something; those that give a name come last."""
    closed = (route for route in all_routes() if not route.is_open)  # the open ones bring a proof: test_auth
    found = [field for route in closed for field in taken_fields(route) if field.kinds]
    return sorted(found, key=lambda field: field.name in ("name", "email"))


def things_of(api: Api, team: str, objects: Objects) -> dict[str, str]:
    """Return how each kind of thing of a team is named; its names are in no other team."""
    number, ids, tenant_id = objects.number, objects.ids, api.tenants[team]
    deal, key, pipeline = f"deal:4{number}", f"key {number}", f"8{number}"
    with api.database.writing_all() as session:
        session.execute(update(Event).where(Event.id == ids["events"]).values(object_key=deal))
        session.execute(update(User).where(User.id == ids["users"]).values(pipedrive_user_id=pipeline))
        session.execute(update(Notification).where(Notification.id == ids["notifications"]).values(key=key))
        named = {"key": pipeline, "text": f"Sales {number}"}
        session.add(KnownName(tenant_id=tenant_id, kind="pipeline", **named))
    return {
        "rule": str(ids["rules"]),
        "destination": str(ids["webhooks"]),
        "event": str(ids["events"]),
        "delivery": str(ids["logs"]),
        "user": str(ids["users"]),
        "rule name": f"R{number} of {team}",
        "destination name": f"W{number}",
        "template name": f"T{number}",
        "policy name": f"P{number}",
        "space": f"spaces/{team}",
        "e-mail": f"user{number}@{team}.test",
        "object": deal,
        "key": key,
        "pipedrive user": pipeline,
        "pipeline": pipeline,
        "pipeline name": f"Sales {number}",
    }


def ask(
    api: Api, field: TakenField, path: str, value: str, role: str, unseen: Collection[str] = ()
) -> tuple[int, str]:
    """Return how a route answers this value of a field, without the value and without what is new each time.

    What is `unseen` is the other team's; it must not be in an answer.
    """
    route = field.route
    base = body_of(route.method, route.path)
    body = field.body_with(base, value) if field.in_body else base
    query = None if field.in_body else {field.name: value}
    answer = api.call(route.method, path, body, token=api.token(role), query_string=query)
    if answer.mimetype != "application/json":
        return answer.status_code, answer.text
    is_short = len(value) < 4  # such a number may stand for anything
    text = answer.text if is_short else answer.text.replace(value, "*")
    assert not [each for each in unseen if each in text], f"{route.method} {path} shows {text}"
    return answer.status_code, NEW_EACH_TIME.sub("", text)


def test_every_field_says_what_it_names() -> None:
    unknown = [
        f"{field.route.method} {field.route.path}: {'.'.join(field.path)}"
        for route in all_routes()
        for field in taken_fields(route)
        if not route.is_open and not field.is_known
    ]
    assert unknown == [], "say in tests/web/api/foreign.py what these name"


@pytest.mark.parametrize("role", few_of(ROLES, "sales_rep"))
def test_what_is_another_teams_is_as_if_it_were_not_there(api: Api, role: str) -> None:
    allowed = scopes_of(Actor("x", 1, user_id=1, role=role))
    theirs = things_of(api, BOLT, add_objects(api, BOLT))
    before = rows_of(api.database, api.tenants[BOLT])
    unseen = [each for each in theirs.values() if not each.isdecimal()]
    lines, wrong = [], []
    own = add_objects(api, ACME)
    for field in fields_with_names():
        route = field.route
        if route.scope not in allowed:
            continue
        for kind in field.kinds:
            values, path = (theirs[kind], NOWHERE.get(kind, NO_NAME)), own.path(route.path)
            there, nowhere = (ask(api, field, path, each, role, unseen) for each in values)
            what = f"{route.method} {route.path} {'.'.join(field.path)} ({kind})"
            if there != nowhere:
                wrong.append(f"{what}: {there} is not {nowhere}")
            lines.append(f"{what:90} {there[0]}")
    print(f"\n{role}, foreign names and ids", *lines, sep="\n")
    assert wrong == [], "\n".join(wrong)
    assert rows_of(api.database, api.tenants[BOLT]) == before
