"""The cards of an object follow what is done on one of them: paced, silent, behind due cards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.card_actions.update_copies import CopyUpdater
from jobs.deliveries.prepare import Preparation
from jobs.names.cache import NameCache
from models.card_actions.actions import record_press
from models.card_actions.copies import mark_due
from models.clock import now
from models.connections.names import remember
from models.pipedrive.names import Name
from models.tables import CardAction, CardCopy, Delivery, Lane
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, NoSource, deal, link
from tests.models.acting import add_person, due_copies_of, later, press_on
from web.playground.faults import Fault


@pytest.fixture
def updater(bench: Bench) -> CopyUpdater:
    preparation = Preparation(bench.database, NameCache(bench.database, NoSource()), bench.rulesets)
    return CopyUpdater(bench.settings, bench.database, preparation, bench.clients.chat)


@pytest.fixture
def cards(bench: Bench, tenants: TwoTenants) -> list[Delivery]:
    """Deal 7 has its card in two spaces, and both lanes rest no more."""
    for space in (SPACE, OTHER_SPACE):
        link(bench.database, tenants.ours, space)
    bench.clock.at = now() - timedelta(minutes=5)
    bench.receive(tenants.ours, deal(7))
    bench.spread()
    bench.send_all()
    return bench.deliveries(tenants.ours)


def win(bench: Bench, tenants: TwoTenants, card: Delivery) -> None:
    """Ada has marked it as won, and the copies are due."""
    ada = add_person(bench.database, tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        made = record_press(session, ada, press_on(card)).action
        made.state, made.finished_at = "done", now()
        mark_due(session, tenants.ours, "deal", "7", card.id, now())


def lane(bench: Bench, tenants: TwoTenants, **values: Any) -> None:
    with bench.database.writing(tenants.ours) as session:
        session.execute(update(Lane).where(Lane.tenant_id == tenants.ours).values(values))


def test_a_delivered_card_is_recorded_as_a_copy(
    bench: Bench, cards: list[Delivery], tenants: TwoTenants
) -> None:
    with bench.database.reading(tenants.ours) as session:
        rows = session.scalars(select(CardCopy).where(CardCopy.tenant_id == tenants.ours)).all()
    assert {(each.lane, each.message_name) for each in rows} == {
        (each.lane, each.message_name) for each in cards
    }
    assert {(each.entity, each.object_id) for each in rows} == {("deal", "7")}


def test_every_copy_shows_what_was_done_on_one(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    assert updater.step()
    assert due_copies_of(bench.database, tenants.ours) == []

    for space in (SPACE, OTHER_SPACE):
        (card,) = bench.chat.cards(space)
        assert "Ada marked it as won" in str(card)
        assert "deal.won" not in str(card)
    assert not updater.step()


def test_a_copy_names_the_stage_and_the_person_that_were_chosen(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    ada = add_person(bench.database, tenants.ours)
    names = {("stage", "3"): Name("Demo scheduled"), ("user", "2"): Name("Ben Okafor")}
    with bench.database.writing_all() as session:
        remember(session, {(tenants.ours, pair): name for pair, name in names.items()})
    done = {"deal.move": ("stage_id", 3), "deal.assign": ("owner_id", 2)}
    for do, (slot, value) in done.items():
        with bench.database.writing(tenants.ours) as session:
            made = record_press(session, ada, press_on(cards[0], do, fields={slot: value})).action
            made.state, made.finished_at = "done", now()
            mark_due(session, tenants.ours, "deal", "7", cards[0].id, now())
    while updater.step():
        pass

    for space in (SPACE, OTHER_SPACE):
        assert "Demo scheduled" in str(bench.chat.cards(space))
        assert "Ben Okafor" in str(bench.chat.cards(space))


def test_the_space_rests_after_an_update_as_after_a_card(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    updater.step()

    for space in (SPACE, OTHER_SPACE):
        row = bench.lane(tenants.ours, space)
        assert row.free_at is not None
        assert row.free_at > now()
        assert (row.lease_token, row.lease_until) == (None, None)


def test_due_cards_go_first(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    lane(bench, tenants, due_at=later(-1))

    assert not updater.step()
    assert len(due_copies_of(bench.database, tenants.ours)) == 2


def test_an_update_that_is_too_old_is_dropped(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    with bench.database.writing(tenants.ours) as session:
        mine = CardCopy.tenant_id == tenants.ours
        session.execute(update(CardCopy).where(mine).values(update_due_at=later(-700)))
    written = len(bench.chat.requests)
    updater.step()

    assert due_copies_of(bench.database, tenants.ours) == []
    assert len(bench.chat.requests) == written


@pytest.mark.parametrize("status", [400, 403, 500])
def test_an_update_that_fails_is_dropped_without_trace(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants, status: int
) -> None:
    bench.chat.faults.order(Fault(times=2, status=status))
    win(bench, tenants, cards[0])
    updater.step()

    assert due_copies_of(bench.database, tenants.ours) == []
    assert {each.state for each in bench.deliveries(tenants.ours)} == {"delivered"}


def test_a_429_waits_as_told_and_goes_on(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    bench.chat.faults.order(Fault(times=2, status=429, headers={"Retry-After": "30"}))
    win(bench, tenants, cards[0])
    updater.step()

    assert len(due_copies_of(bench.database, tenants.ours)) == 2
    assert not updater.step()
    lane(bench, tenants, free_at=None)
    assert updater.step()
    assert due_copies_of(bench.database, tenants.ours) == []


def test_a_message_that_was_deleted_is_forgotten(
    bench: Bench, updater: CopyUpdater, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    gone = bench.chat.store.find(str(cards[0].message_name))
    assert gone is not None
    bench.chat.store.delete(gone)
    updater.step()

    with bench.database.reading(tenants.ours) as session:
        left = session.scalars(select(CardCopy.message_name).where(CardCopy.tenant_id == tenants.ours)).all()
    assert left == [cards[1].message_name]


def test_the_webhook_of_our_own_write_makes_no_second_card_there(
    bench: Bench, cards: list[Delivery], tenants: TwoTenants
) -> None:
    win(bench, tenants, cards[0])
    with bench.database.writing(tenants.ours) as session:
        mine = CardAction.tenant_id == tenants.ours
        session.execute(update(CardAction).where(mine).values(started_at=later(-1), lane=SPACE))
    bench.clock.at = now()
    echo = deal(7, action="change", status="won") | {"previous": {"status": "open"}}
    bench.receive(tenants.ours, echo)
    bench.spread()

    ended = {each.lane: (each.state, each.reason) for each in bench.deliveries(tenants.ours)[2:]}
    assert ended[SPACE] == ("skipped", "the card there shows it already")
    assert ended[OTHER_SPACE][0] == "pending", "a win is never hidden where it was not pressed"
    bench.receive(tenants.ours, deal(7, action="change", value=5) | {"previous": {"value": 1}})
    bench.spread()
    assert {each.state for each in bench.deliveries(tenants.ours)[4:]} == {"pending"}
