"""What is wrong with a connection, in sentences that stay the same from look to look; who is told when."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy.orm import Session

from models.deliveries.notices import Notice, notify_admins
from models.tables.connections import Connection

ENDED: Final = "Pipedrive has ended its connection with Pipenotify. An admin has to connect it again."
UNPAID: Final = "Pipedrive says that your company's account is closed or unpaid."
FULL: Final = (
    "This Pipedrive user has 40 webhooks, as many as Pipedrive allows. "
    "Remove some there, or connect as another admin."
)
FORBIDDEN: Final = (
    "Pipedrive does not let Pipenotify manage its webhooks. Connect again as a Pipedrive admin, "
    "and allow webhooks when Pipedrive asks."
)
UNREACHABLE: Final = (
    "Pipedrive refuses the address of Pipenotify. It has to be a public https address (BASE_URL)."
)
TWICE: Final = (
    "Another webhook in Pipedrive still leads to Pipenotify and cannot be removed from here. "
    "Delete it in Pipedrive: Tools and apps, Webhooks."
)
FAILING: Final = (
    "Some changes in Pipedrive did not get through to Pipenotify. It looks for what was missed by itself."
)
SILENT: Final = "Pipedrive did not answer the last times Pipenotify asked. It tries again by itself."
UNREADABLE: Final = (
    "What Pipedrive authorised cannot be opened with the keys at hand. An admin has to connect it again."
)
NO_APP: Final = (
    "Pipedrive refuses this installation's app. Whoever runs Pipenotify has to check PIPEDRIVE_CLIENT_ID and "
    "PIPEDRIVE_CLIENT_SECRET."
)
WORST_FIRST: Final = (
    ENDED,
    UNREADABLE,
    NO_APP,
    UNPAID,
    FORBIDDEN,
    FULL,
    UNREACHABLE,
    FAILING,
    TWICE,
    SILENT,
)
NOTIFIED_ELSEWHERE: Final = frozenset((ENDED,))  # whoever noticed that it ended has said so, once

BACK: Final = Notice(
    "Pipedrive's webhooks were missing",
    "Pipedrive had removed webhooks of Pipenotify. They are registered again, and what was missed meanwhile "
    "is being looked for.",
)
PARTIAL: Final = Notice(
    "Pipenotify hears of a part of your Pipedrive",
    "Whoever connected it is no admin in Pipedrive, so Pipenotify hears of what they may see alone. "
    "Let a Pipedrive admin connect it again to hear of everything.",
)
WELL: Final = Notice("Pipedrive is connected well again", "Nothing is in the way of your cards any more.")
PROBLEM_TITLE: Final = "Pipenotify has trouble with Pipedrive"


def as_problem(sentences: Collection[str]) -> str:
    """Return what `Connection.problem` holds, at most 500 characters: the worst first."""
    problem = ""
    for sentence in WORST_FIRST:
        longer = f"{problem} {sentence}".strip()
        if sentence in sentences and len(longer) <= 500:
            problem = longer
    return problem


def sentences_of(problem: str) -> frozenset[str]:
    """Return the sentences a stored problem is made of."""
    return frozenset(sentence for sentence in WORST_FIRST if sentence in problem)


def settle(session: Session, row: Connection, sentences: Iterable[str], page: str) -> None:
    """Store what is wrong; tell the admins where that is news for the worse, and once when all is well.

    `page` is where they can do something about it. What no longer fits into the row is not told either.
    """
    before = sentences_of(row.problem)
    row.problem = as_problem(frozenset(sentences))
    now_wrong = sentences_of(row.problem)
    news = now_wrong - before - NOTIFIED_ELSEWHERE
    if news:
        words = as_problem(news)
        notify_admins(session, row.tenant_id, Notice(PROBLEM_TITLE, words, "Open the setup page", page))
    elif before - NOTIFIED_ELSEWHERE and not now_wrong:
        notify_admins(session, row.tenant_id, WELL)
