"""The pipeline review: what moved in a span, and which open deals are at risk now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from models.pipedrive.names import Json
from models.sales_reports.deal_history import DealStory
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesRow, with_totals
from models.stalled.track import ref_id

CREATED, WON, LOST, SLIPPED, MOVED = "created", "won", "lost", "slipped", "moved"
CLOSED: Final = (WON, LOST)

Move = Callable[[DealStory, SalesReader], SalesRow | None]


def review_moves(stories: Sequence[DealStory], reader: SalesReader) -> list[SalesRow]:
    """Return each part with its totals. A deal is at most once in a part, whatever happened in between.

    Won and lost are deals that are so at the end of the span. Slipped are deals, open at its end, that shall
    close later than at its begin: of three moves the first date and the last one count.
    """
    rows: list[SalesRow] = []
    for part, move in _MOVES.items():
        found = [row for story in stories if (row := move(story, reader)) is not None]
        rows += with_totals(part, sorted(found, key=_largest_first))
    return rows


def deal_row(part: str, story: DealStory, reader: SalesReader, was: str = "", became: str = "") -> SalesRow:
    """Return the row of a deal."""
    return SalesRow(
        part,
        story.title,
        id=story.id,
        owner=reader.user_name(story.owner_id),
        pipeline=reader.names.text("pipeline", story.pipeline_id) or "",
        amount=story.amount,
        currency=story.currency,
        was=was,
        became=became,
    )


def is_closed_as(status: str, story: DealStory) -> bool:
    """Return whether a deal became won or lost in the span, and is so at its end."""
    return story.state.get("status") == status and story.has(f"deal.{status}")


def day_of(state: Mapping[str, Json], key: str) -> date | None:
    """Return the day that a field holds, None for none and for what cannot be read."""
    try:
        return date.fromisoformat(str(state.get(key) or "")[:10])
    except ValueError:
        return None


def _created(story: DealStory, reader: SalesReader) -> SalesRow | None:
    return deal_row(CREATED, story, reader) if story.is_new else None


def _closed_as(status: str) -> Move:
    def closed(story: DealStory, reader: SalesReader) -> SalesRow | None:
        return deal_row(status, story, reader) if is_closed_as(status, story) else None

    return closed


def _slipped(story: DealStory, reader: SalesReader) -> SalesRow | None:
    was = day_of({"day": story.first("expected_close_date")}, "day")
    became = day_of(story.state, "expected_close_date")
    if was is None or became is None or became <= was or story.state.get("status") in CLOSED:
        return None
    return deal_row(SLIPPED, story, reader, was.isoformat(), became.isoformat())


def _moved(story: DealStory, reader: SalesReader) -> SalesRow | None:
    was, became = ref_id(story.first("stage_id")), ref_id(story.state.get("stage_id"))
    if was is None or became is None or was == became:
        return None
    names = [reader.names.text("stage", key) or key for key in (was, became)]
    return deal_row(MOVED, story, reader, *names)


def _largest_first(row: SalesRow) -> tuple[str, float, str]:
    return (row.currency, -float(row.amount or 0), row.id)


_MOVES: Final[dict[str, Move]] = {
    CREATED: _created,
    WON: _closed_as(WON),
    LOST: _closed_as(LOST),
    SLIPPED: _slipped,
    MOVED: _moved,
}
