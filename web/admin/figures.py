"""The figures of a team on the admin page: over time as a chart with its table, by rule, place and person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from bot.text.duration import duration
from bot.text.format import number
from models.accounts.rights import Action
from models.connections.queries import count_working
from models.errors import NotFound
from models.reports.at_a_glance import Glance
from models.reports.figures import RANGES, FiguresOf
from models.reports.people import PersonFigures
from models.reports.report import Overview, read_overview
from models.tables.deliveries import DeliveryState
from web.admin.chart import HEIGHT, WIDTH, bars, describe, share
from web.admin.deps import AdminDeps
from web.api.csv_table import csv_answer
from web.api.nouns.analytics import BucketOut, FiguresOfOut, PersonOut, draw_bucket, draw_figures_of
from web.security.guards import allowed

PATH: Final = "/admin/figures"
USUAL: Final = "7d"
RANGE_NAMES: Final = {"1d": "One day", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
CHANNELS: Final = {
    "chat_space": "in spaces",
    "chat_webhook": "by incoming webhooks",
    "chat_dm": "in direct messages",
    "email": "by e-mail",
    "webhook": "by webhooks",
}
SHOWN: Final = 20  # rules, destinations and people; the CSV has all of them


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One row of a list: its name, its number in words, small print, and how wide its bar is in percent."""

    name: str
    count: str
    below: str
    share: float


def add_figures(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/figures, and its lists as CSV."""

    @doors.get(PATH)
    @allowed(Action.LOG_READ)
    def figures() -> str:
        with deps.reading() as (session, actor):
            found = read_overview(session, actor, _range())
            connections = count_working(session, actor.tenant)
        shown = bars(found.buckets, found.zone, hourly=found.range == "1d")
        return deps.page(
            "figures.html",
            found=found,
            ranges=RANGE_NAMES,
            facts=[*_facts(found), ("Connections to Pipedrive that work", number(connections))],
            bars=shown,
            longest=max((bar.total for bar in shown), default=0),
            description=describe(shown),
            width=WIDTH,
            height=HEIGHT,
            lists=_lists(found),
            number=number,
        )

    @doors.get(f"{PATH}/<name>.csv")
    @allowed(Action.LOG_READ)
    def table(name: str) -> ResponseReturnValue:
        if name not in _TABLES:
            raise NotFound
        schema, rows = _TABLES[name]
        answer = csv_answer(schema, rows(_overview(deps)))
        answer.headers["Content-Disposition"] = f"attachment; filename=figures-{name}.csv"
        return answer


def _overview(deps: AdminDeps) -> Overview:
    with deps.reading() as (session, actor):
        return read_overview(session, actor, _range())


def _range() -> str:
    asked = request.args.get("range", USUAL)
    return asked if asked in RANGES else USUAL


def _facts(found: Overview) -> list[tuple[str, str]]:
    """Return the figures of the whole, each with its name; what is zero says nothing but how many came."""
    whole = found.whole
    facts = [("Cards", number(whole.total)), ("Arrived", number(whole.counts[DeliveryState.DELIVERED]))]
    facts += _at_a_glance(found.glance)
    if whole.p50_ms is not None and whole.p95_ms is not None:
        fast = f"half within {duration(whole.p50_ms)}, 95 of 100 within {duration(whole.p95_ms)}"
        facts.append(("From Pipedrive to Chat", fast))
    counts = {
        "Failed": whole.counts[DeliveryState.DEAD],
        "Held now": whole.counts[DeliveryState.HELD],
        "Held, then sent": whole.noted["was_held"],
        "Left out": whole.counts[DeliveryState.SKIPPED],
        "of these by a mute": whole.noted["muted"],
        "Gathered for a digest": whole.counts[DeliveryState.DIGESTED],
        "On the message of another card": whole.noted["coalesced"],
        "Without details that not everybody may see": whole.noted["redacted"],
        "Pressed on cards": sum(each.presses for each in found.people),
        "Claimed": sum(each.claims for each in found.people),
    }
    return facts + [(name, number(count)) for name, count in counts.items() if count]


def _at_a_glance(glance: Glance) -> list[tuple[str, str]]:
    percents = {
        "Arrived of those that were sent": glance.delivered_percent,
        "Failed of those that were sent": glance.failed_percent,
        "Read in inboxes": glance.read_percent,
    }
    channels = [
        f"{number(count)} {CHANNELS.get(kind, 'elsewhere')}" for kind, count in glance.by_channel.items()
    ]
    return [
        ("Sent in the last hour", number(glance.sent_last_hour)),
        ("Sent in the last day", number(glance.sent_last_day)),
        *((name, f"{percent:g} %") for name, percent in percents.items() if percent is not None),
        *([("By channel", ", ".join(channels))] if channels else []),
    ]


def _lists(found: Overview) -> list[tuple[str, str, list[FigureRow], int]]:
    """Return the lists of the page: name, title, the first rows, and how many rows are left out."""
    groups: Sequence[tuple[str, str, list[FigureRow]]] = (
        ("rules", "By rule", _parts(found.rules)),
        ("destinations", "By place", _parts(found.places)),
        ("people", "By person", _people(found.people)),
    )
    return [(name, title, rows[:SHOWN], max(0, len(rows) - SHOWN)) for name, title, rows in groups]


def _parts(rows: Sequence[FiguresOf]) -> list[FigureRow]:
    most = max((row.figures.total for row in rows), default=0)
    return [
        FigureRow(row.name, number(row.figures.total), _below(row), share(row.figures.total, most))
        for row in rows
    ]


def _below(row: FiguresOf) -> str:
    failed, half = row.figures.counts[DeliveryState.DEAD], row.figures.p50_ms
    texts = [f"{number(failed)} failed"] if failed else []
    texts += [f"half within {duration(half)}"] if half is not None else []
    return ", ".join(texts)


def _people(rows: Sequence[PersonFigures]) -> list[FigureRow]:
    most = max((row.presses for row in rows), default=0)
    return [
        FigureRow(row.email, f"{number(row.presses)} pressed", _below_person(row), share(row.presses, most))
        for row in rows
    ]


def _below_person(row: PersonFigures) -> str:
    texts = [f"{number(row.cards)} direct messages"] if row.cards else []
    texts += [f"{number(row.claims)} claimed"] if row.claims else []
    texts += [f"half within {duration(row.claim_p50_ms)}"] if row.claim_p50_ms is not None else []
    return ", ".join(texts)


_TABLES: Final[dict[str, tuple[Any, Callable[[Overview], Sequence[Any]]]]] = {
    "time": (BucketOut, lambda found: list(map(draw_bucket, found.buckets))),
    "rules": (FiguresOfOut, lambda found: list(map(draw_figures_of, found.rules))),
    "destinations": (FiguresOfOut, lambda found: list(map(draw_figures_of, found.places))),
    "people": (PersonOut, lambda found: found.people),
}
