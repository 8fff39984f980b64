"""What is refused before Flask reads it is answered below /api as every other error there."""

from __future__ import annotations

import pytest
import structlog

from tests.web.api.conftest import ACME, BOLT, Api
from web.incoming.refusals import REFUSED
from web.incoming.request import BodyTooLarge, BodyTooLate, TargetTooLong, TooBusy


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (BodyTooLarge(), 413, "CONTENT_TOO_LARGE"),
        (BodyTooLate(), 408, "REQUEST_TIMEOUT"),
        (TargetTooLong(), 414, "URI_TOO_LONG"),
        (TooBusy(), 503, "UNAVAILABLE"),
    ],
)
def test_a_program_that_is_refused_early_gets_the_headers_of_all_answers(
    api: Api, refused: Exception, status: int, code: str
) -> None:
    answer = api.call(
        "POST", "/admin/rules", {}, environ_base={REFUSED: refused}, headers={"X-Request-Id": "mine-7"}
    )

    body = answer.get_json()
    assert (answer.status_code, body["code"], body["success"]) == (status, code, False)
    assert body["request_id"] == answer.headers["X-Request-ID"] == "mine-7"
    assert int(answer.headers["X-RateLimit-Remaining"]) <= int(answer.headers["X-RateLimit-Limit"])
    assert ("Retry-After" in answer.headers) is (status == 503)


@pytest.mark.parametrize("given", ["two words", "<b>", "-", "x" * 65, "é", "a\tb", '"q"'])
def test_only_a_plain_word_is_taken_as_the_id_of_a_request(api: Api, given: str) -> None:
    answer = api.call("GET", "/admin/plan", headers={"X-Request-Id": given})

    assert answer.headers["X-Request-ID"] not in ("", given)


def test_log_lines_of_a_call_name_its_team_and_its_person(api: Api) -> None:
    api.data("GET", "/admin/plan", token=api.token(team=BOLT))
    theirs = structlog.contextvars.get_contextvars()
    api.data("GET", "/admin/plan")
    ours = structlog.contextvars.get_contextvars()

    assert (ours["tenant_id"], theirs["tenant_id"]) == (api.tenants[ACME], api.tenants[BOLT])
    assert ours["endpoint"] == "GET /api/v1/admin/plan"
    assert ours["user_id"] != theirs["user_id"]
