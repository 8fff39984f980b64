"""What a request brings: parameters and a body, each checked by its schema."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import orjson
from flask import request
from pydantic import AliasChoices, BaseModel

from models.errors import InvalidRequest
from web.api.errors import InvalidFields, UnsupportedMedia
from web.api.paging import wanted_fields
from web.api.routes import ApiRoute
from web.api.schemas import ListParams, validate

DEEPEST: Final = 64  # levels of a body
JSON: Final = "application/json"


def read_params(route: ApiRoute) -> Any:
    """Return the parameters of the address. Raises InvalidFields for unknown ones, and for repeated ones."""
    given = request.args.to_dict(flat=False)
    if repeated := [(name, "is there twice") for name, values in given.items() if len(values) > 1]:
        raise InvalidFields(repeated)
    params = validate(route.params, {name: values[0] for name, values in given.items()})
    if isinstance(params, ListParams) and params.fields is not None:
        _check_fields(route, params)
    return params


def _check_fields(route: ApiRoute, params: ListParams) -> None:
    """Raise InvalidFields for keys that the items of a list do not have, also where there are no items."""
    wanted, there = wanted_fields(params), _answered(route.data)
    if not wanted:
        raise InvalidFields([("fields", "names no field")])
    if unknown := [name for name in wanted if name not in there]:
        raise InvalidFields([("fields", f"there is no field {name[:60]!r}") for name in unknown])


@cache
def _answered(schema: type[BaseModel]) -> frozenset[str]:
    """Return the keys that an answer of a schema has."""
    return frozenset(schema.model_json_schema(mode="serialization").get("properties", ()))


def read_body(route: ApiRoute) -> Any:
    """Return the body as its schema has it. Raises UnsupportedMedia, InvalidRequest, InvalidFields.

    A change may send back what was answered: keys that only the service sets are left out.
    """
    raw, schema = request.get_data(), route.body
    if schema is None:
        if raw.strip() not in (b"", b"{}"):
            raise InvalidRequest(user_message="This address takes no body.")
        return None
    if request.mimetype != JSON and raw:
        raise UnsupportedMedia
    value = _parse(raw or b"{}")
    if route.method in ("PUT", "PATCH"):
        ours = _keys(route.data) - _keys(schema)
        value = {name: each for name, each in value.items() if name not in ours}
    return validate(schema, value)


def _keys(schema: type[BaseModel]) -> set[str]:
    """Return the keys of a schema as JSON has them."""
    found: set[str] = set()
    for name, field in schema.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        found |= {str(each) for each in (*choices, field.serialization_alias) if each} or {name}
    return found


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
