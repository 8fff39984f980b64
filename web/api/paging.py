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
    return read_place(params, row_id)


def read_place(params: ListParams, read: Callable[[str], Item | None]) -> Item | None:
    """Return the place after which the page begins, as `read` reads its text; None without a cursor.

    Raises InvalidFields.
    """
    if params.cursor is None:
        return None
    if params.page != 1:
        raise InvalidFields([("cursor", "does not go with page")])
    try:
        text = base64.b64decode(params.cursor, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        text = ""
    found = read(text.removeprefix(_VERSION)) if text.startswith(_VERSION) else None
    if found is None:
        raise InvalidFields([("cursor", "is none that was given in meta.next")])
    return found


def write_cursor(last: object) -> str:
    """Return the cursor of what follows a row, by its id or its place in the order of the list."""
    return base64.urlsafe_b64encode(f"{_VERSION}{last}".encode()).decode("ascii")


def page_of(
    params: ListParams,
    found: Sequence[Item],
    total: int,
    draw: Callable[[Sequence[Item]], Iterable[Any]],
    place: Callable[[Any], object] = lambda row: row.id,
) -> Page:
    """Return the page of rows that a query found: one more than fit, if there are more.

    `place` is what the cursor says of a row, where the list is in another order than that of the ids.
    """
    shown = found[: params.size]
    follows = write_cursor(place(shown[-1])) if len(found) > len(shown) else None
    return Page(_only(params, [*draw(shown)]), total, params.page, params.size, follows)


def page_of_list(
    params: ListParams, rows: Sequence[Item], draw: Callable[[Sequence[Item]], Iterable[Any]]
) -> Page:
    """Return a page of rows that are all at hand, in the order of their ids."""
    after: int | None = read_cursor(params)
    ordered = sorted(rows, key=_id_of)
    rest = ordered[params.offset :] if after is None else [row for row in ordered if _id_of(row) > after]
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
