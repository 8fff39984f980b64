"""The OpenAPI document: it fits the specification, has a tag everywhere, and its examples are true."""

from __future__ import annotations

from typing import Any, Final

import pytest
from jsonschema_rs import Draft202012Validator
from schemathesis.specs.openapi import definitions

from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import add_objects
from web.api.blueprint import all_routes
from web.api.openapi.document import document, path_of
from web.api.openapi.examples import EXAMPLES
from web.api.reference import list_nouns
from web.api.routes import ApiRoute

DOCUMENT: Final = document("https://pipenotify.example.com", all_routes())
ROUTES: Final = {f"{route.method} {route.path}": route for route in all_routes()}
# The names of the examples, as the team of the tests has them.
NAMES: Final = {"spaces/AAAA": f"spaces/{ACME}", "ada@example.com": f"admin@{ACME}.test"}


def _operation(route: ApiRoute) -> Any:
    return DOCUMENT["paths"][path_of(route)][route.method.lower()]


def _problems(content: Any) -> list[str]:
    media = content["application/json"]
    validator = Draft202012Validator({**media["schema"], "components": DOCUMENT["components"]})
    return [f"{each.instance_path}: {each.message[:200]}" for each in validator.iter_errors(media["example"])]


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _named(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each) for each in value]
    return NAMES.get(value, value) if isinstance(value, str) else value


def test_it_fits_the_specification_of_openapi() -> None:
    problems = [str(each) for each in definitions.OPENAPI_31_VALIDATOR.iter_errors(DOCUMENT)]
    broken = {**DOCUMENT, "paths": {"/x": {"get": {"responses": 3}}}}

    assert problems == []
    assert not definitions.OPENAPI_31_VALIDATOR.is_valid(broken)


def test_every_route_has_a_tag_that_is_declared() -> None:
    declared = {each["name"] for each in DOCUMENT["tags"]}
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert operation["tags"], f"{method} {path}"
            assert set(operation["tags"]) <= declared, f"{method} {path}"


def test_examples_are_of_routes_that_there_are_and_of_every_main_noun() -> None:
    assert set(EXAMPLES) - set(ROUTES) == set(), "a route that is gone"
    main = {"auth", "rules", "webhooks", "templates", "logs", "events", "users", "audit", "plan", "analytics"}
    assert main - {ROUTES[key].noun for key in EXAMPLES} == set()
    assert {each.name for each in list_nouns()} >= main


@pytest.mark.parametrize("key", EXAMPLES)
def test_each_example_fits_its_schema(key: str) -> None:
    route, example = ROUTES[key], EXAMPLES[key]
    operation = _operation(route)

    assert _problems(operation["responses"][str(route.status)]["content"]) == []
    assert (example.body is None) is (route.body is None)
    if route.body is not None:
        assert _problems(operation["requestBody"]["content"]) == []


@pytest.mark.usefixtures("unlimited")
def test_each_body_is_taken_and_answered_with_the_keys_of_its_example(api: Api) -> None:
    api.connect_admin()
    for key, example in EXAMPLES.items():
        if example.body is None or ROUTES[key].is_open:
            continue
        path = add_objects(api, ACME).path(ROUTES[key].path)
        answer = api.call(ROUTES[key].method, path, _named(example.body))

        assert answer.status_code == ROUTES[key].status, f"{key}: {answer.text[:300]}"
        assert set(answer.get_json()["data"]) == set(example.data), key
