"""Single windows of quiet hours: whose they are decides who reads and changes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.accounts.actor import Actor
from models.attention.windows import (
    WindowDraft,
    add_window,
    change_window,
    get_window,
    list_windows,
    place_names,
    place_target,
    remove_window,
    target_of_window,
)
from models.database.engine import Database
from models.errors import NotAllowed, NotFound
from models.tables import User
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add, space

NIGHT = WindowDraft("19:00", "08:00", ["mon", "fri"], "Europe/Prague")


@pytest.fixture
def people(database: Database, tenants: TwoTenants) -> tuple[Actor, Actor]:
    """An admin and a viewer of ours; each team has a space."""
    users = [
        User(tenant_id=tenants.ours, email="ada@acme.test", role=Role.ADMIN),
        User(tenant_id=tenants.ours, email="vi@acme.test", role=Role.VIEWER),
    ]
    add(database, *users, space(tenants.ours), space(tenants.theirs, "spaces/THEIRS"))
    ada, vi = (Actor(user.email, tenants.ours, user_id=user.id, role=user.role) for user in users)
    return ada, vi


def test_a_window_is_added_changed_and_removed(database: Database, people: tuple[Actor, Actor]) -> None:
    ada, _ = people
    with database.writing(ada.tenant) as session:
        here = place_target(session, ada, "space", space="spaces/AAAA")
        made = add_window(session, ada, here, NIGHT)
        assert (made.starts, made.ends, made.days, made.lets_urgent_through) == (
            "19:00",
            "08:00",
            ["mon", "fri"],
            False,
        )
        assert target_of_window(made) == here
        changed = change_window(
            session, ada, made, replace(NIGHT, starts="00:00", ends="24:00", enabled=False)
        )
        assert (changed.ends, changed.is_enabled) == ("00:00", False)
        assert place_names(session, ada.tenant)[0] == {here.space_id: "spaces/AAAA"}
        remove_window(session, ada, get_window(session, ada, made.id))
        with pytest.raises(NotFound):
            get_window(session, ada, made.id)


def test_a_viewer_has_windows_of_their_own_and_changes_no_others(
    database: Database, people: tuple[Actor, Actor]
) -> None:
    ada, vi = people
    with database.writing(ada.tenant) as session:
        of_team = add_window(session, ada, place_target(session, ada, "tenant"), NIGHT)
        of_ada = add_window(session, ada, place_target(session, ada, "user"), NIGHT)
        of_vi = add_window(session, vi, place_target(session, vi, "user", email="VI@acme.test"), NIGHT)
        assert [each.id for each in list_windows(session, vi)] == [of_team.id, of_vi.id]
        assert len(list_windows(session, ada)) == 3
        with pytest.raises(NotAllowed):
            remove_window(session, vi, of_team)
        with pytest.raises(NotFound):
            get_window(session, vi, of_ada.id)


def test_another_teams_space_is_no_place(database: Database, people: tuple[Actor, Actor]) -> None:
    ada, _ = people
    with database.reading(ada.tenant) as session, pytest.raises(NotFound):
        place_target(session, ada, "space", space="spaces/THEIRS")
