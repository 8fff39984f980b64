"""A refusal of the front becomes the error that Flask answers."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from models.errors import Unavailable
from web.incoming.refusals import REFUSED, raise_refusal
from web.incoming.request import BodyTooLarge, BodyTooLate, TargetTooLong, TooBusy


@pytest.mark.parametrize(
    ("refused", "status"), [(BodyTooLarge(), 413), (BodyTooLate(), 408), (TargetTooLong(), 414)]
)
def test_each_refusal_is_raised_as_its_error(refused: Exception, status: int) -> None:
    with (
        Flask(__name__).test_request_context("/", environ_base={REFUSED: refused}),
        pytest.raises(HTTPException) as raised,
    ):
        raise_refusal()

    assert raised.value.code == status


def test_being_busy_is_to_be_away_and_other_requests_pass() -> None:
    app = Flask(__name__)
    with (
        app.test_request_context("/", environ_base={REFUSED: TooBusy()}),
        pytest.raises(Unavailable),
    ):
        raise_refusal()
    with app.test_request_context("/"):
        raise_refusal()
