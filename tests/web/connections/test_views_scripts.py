"""Pipedrive's OAuth for scripts: JSON in, JSON out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.browser import BASE
from tests.web.consenting import (
    ADA,
    CALLBACK,
    Bench,
    allowed,
)


def test_a_script_connects_too_and_hears_of_it_in_json(deps: Bench) -> None:
    browser = deps.browser(ADA)
    said = {name: values[0] for name, values in parse_qs(urlsplit(allowed(browser)).query).items()}
    answer = browser.client.post(CALLBACK, json=said, base_url=BASE)
    assert (answer.status_code, answer.get_json()["success"]) == (200, True)
    assert deps.connections()["12345"][1] == "connected"
    again = browser.client.post(CALLBACK, data=said, base_url=BASE)
    assert (again.status_code, again.get_json()["code"]) == (400, "FLOW_UNKNOWN")


@pytest.mark.parametrize("said", [{"code": "abc"}, {"code": 7, "state": ["x"]}, [], "x", None])
def test_a_script_without_a_state_gets_nowhere(deps: Bench, said: Any) -> None:
    answer = deps.browser(ADA).client.post(CALLBACK, json=said, base_url=BASE)
    assert answer.status_code == 400
    assert deps.asked() == 0


def test_a_script_of_nobody_is_asked_to_sign_in(deps: Bench) -> None:
    assert deps.browser().client.post(CALLBACK, json={}, base_url=BASE).status_code == 401


def test_a_script_that_began_before_signing_in_gets_no_further(deps: Bench) -> None:
    browser = deps.browser()
    said = {name: values[0] for name, values in parse_qs(urlsplit(allowed(browser)).query).items()}
    browser.sign_in(ADA)
    answer = browser.client.post(CALLBACK, json=said, base_url=BASE)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "OTHER_PERSON")
    assert deps.asked() == 0
