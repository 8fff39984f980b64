"""Pages of lists: by number, or by a cursor that neither skips nor repeats while rows arrive."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from models.database.row_ids import row_id
from web.api.errors import InvalidFields
from web.api.schemas import ListParams

Item = TypeVar("Item")
_VERSION: Final = "1."


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list as it is answered. `total` counts all; where that would take long, up to a limit.

    `next` is the cursor of the part that follows, None at the end.
    """

    items: Sequence[Any]
    total: int
    page: int
    limit: int
    next: str | None = None


def whole_list(items: Sequence[Any]) -> Page:
    """Return a short list as one page."""
    return Page(items, len(items), 1, max(1, len(items)))


def read_cursor(params: ListParams) -> int | None:
    """Return the id after which the page begins, None without a cursor. Raises InvalidFields."""
    if params.cursor is None:
        return None
    if params.page != 1:
        raise InvalidFields([("cursor", "does not go with page")])
    try:
        text = base64.b64decode(params.cursor, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    found = row_id(text.removeprefix(_VERSION)) if text.startswith(_VERSION) else None
    if found is None:
        raise InvalidFields([("cursor", "is none that was given in meta.next")])
    return found


def write_cursor(last_id: int) -> str:
    """Return the cursor of what follows a row."""
    return base64.urlsafe_b64encode(f"{_VERSION}{last_id}".encode()).decode("ascii")


def page_of(
    params: ListParams, found: Sequence[Item], total: int, draw: Callable[[Sequence[Item]], Iterable[Any]]
) -> Page:
    """Return the page of rows that a query found: one more than fit, if there are more."""
    shown = found[: params.size]
    last: Any = shown[-1] if shown else None
    follows = write_cursor(last.id) if len(found) > len(shown) else None
    return Page(_only(params, [*draw(shown)]), total, params.page, params.size, follows)


def offset_of(params: ListParams) -> int:
    """Return how many items of a list that has no ids come before the page. Raises InvalidFields."""
    after = read_cursor(params)
    return (params.page - 1) * params.size if after is None else after


def page_at(params: ListParams, offset: int, total: int, items: Sequence[Any]) -> Page:
    """Return the page of a list that has no ids; its cursor is how many items came before."""
    end = offset + len(items)
    follows = write_cursor(end) if items and end < total else None
    return Page(_only(params, [*items]), total, params.page, params.size, follows)


def page_of_list(
    params: ListParams, rows: Sequence[Item], draw: Callable[[Sequence[Item]], Iterable[Any]]
) -> Page:
    """Return a page of rows that are all at hand, in the order of their ids."""
    after: int | None = read_cursor(params)
    ordered = sorted(rows, key=_id_of)
    if after is None:
        rest = ordered[(params.page - 1) * params.size :]
    else:
        rest = [row for row in ordered if _id_of(row) > after]
    return page_of(params, rest[: params.size + 1], len(rows), draw)


def _id_of(row: Any) -> int:
    number: int = row.id
    return number


def wanted_fields(params: ListParams) -> list[str]:
    """Return the names of the keys that were asked for; none where all are."""
    return [name.strip() for name in (params.fields or "").split(",") if name.strip()]


def _only(params: ListParams, items: list[Any]) -> list[Any]:
    """Leave out the keys that were not asked for."""
    if not (wanted := wanted_fields(params)):
        return items
    drawn = [item if isinstance(item, dict) else item.model_dump(mode="json") for item in items]
    return [{name: item.get(name) for name in wanted} for item in drawn]
