"""Checks requests and responses against Pipedrive's OpenAPI documents.

The documents are not part of the product: without them, tests that need them are skipped, visibly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from web.playground.pipedrive.server import FakePipedrive
from web.playground.wire import Answer, Request

DOCUMENTS: Final = Path(__file__).parents[2] / "shared" / "pipedrive_openapi"
FILES: Final = {"/v1": "upstream_v1.yaml", "/api/v2": "upstream_v2.yaml"}
LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Undocumented keys in Pipedrive's responses: the facts name each.
UNDOCUMENTED: Final = frozenset({"is_admin", "pagination", "next_start", "error_info", "errorCode"})
CUSTOM_FIELD: Final = re.compile(r"[0-9a-f]{40}")
NUMBER: Final = re.compile(r"-?[0-9]+")
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented call; `pattern` matches its path, `template` has `{}` for each path parameter."""

    method: str
    template: str
    pattern: re.Pattern[str]
    content: Mapping[str, Any]

    @property
    def cost(self) -> int:
        return int(self.content["x-token-cost"])

    @property
    def scopes(self) -> set[str]:
        return {scope for one in self.content["security"] for scopes in one.values() for scope in scopes}


@lru_cache(maxsize=1)
def operations() -> tuple[Operation, ...]:
    """All documented calls, paths without parameters first. Skips the test if the documents are missing."""
    if not DOCUMENTS.is_dir():
        pytest.skip(f"NO DOCUMENTS: {DOCUMENTS} is absent, so nothing was compared with Pipedrive's own")
    found = []
    for prefix, file in FILES.items():
        paths = yaml.load((DOCUMENTS / file).read_text(), LOADER)["paths"]
        for path, methods in paths.items():
            template = plain(prefix + path)
            pattern = re.compile(re.escape(template).replace(r"\{\}", "([^/]+)"))
            found += [
                Operation(method.upper(), template, pattern, content) for method, content in methods.items()
            ]
    return tuple(sorted(found, key=lambda one: one.template.count("{}")))


def plain(template: str) -> str:
    """A path with unnamed parameters, because the documents name them differently."""
    return re.sub(r"\{\w+\}", "{}", template)


def operation(method: str, path: str) -> Operation | None:
    """The documented call for a request; v1 also answers below /api."""
    path = path.removeprefix("/api") if path.startswith("/api/v1/") else path
    fitting = (one for one in operations() if one.method == method and one.pattern.fullmatch(path))
    return next(fitting, None)


def problems(request: Request, answer: Answer) -> list[str]:
    """Return how a successful request and its response deviate from Pipedrive's documents."""
    documented = operation(request.method, request.path)
    if documented is None:
        return ["is not documented"]
    found = []
    if answer.status < 400:
        found += [*_wrong_query(documented, request), *_wrong_body(documented, request)]
    return found + _wrong_answer(documented, answer)


# The enum of `sort` has the bare names; its description adds the mode ("field_name_1 DESC").
_MODE = re.compile(" (ASC|DESC)$")


@contextmanager
def judged(pipedrive: FakePipedrive) -> Iterator[list[str]]:
    """Check all requests and responses made meanwhile; fails at the end with every difference."""
    operations()
    seen: list[str] = []
    wrong: list[str] = []

    def watch(request: Request, answer: Answer) -> None:
        if request.path.startswith("/oauth/") or answer.status in (401, 403, 429):
            return
        call = f"{request.method} {request.path}"
        seen.append(call)
        wrong.extend(f"{call} ({answer.status}): {problem}" for problem in problems(request, answer))

    pipedrive.watchers.append(watch)
    try:
        yield seen
    finally:
        pipedrive.watchers.remove(watch)
    assert wrong == [], "\n".join(wrong)


def _wrong_query(documented: Operation, request: Request) -> Iterator[str]:
    known = {one["name"]: one for one in documented.content.get("parameters", ()) if one["in"] == "query"}
    for name, value in request.query.items():
        if name not in known:
            yield f"the query has no {name}"
        elif not _fits(known[name]["schema"], _MODE.sub("", value) if name == "sort" else value):
            yield f"{name} cannot be {value!r}"
    for name, one in known.items():
        if one.get("required") and name not in request.query:
            yield f"{name} is missing"


def _fits(schema: Mapping[str, Any], value: str) -> bool:
    if "enum" in schema:
        return value in map(str, schema["enum"])
    if schema.get("type") in ("integer", "number"):
        return bool(NUMBER.fullmatch(value))
    return schema.get("type") != "boolean" or value in ("true", "false")


def _wrong_body(documented: Operation, request: Request) -> Iterator[str]:
    content = documented.content.get("requestBody", {}).get("content", {})
    if not request.body:
        return
    if not content:
        yield "has no body"
        return
    schema = next(iter(content.values()))["schema"]
    body = json.loads(request.body)
    yield from _differences(json_schema(schema, lenient=False), body)
    yield from (f"the body has no {name}" for name in sorted(body.keys() - _names(schema)))


def _wrong_answer(documented: Operation, answer: Answer) -> list[str]:
    response = documented.content["responses"].get(str(answer.status))
    if response is None:
        return [] if answer.status >= 400 else ["this status is not documented"]
    content = response.get("content", {}).get("application/json")
    if content is None:
        return []
    body = json.loads(answer.body)
    known = _names(content["schema"]) | _keys(content.get("example")) | UNDOCUMENTED
    strange = sorted(key for key in _keys(body) if key not in known and not CUSTOM_FIELD.fullmatch(key))
    return [
        *_differences(json_schema(content["schema"], lenient=True), body),
        *(f"the answer has no {key}" for key in strange),
    ]


def _differences(schema: Schema, value: Any) -> list[str]:
    errors = Draft202012Validator(schema).iter_errors(value)
    return [f"{'.'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in errors]


def json_schema(schema: Any, *, lenient: bool) -> Any:
    """Convert to plain JSON Schema. `lenient` accepts null for any value.

    The documents rarely say where a response may be null, although their own examples are.
    """
    if isinstance(schema, list):
        return [json_schema(one, lenient=lenient) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: one for key, one in schema.items() if key not in ("nullable", "example", "format", "title")}
    for key in ("properties", "patternProperties"):
        if key in kept:
            kept[key] = {name: json_schema(one, lenient=lenient) for name, one in kept[key].items()}
    for key in ("items", "allOf", "oneOf", "anyOf", "additionalProperties"):
        if key in kept:
            kept[key] = json_schema(kept[key], lenient=lenient)
    if lenient or schema.get("nullable"):
        kept |= {"type": [kept["type"], "null"]} if "type" in kept else {}
        kept |= {"enum": [*kept["enum"], None]} if "enum" in kept else {}
    return kept


def _names(schema: Any) -> set[str]:
    """The names of all properties in a schema, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(_names, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties", {})
    return set(properties).union(*map(_names, properties.values()), *map(_names, schema.values()))


def _keys(value: Any) -> set[str]:
    """The keys of all objects in a value, at any depth; those of errors are the names of fields."""
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(_keys(inner) for key, inner in value.items() if key != "errors"))
