"""What a worker has at hand before it says that it is ready, so that its first cards wait for nothing."""

from __future__ import annotations

from typing import Final

import structlog

from bot.cards.event import event_card
from jobs.events.create import write_inserts
from models.accounts.queries import active_tenants, languages_of_tenants
from models.clock import monotonic
from models.database.direct import DirectStatement
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.languages.translate import speaking
from models.pipedrive.change import read
from models.pipedrive.names import NO_NAMES
from models.rules.rulesets import Rulesets
from models.rules.sample_event import made_up_body

MOST_S: Final = 3.0  # later tenants' rules are read with their first event
AT_ONCE: Final = 16  # rulesets for which one transaction reads
DRAWN: Final = ("deal.value_changed", "activity.updated")  # with an amount, and with a date

log = structlog.get_logger()


def warm_up(database: Database, rulesets: Rulesets) -> int:
    """Prepare what events need, and read and compile the rules of tenants; return of how many tenants.

    The statements of the hot road are written, and a card is drawn in each language: what Babel knows of one
    is read when it is first asked for, which takes as long as a hundred cards.

    It goes on for as long as there is time, and never fails: a database that is away now is reported by
    whoever needs it.
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
            done += len(rulesets.read(database, tenants[start : start + AT_ONCE]))
    except DatabaseUnavailable as away:
        log.warning("database.away", why=str(away))
        return done
    for language in languages:
        if monotonic() <= until:
            _draw_cards(language)
    return done


def _draw_cards(language: str) -> None:
    try:
        with speaking(language):
            for each in DRAWN:
                if change := read(made_up_body(each)):
                    event_card(change, NO_NAMES, look="detailed")
    except Exception:  # a worker starts whatever is wrong with the card of one language
        log.exception("warm_up.card_not_drawn", language=language)
