"""A quarter of a pipeline with 20 people: nobody is asked for what is well, and what is mended goes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select

from models.accounts.actor import system
from models.connections.names import remember
from models.database.engine import Database
from models.nudges.cards import latest_card, read_card
from models.nudges.mornings import DueCard, ask, read_morning
from models.nudges.settings import NudgePlan, set_plan
from models.pipedrive.names import Name
from models.tables import NudgeSettings, OpenListCheck, PipedriveUser, User
from tests.conftest import TwoTenants
from tests.engine import HandClock
from tests.models.nudges.quarter import LEAVES, PEOPLE, STRICT_STAGE, STUCK, Found, Pipeline, mornings
from tests.models.stalled.following import change

FIRST: Final = date(2026, 9, 1)
DAYS: Final = 90
LEFT_ON: Final = 30
SEED: Final = 20260901


class Quarter:
    """A team on a clock of the test; `asked` counts the lines that people were asked for."""

    def __init__(self, database: Database, tenants: TwoTenants, clock: HandClock) -> None:
        self.database, self.tenant_id, self.clock = database, tenants.ours, clock
        self.random, self.asked, self.mended = random.Random(SEED), 0, 0
        self.people = self._add_people()
        self.pipeline = Pipeline(database, self.tenant_id, SEED, clock())
        change(database, tenants.theirs, 1, clock(), value=None, owner_id=1)

    def _add_people(self) -> dict[int, int]:
        """Add a user for each person, and what the checks need; return their ids here by those there."""
        at, mine = self.clock(), {"tenant_id": self.tenant_id}
        with self.database.writing_all() as session:
            users = {}
            for number in PEOPLE:
                role = "manager" if number == PEOPLE[0] else "sales_rep"
                user = User(**mine, email=f"p{number}@acme.test", role=role, pipedrive_user_id=str(number))
                user.chat_name = f"users/{number}"
                users[number] = user
            known = (PipedriveUser(**mine, pipedrive_id=str(each), name="P") for each in (*PEOPLE, LEAVES))
            session.add_all([*users.values(), *known])
            read = OpenListCheck(**mine, due_at=at + timedelta(days=400), checked_at=at, progress={})
            session.add(read)
            strict = Name("Offer", {"rotten_days": STUCK[STRICT_STAGE]})
            remember(session, {(self.tenant_id, ("stage", str(STRICT_STAGE))): strict})
            required = {str(STRICT_STAGE): ("expected_close_date",)}
            plan = replace(NudgePlan(), is_on=True, required=required)
            set_plan(session, system(self.tenant_id, "test"), plan, at)
            session.flush()
            return {number: user.id for number, user in users.items()}

    def leave(self) -> None:
        with self.database.writing(self.tenant_id) as session:
            gone = (PipedriveUser.tenant_id == self.tenant_id, PipedriveUser.pipedrive_id == str(LEAVES))
            session.scalars(select(PipedriveUser).where(*gone)).one().is_active = False
        self.pipeline.has_left = True

    def due(self) -> dict[int, DueCard]:
        with self.database.reading(self.tenant_id) as session:
            settings = session.get_one(NudgeSettings, self.tenant_id)
            due, _ = read_morning(session, settings, self.clock())
        return {each.user_id: each for each in due}

    def check_morning(self) -> dict[int, DueCard]:
        """Each card asks for all that the oracle says, and for nothing else."""
        due = self.due()
        for number, user_id in self.people.items():
            found = [(line.check.name, line.deal.id) for line in due[user_id].lines]
            assert len(found) == len(set(found))
            assert set(found) == self.pipeline.expected(number, self.clock()), (number, self.clock())
            self.asked += len(found)
        return due

    def send_and_mend(self, number: int, card: DueCard) -> None:
        """One person gets the card, and mends lines of it one by one: each is gone five seconds later."""
        with self.database.writing(self.tenant_id) as session:
            assert ask(session, self.tenant_id, card, self.clock()) is bool(card.lines)
        sent = {(line.check.name, line.deal.id) for line in card.lines}
        for check, deal in self.random.sample(sorted(sent), min(2, len(sent))):
            self.clock.advance(60)
            self.pipeline.mend(check, deal, self.clock())
            self.clock.advance(5)
            shown = self.shown(number)
            assert (check, deal) not in shown
            assert shown == sent & self.pipeline.expected(number, self.clock())
            self.mended += 1

    def shown(self, number: int) -> Found:
        with self.database.reading(self.tenant_id) as session:
            card = latest_card(session, self.tenant_id, self.people[number])
            assert card is not None
            view = read_card(session, self.tenant_id, card.id, self.clock())
        assert view is not None
        return {(line.check, line.change.object_id) for line in view.lines}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # its queries run on both elsewhere
def test_a_quarter_has_no_false_nudge_and_each_goes_once_it_is_mended(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandClock(datetime(2026, 8, 31, 12, tzinfo=UTC))
    monkeypatch.setattr("models.stalled.track.now", clock)
    quarter = Quarter(database, tenants, clock)
    for day, at in enumerate(mornings(FIRST, DAYS)):
        clock.at = at
        if day == LEFT_ON:
            quarter.leave()
        if at.weekday() >= 5:
            assert quarter.due() == {}
            continue
        due = quarter.check_morning()
        number = PEOPLE[day % len(PEOPLE)]
        quarter.send_and_mend(number, due[quarter.people[number]])
        clock.at = at + timedelta(hours=4)
        quarter.pipeline.live(clock())

    assert quarter.asked > 3000
    assert quarter.mended > 80
