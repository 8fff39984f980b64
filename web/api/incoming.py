"""What a request brings: parameters and a body, each checked by its schema."""

from __future__ import annotations

from typing import Any, Final

import orjson
from flask import request
from pydantic import BaseModel

from models.errors import InvalidRequest
from web.api.errors import InvalidFields, UnsupportedMedia
from web.api.routes import ApiRoute
from web.api.schemas import validate

DEEPEST: Final = 64  # levels of a body
JSON: Final = "application/json"


def read_params(route: ApiRoute) -> Any:
    """Return the parameters of the address. Raises InvalidFields for unknown ones, and for repeated ones."""
    given = request.args.to_dict(flat=False)
    if repeated := [(name, "is there twice") for name, values in given.items() if len(values) > 1]:
        raise InvalidFields(repeated)
    return validate(route.params, {name: values[0] for name, values in given.items()})


def read_body(schema: type[BaseModel] | None) -> Any:
    """Return the body as its schema has it. Raises UnsupportedMedia, InvalidRequest, InvalidFields."""
    raw = request.get_data()
    if schema is None:
        if raw.strip() not in (b"", b"{}"):
            raise InvalidRequest(user_message="This address takes no body.")
        return None
    if request.mimetype != JSON and raw:
        raise UnsupportedMedia
    return validate(schema, _parse(raw or b"{}"))


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as wrong:
        raise InvalidRequest(user_message="The body is no JSON that can be read here.") from wrong
    if not isinstance(value, dict):
        raise InvalidRequest(user_message="The body must be a JSON object.")
    if not _is_flat_enough(value):
        raise InvalidRequest(user_message=f"The body is nested deeper than {DEEPEST} levels.")
    return value


def _is_flat_enough(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return True
    return False
