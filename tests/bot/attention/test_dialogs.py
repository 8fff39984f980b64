"""The dialog that mutes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.attention.mute_form import SPANS
from models.attention.durations import read_duration
from models.clock import now
from models.database.engine import Database
from models.tables import AuditEntry, Mute, MuteScope
from tests.chat import CLEO, Chat, add_sales_rep

DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}


@pytest.mark.parametrize("span", SPANS)
def test_every_span_that_is_offered_is_a_duration(span: str) -> None:
    assert read_duration([span], now(), "UTC").rest == ()


def scopes(database: Database) -> list[str]:
    with database.reading_all() as session:
        return list(session.scalars(select(Mute.scope)))


def test_the_dialog_offers_this_space_first_and_an_hour(chat: Chat) -> None:
    assert chat.open("mute.open").values() == {"where": ["here"], "span": ["1h"], "clock": []}
    assert Chat(chat.deps, chat.dialect, space=DM).open("mute.open").values()["where"] == ["me"]


@pytest.mark.parametrize(("where", "scope"), [("here", "space"), ("me", "user"), ("team", "tenant")])
def test_saving_mutes_what_was_chosen(chat: Chat, database: Database, where: str, scope: str) -> None:
    reply = chat.submit("mute.save", {"where": [where], "span": ["4h"], "clock": []})
    assert reply.title.startswith("Muted until")
    assert scopes(database) == [MuteScope(scope)]


def test_the_same_interaction_mutes_once(chat: Chat, database: Database) -> None:
    form = {"where": ["here"], "span": ["1h"], "clock": list[str]()}
    first, repeat = (chat.submit("mute.save", form, at="2026-11-20T10:00:00Z") for _ in range(2))
    assert first.card == repeat.card
    with database.reading_all() as session:
        entries = session.scalars(select(AuditEntry.action)).all()
    assert entries.count("mute.set") == 1


@pytest.mark.parametrize("clock", ["15:00", "until 15:00", "9"])
def test_a_time_of_day_counts_more_than_the_choice(chat: Chat, database: Database, clock: str) -> None:
    reply = chat.submit("mute.save", {"where": ["me"], "span": ["30m"], "clock": [clock]})
    assert reply.title.startswith("Muted until"), reply.card
    with database.reading_all() as session:
        assert session.scalars(select(Mute)).one().until.second == 0


def test_what_is_refused_is_shown_with_all_that_was_filled_in(chat: Chat, database: Database) -> None:
    reply = chat.submit("mute.save", {"where": ["me"], "span": ["4h"], "clock": ["noon"]})
    assert reply.how == "dialog"
    assert reply.has("Until when?")
    assert reply.values() == {"where": ["me"], "span": ["4h"], "clock": ["noon"]}
    assert scopes(database) == []


def test_a_sales_rep_is_offered_no_team_and_told_of_the_four_hours(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    rep = Chat(chat.deps, chat.dialect, CLEO)
    assert not rep.open("mute.open").has("The whole team")
    reply = rep.submit("mute.save", {"where": ["here"], "span": ["tomorrow"], "clock": []})
    assert reply.has("up to 4 hours")
    assert scopes(database) == []


def test_a_viewer_is_offered_only_themselves(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0], CLEO, "viewer")
    viewer = Chat(chat.deps, chat.dialect, CLEO)
    dialog = viewer.open("mute.open")
    assert dialog.values()["where"] == ["me"]
    assert not dialog.has("This space")
    viewer.submit("mute.save", {"where": ["here"], "span": ["1h"], "clock": []})
    assert scopes(database) == []
