"""What fails for now is tried again; whatever it is, people read words of ours."""

from __future__ import annotations

import pytest

from jobs.leads.failures import describe_failure
from jobs.to_pipedrive.oauth import NotConnected
from models.errors import AppError, InvalidRequest, TemporaryFailure


@pytest.mark.parametrize(
    ("error", "described"),
    [
        (TemporaryFailure("away"), (TemporaryFailure.user_message, True)),
        (NotConnected(), (NotConnected.user_message, True)),
        (InvalidRequest(user_message="No"), ("No", False)),
        (ValueError("of a customer"), (AppError.user_message, False)),
    ],
)
def test_a_failure_has_words_and_passes_or_not(error: Exception, described: tuple[str, bool]) -> None:
    assert describe_failure(error, row_id=1) == described
