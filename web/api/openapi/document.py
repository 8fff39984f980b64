"""The OpenAPI document (3.1) of REST, made from the registry of routes and their schemas."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, PydanticJsonSchemaWarning, models_json_schema

from bot.version import VERSION
from models.accounts.scopes import SCOPES
from web.api.openapi.examples import answer_example, body_example
from web.api.routes import PREFIX, ApiRoute
from web.api.schemas import ListParams

REF: Final = "#/components/schemas/"
ERRORS: Final = {
    "400": "Something does not fit; `details` names the fields.",
    "401": "The token is missing, expired or not valid; `code` says which.",
    "403": "The token's scopes or the role of its user do not allow it.",
    "404": "There is nothing by that id in this team.",
    "405": "The address does not take that method.",
    "409": "Somebody else has changed or taken it meanwhile.",
    "413": "The body is too large.",
    "415": "The body is not announced as JSON.",
    "429": "Too many requests; `Retry-After` says for how many seconds to wait.",
    "503": "A part of the service is away; `Retry-After` says when to try again.",
}
_ID: Final = re.compile(r"<(\w+)>")
_TEXT: Final = {"type": "string"}
_META: Final = {
    "type": "object",
    "required": ["total", "page", "limit", "next"],
    "properties": {
        "total": {"type": "integer"},
        "page": {"type": "integer"},
        "limit": {"type": "integer"},
        "next": {"type": ["string", "null"], "description": "the cursor of what follows, null at the end"},
    },
}
_PROBLEM: Final = {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}}
_ERROR: Final = {
    "type": "object",
    "required": ["success", "error", "code", "details", "timestamp", "request_id"],
    "properties": {
        "success": {"const": False},
        "error": {"type": "string", "description": "what is wrong, in words"},
        "code": _TEXT,
        "details": {"oneOf": [_PROBLEM, {"type": "array", "items": _PROBLEM}]},
        "timestamp": {"type": "string", "format": "date-time"},
        "request_id": _TEXT,
    },
}
_LIMITS: Final = {
    name: {"schema": {"type": "integer"}}
    for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
}
_HEADERS: Final = {
    "If-Match": "the version that is changed; another one is refused with 409",
    "Idempotency-Key": "a repeat with the same key and body is answered like the first, for 24 hours",
}
ABOUT: Final = (
    "The same actions as in Google Chat, for programs. Make a token with `/pipenotify token new`, and send "
    "it as `Authorization: Bearer <token>`. Times are RFC 3339 in UTC, ids are opaque texts, secrets are "
    "never answered."
)


def document(base_url: str, routes: Iterable[ApiRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of these routes."""
    known = list(routes)
    schemas, names = _schemas(known)
    paths: dict[str, Any] = {}
    for route in known:
        paths.setdefault(path_of(route), {})[route.method.lower()] = _operation(route, names)
    paths.update(_other_paths())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pipenotify", "version": VERSION, "description": ABOUT},
        "servers": [{"url": base_url}],
        "security": [{"bearer": []}],
        "tags": [{"name": noun} for noun in dict.fromkeys(route.noun for route in known)],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "x-scopes": list(SCOPES)}},
            "schemas": {**schemas, "Meta": _META, "Error": _ERROR},
            "responses": {code: _error(words) for code, words in ERRORS.items()},
        },
    }


def path_of(route: ApiRoute) -> str:
    """Return the address of a route as OpenAPI writes it: `/api/v1/admin/rules/{id}`."""
    return PREFIX + _ID.sub(r"{\1}", route.path)


