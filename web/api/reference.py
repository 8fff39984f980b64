"""The routes of REST as the page /docs shows them: offline, and made from the same registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from web.api.blueprint import NOUNS
from web.api.openapi.document import path_of
from web.api.routes import ApiRoute


@dataclass(frozen=True, slots=True)
class RouteReference:
    """One route in the words of the page; `params`, `body` and `data` are names of fields."""

    method: str
    path: str
    summary: str
    scope: str
    params: Sequence[str]
    body: Sequence[str]
    data: Sequence[str]


@dataclass(frozen=True, slots=True)
class NounReference:
    """The routes of one noun."""

    name: str
    routes: Sequence[RouteReference]


@cache
def list_nouns() -> list[NounReference]:
    """Return all routes by noun, in the order of the registry."""
    return [NounReference(noun.noun, [_reference(route) for route in noun]) for noun in NOUNS]


def _reference(route: ApiRoute) -> RouteReference:
    return RouteReference(
        route.method,
        path_of(route),
        route.summary,
        route.scope,
        list(route.params.model_fields),
        _fields(route.body),
        _fields(route.data),
    )


def _fields(schema: type[BaseModel] | None) -> list[str]:
    """Return the keys of a schema as JSON has them."""
    if schema is None:
        return []
    fields = schema.model_fields.items()
    return [field.serialization_alias or field.alias or name for name, field in fields]
