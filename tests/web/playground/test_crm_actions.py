"""What a person can do in Pipedrive's pages."""

from typing import Any

import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.crm_consequences import CrmRefused
from web.playground.fake_pipedrive import FakePipedrive


def test_bulk_edits_say_that_they_are(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("bulk_edit", ids=[1, 2], owner_id=2)
    assert [body["meta"]["is_bulk_edit"] for body in heard(pipedrive, subscriber)] == [True]


def test_an_import_tells_of_every_deal(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    assert pipedrive.do("bulk_import", count=50) == {"count": 50}
    bodies = heard(pipedrive, subscriber)
    assert len({body["meta"]["id"] for body in bodies}) == 50


@pytest.mark.parametrize(
    ("action", "arguments", "said"),
    [
        ("explode", {}, "no action"),
        ("_named", {}, "no action"),
        ("win_deal", {"id": 999}, "no deal 999"),
        ("win_deal", {"nonsense": 1}, "nonsense"),
        ("bulk_import", {"count": 0}, "1 to"),
        ("create_deal", {"title": ""}, "needs a name"),
        ("change_value", {"id": 1, "value": "many"}, "number"),
    ],
)
def test_what_cannot_be_done_is_said(
    pipedrive: FakePipedrive, action: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(CrmRefused, match=said):
        pipedrive.do(action, **arguments)