def _schemas(routes: list[ApiRoute]) -> tuple[dict[str, Any], dict[Any, str]]:
    """Return the schemas of all bodies and answers by name, and the name of each."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    for route in routes:
        wanted.append((route.data, "serialization"))
        if route.body is not None:
            wanted.append((route.body, "validation"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # a default that stands for "not there"
        made, whole = models_json_schema(list(dict.fromkeys(wanted)), ref_template=f"{REF}{{model}}")
    return whole.get("$defs", {}), {key: value["$ref"] for key, value in made.items()}


def _operation(route: ApiRoute, names: dict[Any, str]) -> dict[str, Any]:
    answers = {str(route.status): _success(route, names[route.data, "serialization"])}
    answers |= {code: {"$ref": f"#/components/responses/{code}"} for code in ERRORS}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.noun}_{route.handle.__name__}".replace("-", "_"),
        "tags": [route.noun],
        "summary": route.summary,
        "parameters": list(_parameters(route)),
        "responses": answers,
    }
    if route.is_open:
        operation["security"] = []
    else:
        operation["description"] = f"Needs the scope `{route.scope}`."
        operation["security"] = [{"bearer": []}]
    if route.body is not None:
        content = _json({"$ref": names[route.body, "validation"]}, body_example(_key(route)))
        is_needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": is_needed, "content": content}
    return operation


def _parameters(route: ApiRoute) -> Iterator[dict[str, Any]]:
    for name in _ID.findall(route.path):
        about = "your team's id, or `me`" if name == "tenant" else "an id as it was answered"
        yield {"name": name, "in": "path", "required": True, "description": about, "schema": _TEXT}
    for name, schema in route.params.model_json_schema().get("properties", {}).items():
        yield {"name": name, "in": "query", "required": False, "schema": schema}
    takes = {"If-Match": "version" in getattr(route.data, "model_fields", {}) and route.writes}
    takes["If-Match"] = takes["If-Match"] and route.method != "POST"
    takes["Idempotency-Key"] = route.method == "POST" and not route.is_open and route.writes
    for name, about in _HEADERS.items():
        if takes[name]:
            yield {"name": name, "in": "header", "required": False, "description": about, "schema": _TEXT}


def _success(route: ApiRoute, ref: str) -> dict[str, Any]:
    item: dict[str, Any] = {"$ref": ref}
    if issubclass(route.params, ListParams):
        item = {"anyOf": [item, _sparse(route.data)]}
    data = {"type": "array", "items": item} if route.is_list else item
    meta = {"$ref": f"{REF}Meta"}
    properties = {"success": {"const": True}, "data": data, "meta": meta}
    if route.is_list:
        properties["pagination"] = meta
    schema = {"type": "object", "required": list(properties), "properties": properties}
    about = "The list" if route.is_list else "What was asked for"
    example = answer_example(_key(route), is_list=route.is_list, is_open=route.is_open)
    content = _json(schema, example)
    if route.as_csv:
        content["text/csv"] = {"schema": _TEXT}
    return {"description": about, "headers": _LIMITS, "content": content}


def _key(route: ApiRoute) -> str:
    return f"{route.method} {route.path}"


def _json(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    shown = {} if example is None else {"example": example}
    return {"application/json": {"schema": schema, **shown}}


def _sparse(schema: type[BaseModel]) -> dict[str, Any]:
    """Describe an item of a list of which `fields` leaves something out."""
    names = sorted(field.serialization_alias or name for name, field in schema.model_fields.items())
    about = "what is left where `fields` names less than all"
    return {
        "type": "object",
        "description": about,
        "minProperties": 1,
        "maxProperties": len(names) - 1,
        "propertyNames": {"enum": names},
    }


def _error(words: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"{REF}Error"}}}
    return {"description": words, "headers": _LIMITS, "content": content}


def _other_paths() -> dict[str, Any]:
    """Return what has no envelope: this document, and the state of the service."""
    plain = {"application/json": {"schema": {"type": "object"}}}
    about = {"openapi.json": "This document", "monitoring/health": "Whether all parts are well"}
    return {
        f"{PREFIX}/{path}": {
            "get": {
                "operationId": f"get_{path.rpartition('/')[2].partition('.')[0]}",
                "tags": ["monitoring"],
                "summary": words,
                "security": [],
                "responses": {
                    "200": {"description": words, "content": plain},
                    "429": {"$ref": "#/components/responses/429"},
                    "503": {"description": "A part is away", "content": plain},
                },
            }
        }
        for path, words in about.items()
    }
