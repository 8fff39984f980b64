"""Faults of what is pressed on cards, and of what is written to Pipedrive for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update

from bot.chat.interaction import Interaction
from jobs.card_actions import perform, write
from jobs.events import fan_out
from jobs.to_pipedrive import client
from models.card_actions import work
from models.card_actions.work import ClaimedAction
from models.database.direct import DirectStatement
from models.database.lists import one_of
from models.deliveries import lane_sql
from models.tables.card_actions import CardAction, CardActionState
from models.tables.deliveries import Lane
from tests.simulation.planted.register import fault


@fault("a note is written again after an unclear answer")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ClaimedAction, "is_repeat", property(lambda _: False))


@fault("a worker that stood still writes beside another")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(client, "WRITE_ENDS_IN", timedelta(days=-1))


@fault("a write is repeated before the first one can be read")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(write, "wait_to_repeat", lambda _error, usual: usual)


@fault("of two who press, the second one overwrites the first")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(perform, "FIRST_ONLY", ())
    patch.setattr(work, "_written_since", lambda *_: None)


@fault("a repeated interaction counts twice")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Interaction, "key", property(lambda _: None))


@fault("the end of a press reaches no card")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(work, "mark_due", lambda *_: None)


@fault("what was pressed on a card comes as another card")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fan_out, "skip_echoes", lambda *_: None)


@fault("what a killed worker had begun waits for ever")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = work.due_actions

    def due(session: Any, at: Any) -> list[tuple[int, int]]:
        ids = select(CardAction.id).where(CardAction.state == CardActionState.WRITING)
        begun = set(session.scalars(ids))
        return [each for each in of_engine(session, at) if each[1] not in begun]

    patch.setattr(write, "due_actions", due)


@fault("a space that rests is written by another worker")
def _(patch: pytest.MonkeyPatch) -> None:
    lane: Any = Lane.__table__
    is_chosen = (one_of(lane.c.lane, "lanes"), lane_sql.IS_A_PAIR, lane_sql.IS_FREE)
    values = {
        "lease_token": bindparam("b_token"),
        "lease_until": bindparam("b_until", type_=lane.c.lease_until.type),
    }
    patch.setattr(lane_sql, "CLAIM", DirectStatement(update(lane).where(*is_chosen).values(values)))
