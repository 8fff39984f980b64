"""What all schemas of REST share: bodies and parameters refuse what they do not know, ids are texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from models.rules_file.field_types import InvalidValue
from web.api.errors import InvalidFields

MOST_PER_PAGE: Final = 100
PER_PAGE: Final = 20
LAST_PAGE: Final = 1_000_000

Id = Annotated[int, PlainSerializer(str, return_type=str)]  # a row's number, which clients see as a text
Moment = Annotated[
    datetime, PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str)
]


class Body(BaseModel):
    """A JSON object that a client sends."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Params(BaseModel):
    """The parameters of an address, which are texts."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class PageParams(Params):
    """A page of a list by its number."""

    page: int = Field(1, ge=1, le=LAST_PAGE)
    limit: int = Field(PER_PAGE, ge=1, description=f"at most {MOST_PER_PAGE}")

    @property
    def size(self) -> int:
        """How many a page has."""
        return min(self.limit, MOST_PER_PAGE)

    @property
    def offset(self) -> int:
        """How many items come before a page that is asked for by its number."""
        return (self.page - 1) * self.size


class ListParams(PageParams):
    """The parameters of every list: a page by its number, or what follows a cursor of `meta.next`."""

    cursor: str | None = Field(None, max_length=200, description="`meta.next` of the page before")
    fields: str | None = Field(None, min_length=1, max_length=500, description="only these keys: `id,name`")


class Out(BaseModel):
    """What is answered; made of rows by their attributes."""

    model_config = ConfigDict(from_attributes=True, serialize_by_alias=True)


class SecretState(Out):
    """A stored secret: it is never answered, only that it is there."""

    set: bool
    last_four: str = ""


def validate(schema: type[BaseModel], value: Any, at: str = "") -> Any:
    """Return a value as its schema has it; `at` is the path of the value itself, empty for a whole body.

    Raises InvalidFields with every problem.
    """
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        problems = [pair for each in error.errors(include_url=False) for pair in _problems(each, at)]
    raise InvalidFields(list(dict.fromkeys(problems)))


def _problems(error: Any, at: str) -> Iterator[tuple[str, str]]:
    path = path_of([*([at] if at else []), *error["loc"]])
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, InvalidValue):
        yield from ((path, message) for message in cause.messages)
    elif error["type"] == "missing":
        yield path, "is missing"
    elif error["type"] == "extra_forbidden":
        yield path, "is not known here"
    else:
        yield path, f"{error['msg'][:1].lower()}{error['msg'][1:]}"


def read_time(field: str, text: str) -> datetime:
    """Return the moment of an RFC 3339 text. Raises InvalidFields for another one, and without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidFields([(field, "must be a time with its zone, like 2026-11-20T08:00:00Z")])
    return found


def path_of(location: Sequence[int | str]) -> str:
    """Write a place as `when.all[0].op`."""
    parts = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
    return "".join(parts).removeprefix(".")
