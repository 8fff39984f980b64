"""A check that nobody acts on for two weeks offers to switch itself off: one card to the admins."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.deliveries.notices import Notice, notify_admins, press_url
from models.languages.translate import for_later, marked
from models.nudges.cards import FIXED
from models.nudges.checks import CHECKS
from models.nudges.settings import OFFERED, SINCE
from models.nudges.snoozes import SNOOZED
from models.tables.nudges import NudgeCard, NudgeLine, NudgeSettings

AFTER: Final = timedelta(days=14)
LEAST_ASKED: Final = 5  # lines: of fewer, nothing can be said


def offer_to_end(session: Session, tenant_id: int, at: datetime) -> list[str]:
    """Offer the admins to switch off the checks that nobody acted on; return them.

    Each is offered once, until somebody keeps it. The session is a writing one of the tenant.
    """
    row = session.get(NudgeSettings, tenant_id, with_for_update=True)
    if row is None or not row.is_on:
        return []
    ready = [
        name
        for name, state in row.checks.items()
        if name in CHECKS and OFFERED not in state and datetime.fromisoformat(state[SINCE]) <= at - AFTER
    ]
    if not ready:
        return []
    asked, acted = _counts(session, tenant_id, at - AFTER)
    unheeded = [name for name in ready if asked[name] >= LEAST_ASKED and not acted[name]]
    for name in unheeded:
        row.checks = {**row.checks, name: {**row.checks[name], OFFERED: at.isoformat()}}
        notify_admins(session, tenant_id, _notice(name, asked[name]))
    session.flush()
    return unheeded


def _counts(session: Session, tenant_id: int, since: datetime) -> tuple[Counter[str], Counter[str]]:
    """Return by check how many lines people were asked for since then, and on how many they acted."""
    of_card = (NudgeCard.tenant_id == NudgeLine.tenant_id) & (NudgeCard.id == NudgeLine.card_id)
    mine = (NudgeLine.tenant_id == tenant_id, NudgeLine.asked_at >= since, NudgeCard.delivery_id.is_not(None))
    columns = select(NudgeLine.check_name, NudgeLine.gone_because, func.count())
    query = columns.select_from(NudgeLine).join(NudgeCard, of_card).where(*mine)
    asked, acted = Counter[str](), Counter[str]()
    for name, why, count in session.execute(query.group_by(NudgeLine.check_name, NudgeLine.gone_because)):
        asked[name] += count
        acted[name] += count if why in (FIXED, SNOOZED) else 0
    return asked, acted


def _notice(name: str, count: int) -> Notice:
    title = for_later("Nobody acts on the nudge “{check}”", check=CHECKS[name].text)
    words = for_later("It asked {count} times in two weeks, and nothing was mended or put off.", count=count)
    further = for_later("Switch it off, or keep it for two weeks more.")
    buttons = [
        (marked("Switch it off"), press_url("nudge.check_off", check=name)),
        (marked("Keep it"), press_url("nudge.check_keep", check=name)),
    ]
    labels, urls = zip(*buttons, strict=True)
    return Notice(title, f"{words} {further}", "\n".join(labels), "\n".join(urls))
