"""Every route by every role, on what is one's own, another team's, and nobody's; every answer conforms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from flask import Flask
from jsonschema_rs import Draft202012Validator

from models.accounts.actor import Actor
from models.accounts.scopes import scopes_of
from models.tables.accounts import ROLES
from tests.suites import few_of
from tests.web.api.conftest import ACME, BOLT, Api
from tests.web.api.objects import add_objects, body_of
from tests.web.security.rows import rows_of
from web.api.blueprint import all_routes
from web.api.openapi.document import document, path_of
from web.api.routes import PREFIX, ApiRoute

CLOSED: Final = [route for route in all_routes() if not route.is_open]
NOBODY: Final = "999999999"
OAUTH: Final = ("/api/v1/oauth/pipedrive", "/api/v1/oauth/callback", "/api/v1/oauth/confirm")
NOT_OF_REST: Final = (*OAUTH, "/api/v1/intake/<token>")
FOR_ADMINS: Final = ("/admin/intake-forms", "/admin/intake-submissions", "/admin/imports")
NOT_FOR_ALL: Final = ("/admin/rules/export", "/admin/nudge-counts", *FOR_ADMINS)

pytestmark = pytest.mark.usefixtures("unlimited")


def openapi() -> dict[str, Any]:
    return document("https://pipenotify.example.com", all_routes())


DOCUMENT: Final = openapi()


def check_answer(route: ApiRoute, answer: Any) -> None:
    """Check that an answer is one of those that the document promises for its route."""
    promised = DOCUMENT["paths"][path_of(route)][route.method.lower()]["responses"]
    found = promised.get(str(answer.status_code))
    assert found is not None, f"{route.method} {route.path}: {answer.status_code} {answer.text[:300]}"
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]]
    validator = _validator(json.dumps(found["content"]["application/json"]["schema"]))
    problems = [
        f"{each.instance_path}: {each.message[:200]}" for each in validator.iter_errors(answer.get_json())
    ]
    assert problems == [], f"{route.method} {route.path}"
    assert "X-RateLimit-Remaining" in answer.headers


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": DOCUMENT["components"]})


def bare(answer: Any) -> Any:
    body = answer.get_json()
    body.pop("timestamp", None)
    body.pop("request_id", None)
    return answer.status_code, body


def test_what_is_another_teams_is_as_if_it_were_not_there(api: Api) -> None:
    theirs = add_objects(api, BOLT)
    before = rows_of(api.database, api.tenants[BOLT])
    table: dict[str, list[str]] = {}
    for route in CLOSED:
        if "<" not in route.path:
            continue
        foreign = theirs.path(route.path).replace("/me", f"/{api.tenants[BOLT]}")
        nowhere = route.path.replace("<id>", NOBODY).replace("<tenant>", NOBODY)
        for role in ROLES:
            token, body = api.token(role), body_of(route.method, route.path)
            there = api.call(route.method, foreign, body, token=token)
            assert bare(there) == bare(api.call(route.method, nowhere, body, token=token)), route.path
            assert there.status_code in (403, 404), f"{role} {route.method} {route.path}"
            check_answer(route, there)
            table.setdefault(f"{route.method} {route.path}", []).append(str(there.status_code))

    print(f"\n{'foreign id':48}", *(f"{role:>10}" for role in ROLES))
    for line, statuses in table.items():
        print(f"{line:48}", *(f"{status:>10}" for status in statuses))
    assert rows_of(api.database, api.tenants[BOLT]) == before


@pytest.mark.parametrize("role", few_of(ROLES, "sales_rep"))
def test_each_role_does_what_its_scopes_allow_and_every_answer_conforms(api: Api, role: str) -> None:
    allowed = scopes_of(Actor("x", 1, user_id=1, role=role))
    table: list[str] = []
    api.connect_admin()
    own = add_objects(api, ACME)
    for route in CLOSED:
        path = own.path(route.path)
        answer = api.call(route.method, path, body_of(route.method, route.path), token=api.token(role))
        check_answer(route, answer)
        if route.scope not in allowed:
            assert answer.status_code == 403, f"{route.method} {route.path}"
        elif role == "admin":
            assert answer.status_code == route.status, f"{route.method} {path}: {answer.text[:300]}"
        elif route.method == "GET" and "<id>" not in route.path and route.path not in NOT_FOR_ALL:
            assert answer.status_code == 200, f"{route.method} {path}: {answer.text[:300]}"
        table.append(f"{route.method:6} {route.path:42} {answer.status_code}")
        if route.method != "GET" and answer.status_code < 400:
            own = add_objects(api, ACME)  # those may be gone or ended now

    print(f"\n{role}, own objects", *table, sep="\n")


def test_what_was_answered_may_be_sent_back_and_changes_nothing(api: Api) -> None:
    own = add_objects(api, ACME)
    readable = {route.path for route in CLOSED if route.method == "GET"}
    for route in CLOSED:
        if route.method in ("PUT", "PATCH") and route.path in readable:
            before = api.data("GET", own.path(route.path))
            if isinstance(before, dict):
                after = api.data(route.method, own.path(route.path), before)
                assert after.pop("written", []) == [], route.path
                assert after == before, route.path


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"a":' * 70 + b"1" + b"}" * 70, b'{"\xff": 1}'])
def test_no_body_makes_a_route_fail(api: Api, raw: bytes) -> None:
    own = add_objects(api, ACME)
    for route in CLOSED:
        if route.method == "GET":
            continue
        headers = {"Authorization": f"Bearer {api.token()}", "Content-Type": "application/json"}
        answer = api.client.open(
            f"{PREFIX}{own.path(route.path)}", method=route.method, data=raw, headers=headers
        )
        check_answer(route, answer)
        assert route.body is None or raw == b"" or answer.status_code == 400, f"{route.method} {route.path}"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "page=0",
        "cursor=zzz",
        "nope=1",
        "limit=1&limit=2",
        "fields=password",
        "fields=",
        "fields=,",
        "page=2&cursor=MS4x",
    ],
)
def test_no_parameter_makes_a_list_fail(api: Api, query: str) -> None:
    add_objects(api, ACME)
    for route in CLOSED:
        if route.is_list and "<" not in route.path:
            answer = api.call("GET", f"{route.path}?{query}")
            check_answer(route, answer)
            assert answer.status_code == 400, f"{route.path}?{query}"


@pytest.mark.parametrize("ids", ["0", "-1", "x", "1e9", "9" * 30, "%00", "%F0%9F%92%A9"])
def test_no_id_makes_a_route_fail(api: Api, ids: str) -> None:
    for route in CLOSED:
        if "<" in route.path:
            path = route.path.replace("<id>", ids).replace("<tenant>", ids)
            answer = api.call(route.method, path, body_of(route.method, route.path))
            assert answer.status_code in (404, 405), f"{route.method} {path}: {answer.text[:200]}"


def test_the_document_has_exactly_the_routes_that_there_are(api: Api) -> None:
    app = api.client.application
    served = api.client.get(f"{PREFIX}/openapi.json").get_json()

    assert served["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in served["paths"].items() for method in methods}
    assert described == set(_registered(app))


def _registered(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<", "{").replace(">", "}")
        if rule.rule.startswith(PREFIX) and rule.rule not in NOT_OF_REST:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, path
