"""What is only for operators is read from this machine, through no proxy, or with the token."""

from __future__ import annotations

import pytest
from flask import Flask

from web.health.reading import may_read, refusal


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.9", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer t0ken"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer wrong"}, 401),
        ("203.0.113.9", {"Authorization": "Bearer t\xf6ken"}, 401),
        ("", {}, 401),
    ],
)
def test_it_is_for_this_machine_or_the_token(address: str, headers: dict[str, str], status: int) -> None:
    app = Flask(__name__)
    app.get("/")(lambda: ("", 200) if may_read("t0ken") else refusal())
    answer = app.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert ("METRICS_TOKEN as bearer" in answer.text) is (status == 401)


def test_without_a_token_no_bearer_opens_it() -> None:
    app = Flask(__name__)
    app.get("/")(lambda: ("", 200) if may_read(None) else refusal())
    far = {"REMOTE_ADDR": "203.0.113.9"}
    for bearer in ("", "Bearer ", "Bearer None"):
        answer = app.test_client().get("/", headers={"Authorization": bearer}, environ_base=far)
        assert answer.status_code == 401
