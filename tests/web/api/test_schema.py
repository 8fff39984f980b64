"""Requests that a machine makes up from the OpenAPI document: no 5xx, and every answer conforms to it."""

from __future__ import annotations

from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import add_objects, noun_of
from web.api.routes import PREFIX

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES: Final = 5  # of each operation and each mode

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nothing_that_a_machine_makes_up_breaks_a_promise_of_the_document(
    api: Api, mode: GenerationMode
) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", api.client.application)
    wrong: list[str] = []
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith("/monitoring/health"):
            continue  # 503 is its promise here: there is no Redis
        ids = {
            "id": str(add_objects(api, ACME).ids.get(noun_of(operation.path.removeprefix(PREFIX)), 0)),
            "tenant": "me",
        }
        cases: list[Any] = []
        try:
            _ask(operation, mode, ids, {"Authorization": f"Bearer {api.token()}"}, cases)
        except FailureGroup as failed:
            wrong.append(f"{operation.label}: {failed}")
        asked += len(cases)
    assert wrong == [], "\n\n".join(wrong)
    assert asked > 100


def _ask(
    operation: Any, mode: GenerationMode, ids: dict[str, str], headers: dict[str, str], cases: list[Any]
) -> None:
    """Send some requests of one operation: those that fit the document to an object that there is."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = {name: ids[name] for name in case.path_parameters or {}}
        cases.append(case)
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    ask()
