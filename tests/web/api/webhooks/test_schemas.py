"""What is answered about a destination can be sent back as it is: an address that is not shown stays."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from web.api.webhooks.schemas import WebhookBody, WebhookPatch

SHOWN = {"set": True, "last_four": "1234"}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({"incoming_webhook": SHOWN}, None),
        ({"incoming_webhook": ""}, None),
        ({}, None),
        ({"webhook_url": "https://chat.example/x"}, "https://chat.example/x"),
        ({"url": "https://chat.example/x"}, "https://chat.example/x"),
    ],
)
def test_an_address_that_is_not_given_anew_stays(given: dict[str, Any], address: str | None) -> None:
    assert WebhookPatch.model_validate(given).incoming_webhook == address


def test_is_active_is_the_other_name_of_enabled() -> None:
    assert WebhookPatch.model_validate({"is_active": False}).enabled is False
    assert WebhookBody.model_validate({"name": "Wall", "is_active": False}).enabled is False


@pytest.mark.parametrize("given", [{"name": ""}, {"description": "x" * 1001}, {"address": "x"}])
def test_what_does_not_fit_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WebhookPatch.model_validate(given)
