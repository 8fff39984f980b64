"""Finds what Google Chat would refuse in a message or dialog, or would silently drop.

Two sources: the discovery document of Chat v1 in google-api-python-client, made strict so that a misspelt
field is a problem, and the rules that Google states only in prose (card_prose.py).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import orjson
from jsonschema_rs import Draft202012Validator

from web.playground.chat.card_prose import MESSAGE_BYTES, prose_problems

Json = dict[str, Any]
_SNAKE = re.compile(r"_([a-z0-9])")
_ELSEWHERE = "Unavailable for Google Chat apps"
_ROOTS = {"message": "Message", "dialog": "GoogleAppsCardV1Card"}
_MOST = 20


def problems(
    message: Mapping[str, Any],
    *,
    place: Literal["message", "dialog"] = "message",
    bare_functions: bool = False,
) -> list[str]:
    """Return the problems, each with its path; an empty list if Chat would show everything.

    `message` is a message body, or the bare card of a dialog; snake_case keys count as camelCase.
    `bare_functions` allows function names that are no URL, as Chat does outside of add-ons.
    """
    body = camel(message)
    found = [*_by_schema(body, _ROOTS[place]), *prose_problems(body, place, bare_functions=bare_functions)]
    size = len(orjson.dumps(message))
    if size > MESSAGE_BYTES:
        found.append(f"{place}: {size} bytes, {MESSAGE_BYTES} are allowed")
    return found


def camel(value: Any) -> Any:
    """Return JSON with its keys in camelCase: ProtoJSON accepts both, and Google's samples mix them."""
    if isinstance(value, Mapping):
        return {_SNAKE.sub(lambda hit: hit[1].upper(), key): camel(inner) for key, inner in value.items()}
    return [camel(inner) for inner in value] if isinstance(value, list) else value


def _by_schema(body: Json, root: str) -> Iterator[str]:
    for number, error in enumerate(_validator(root).iter_errors(body)):
        if number == _MOST:
            return
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
        yield f"{path.lstrip('.') or 'body'}: {error.message[:300]}"


@lru_cache
def _validator(root: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{root}", "$defs": _definitions()})


@lru_cache
def _definitions() -> Json:
    document = files("googleapiclient").joinpath("discovery_cache/documents/chat.v1.json")
    schemas = orjson.loads(document.read_bytes())["schemas"]
    return {name: _schema(described) for name, described in schemas.items()}


def _schema(described: Json) -> Json:
    """Convert one schema of the discovery document to a strict JSON Schema."""
    if "$ref" in described:
        return {"$ref": f"#/$defs/{described['$ref']}"}
    kind = described.get("type")
    if kind == "array":
        return {"type": "array", "items": _schema(described["items"])}
    if kind == "object":
        return _object(described)
    if described.get("format") in ("int64", "uint64"):
        return {"type": ["string", "integer"]}
    drawn = {"type": kind} if kind not in (None, "any") else {}
    return {**drawn, "enum": described["enum"]} if "enum" in described else drawn


def _object(described: Json) -> Json:
    fields = {
        name: _schema(inner)
        for name, inner in described.get("properties", {}).items()
        if _ELSEWHERE not in inner.get("description", "")
    }
    rest = described.get("additionalProperties")
    return {
        "type": "object",
        "properties": fields,
        "additionalProperties": _schema(rest) if isinstance(rest, dict) else not fields and bool(rest),
    }
