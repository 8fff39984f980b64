"""JSON that a script sends to a page: bounded, and refused in words instead of an error of ours."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

MOST_BYTES: Final = 64 * 1024


def read_json() -> Any:
    """Return the parsed body of the present request; its caller is known already.

    Raises RequestEntityTooLarge, and BadRequest for what is no JSON or nested deeper than 1,024 levels.
    """
    raw = request.get_data()
    if len(raw) > MOST_BYTES:
        raise RequestEntityTooLarge
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest("The body is no JSON that can be read here.") from wrong
