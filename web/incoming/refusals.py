"""Requests refused before Flask reads them: below /api Flask answers, so that all headers are there."""

from __future__ import annotations

from typing import Final

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout, RequestURITooLarge

from models.errors import Unavailable
from web.incoming.request import BodyTooLarge, BodyTooLate, TargetTooLong, TooBusy

REFUSED: Final = "pipenotify.refused"  # the key of the WSGI environment that holds why
_ANSWERS: Final[dict[type[Exception], type[Exception]]] = {
    BodyTooLarge: RequestEntityTooLarge,
    BodyTooLate: RequestTimeout,
    TargetTooLong: RequestURITooLarge,
    TooBusy: Unavailable,
}


def raise_refusal() -> None:
    """Raise what the request was refused for, if it was; runs before all that would read it."""
    refused = request.environ.get(REFUSED)
    if refused is not None:
        raise _ANSWERS[type(refused)]
