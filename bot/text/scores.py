"""The score of a lead and its reasons in words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.text.format import number
from models.languages.translate import tr, tr_in, tr_plural
from models.leads.score import LIMIT, Reason
from models.leads.weights import BAND_TEXTS, PART_TEXTS


def score_text(score: int, band: str) -> str:
    """Return a score with its band: `Score 72, hot`."""
    return tr("Score {score}, {band}", score=score, band=tr_in("lead", BAND_TEXTS.get(band, band)))


def reason_text(reason: Reason) -> str:
    """Return a reason as a line: `+15 The source: Web form`."""
    points = f"{reason.points:+d}"
    if reason.part == LIMIT:
        return tr("{points} More than 100 is not possible", points=points)
    text = tr(PART_TEXTS[reason.part]) if reason.part in PART_TEXTS else reason.part
    about = _about(reason)
    return f"{points} {text}: {about}" if about else f"{points} {text}"


def reason_texts(reasons: Sequence[Reason]) -> list[str]:
    """Return the reasons as lines, the weightiest first."""
    ordered = sorted(reasons, key=lambda each: (each.part == LIMIT, -each.points))
    return [reason_text(each) for each in ordered]


def _about(reason: Reason) -> str:
    if reason.part in ("activity", "age") and reason.about.isdecimal():
        days = int(reason.about)
        return tr("today") if not days else tr_plural("{count} day ago", "{count} days ago", days)
    if reason.part == "value":
        return number(reason.about)
    return reason.about if reason.part == "source" else ""
