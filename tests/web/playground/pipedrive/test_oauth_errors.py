"""All errors of the token endpoint can be injected."""

import pytest

from tests.web.playground.crm_talk import exchange
from web.playground.pipedrive.oauth_errors import ERRORS, token_fault
from web.playground.pipedrive.server import FakePipedrive


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_an_ordered_refusal_comes_once(pipedrive: FakePipedrive, name: str) -> None:
    token = pipedrive.oauth.grant(1)["refresh_token"]
    pipedrive.faults.order(token_fault(name))
    answers = [exchange(pipedrive, grant_type="refresh_token", refresh_token=token) for _ in range(2)]
    status, error, message = ERRORS[name]
    assert answers[0].status_code == status
    assert answers[0].json() == {"success": False, "message": message, "error": error}
    assert answers[1].status_code == 200
