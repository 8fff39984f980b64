"""Problems of a connection: codes for the program, texts for people, and who is notified when."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from models.deliveries.notices import Notice, notify_admins
from models.languages.translate import for_later
from models.tables.connections import Connection


class ProblemCode(StrEnum):
    """Possible problems, worst first; stored in `connections.problem_codes`."""

    ENDED = "ended"
    UNREADABLE = "unreadable"
    NO_APP = "no_app"
    UNPAID = "unpaid"
    FORBIDDEN = "forbidden"
    FULL = "full"
    UNREACHABLE = "unreachable"
    FAILING = "failing"
    TWICE = "twice"
    SILENT = "silent"


TEXTS: Final = {
    ProblemCode.ENDED: (
        for_later("Pipedrive has ended its connection with Pipenotify. An admin has to connect it again.")
    ),
    ProblemCode.UNREADABLE: (
        for_later(
            "What Pipedrive authorised cannot be opened with the keys at hand. An admin has to"
            " connect it again."
        )
    ),
    ProblemCode.NO_APP: (
        for_later(
            "Pipedrive refuses this installation's app. Whoever runs Pipenotify has to check"
            " PIPEDRIVE_CLIENT_ID and PIPEDRIVE_CLIENT_SECRET."
        )
    ),
    ProblemCode.UNPAID: for_later("Pipedrive says that your company's account is closed or unpaid."),
    ProblemCode.FORBIDDEN: (
        for_later(
            "Pipedrive does not let Pipenotify manage its webhooks. Connect again as a Pipedrive"
            " admin, and allow webhooks when Pipedrive asks."
        )
    ),
    ProblemCode.FULL: (
        for_later(
            "This Pipedrive user has 40 webhooks, as many as Pipedrive allows. Remove some there, or"
            " connect as another admin."
        )
    ),
    ProblemCode.UNREACHABLE: (
        for_later(
            "Pipedrive refuses the address of Pipenotify. It has to be a public https address (BASE_URL)."
        )
    ),
    ProblemCode.FAILING: (
        for_later(
            "Some changes in Pipedrive did not get through to Pipenotify. It looks for what was"
            " missed by itself."
        )
    ),
    ProblemCode.TWICE: (
        for_later(
            "Another webhook in Pipedrive still leads to Pipenotify and cannot be removed from here."
            " Delete it in Pipedrive: Tools and apps, Webhooks."
        )
    ),
    ProblemCode.SILENT: for_later(
        "Pipedrive did not answer the last times Pipenotify asked. It tries again by itself."
    ),
}
LONGEST: Final = 500  # characters of `connections.problem`
NOTIFIED_ELSEWHERE: Final = frozenset((ProblemCode.ENDED,))  # who noticed the end has notified, once

BACK: Final = Notice(
    for_later("Pipedrive's webhooks were missing"),
    for_later(
        "Pipedrive had removed webhooks of Pipenotify. They are registered again, and what was"
        " missed meanwhile is being looked for."
    ),
)
PARTIAL: Final = Notice(
    for_later("Pipenotify hears of a part of your Pipedrive"),
    for_later(
        "Whoever connected it is no admin in Pipedrive, so Pipenotify hears of what they may see"
        " alone. Let a Pipedrive admin connect it again to hear of everything."
    ),
)
WELL: Final = Notice(
    for_later("Pipedrive is connected well again"), for_later("Nothing is in the way of your cards any more.")
)
PROBLEM_TITLE: Final = for_later("Pipenotify has trouble with Pipedrive")


def problem_text(codes: Collection[ProblemCode]) -> str:
    """Return the text of these problems, the worst first, in at most 500 characters."""
    return " ".join(TEXTS[code] for code in _fitting(codes))


def _fitting(codes: Collection[ProblemCode]) -> list[ProblemCode]:
    """Return the problems whose texts fit together, the worst first."""
    fitting: list[ProblemCode] = []
    for code in ProblemCode:
        if code in codes and len(" ".join(TEXTS[each] for each in (*fitting, code))) <= LONGEST:
            fitting.append(code)
    return fitting


def codes_of(row: Connection) -> frozenset[ProblemCode]:
    """Return the known problems of a connection."""
    return frozenset(ProblemCode(code) for code in row.problem_codes)


def set_problems(row: Connection, codes: Collection[ProblemCode]) -> None:
    """Store problems and their text; a problem that does not fit into the text is left out of both."""
    fitting = _fitting(codes)
    row.problem_codes, row.problem = [code.value for code in fitting], problem_text(fitting)


def settle(session: Session, row: Connection, codes: Collection[ProblemCode], page: str) -> None:
    """Store the problems; notify the admins of new ones, and once when all is well again.

    `page` is the URL where they can fix it.
    """
    before = codes_of(row)
    set_problems(row, codes)
    after = codes_of(row)
    news = after - before - NOTIFIED_ELSEWHERE
    if news:
        words = problem_text(news)
        notify_admins(
            session, row.tenant_id, Notice(PROBLEM_TITLE, words, for_later("Open the setup page"), page)
        )
    elif before - NOTIFIED_ELSEWHERE and not after:
        notify_admins(session, row.tenant_id, WELL)
