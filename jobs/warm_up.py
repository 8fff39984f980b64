"""What a worker has at hand before it says that it is ready, so that its first cards wait for nothing.

`warm_up` is for all of its processes, `rehearse` for each that delivers: what they share with their parent is
copied where they first use it, and a connection prepares each statement at its first run.
"""

from __future__ import annotations

from typing import Final

import structlog

from bot.cards.event import event_card
from jobs.drain_step import DrainStep
from jobs.events.create import write_inserts
from jobs.names.cache import NameCache
from models.accounts.queries import active_tenants, languages_of_tenants
from models.clock import monotonic
from models.database.batch import BatchStatement
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.languages.catalog import ENGLISH
from models.languages.translate import speaking
from models.pipedrive.change import read
from models.pipedrive.names import NO_NAMES
from models.rules.rulesets import Rulesets
from models.rules.sample_event import made_up_body

MOST_S: Final = 3.0  # rules and names of later tenants are read with their first event
AT_ONCE: Final = 16  # tenants for which one transaction reads
DRAWN: Final = ("deal.value_changed", "activity.updated")  # with an amount, and with a date

log = structlog.get_logger()


def warm_up(database: Database, rulesets: Rulesets, names: NameCache) -> int:
    """Prepare what events need, and read the rules and names of tenants; return of how many tenants.

    The statements of the hot road are written, and a card is drawn in each language: what Babel knows of one
    is read when it is first asked for, which takes as long as a hundred cards.

    It goes on for as long as there is time. That the database is away is no failure: who needs it reports it.
    """
    until, done = monotonic() + MOST_S, 0
    try:
        with database.reading_all() as session:
            tenants, languages = active_tenants(session), languages_of_tenants(session)
        DirectStatement.write_all(database.engine.dialect)
        write_inserts(database)
        for start in range(0, len(tenants), AT_ONCE):
            if monotonic() > until:
                break
            some = tenants[start : start + AT_ONCE]
            done += len(rulesets.read(database, some))
            names.read_frequent(some)
    except DatabaseUnavailable as away:
        log.warning("database.away", why=str(away))
        return done
    for language in languages:
        if monotonic() <= until:
            _draw_cards(language)
    return done


def rehearse(database: Database, step: DrainStep) -> None:
    """Open this thread's connection, read and prepare what a step of a drain does, and draw a card."""
    try:
        with database.keeping_connection():
            step.look()
            BatchStatement.prepare_all(database)
    except DatabaseUnavailable as away:
        log.warning("database.away", why=str(away))
    _draw_cards(ENGLISH)


def _draw_cards(language: str) -> None:
    try:
        with speaking(language):
            for each in DRAWN:
                if change := read(made_up_body(each)):
                    event_card(change, NO_NAMES, look="detailed")
    except Exception:  # a worker starts whatever is wrong with the card of one language
        log.exception("warm_up.card_not_drawn", language=language)
