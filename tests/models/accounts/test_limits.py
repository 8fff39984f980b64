"""Invitations and exports have limits of their own: each stops at its number, and stops nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.actions import invite_user
from models.accounts.actor import Actor
from models.database.engine import Database, Session
from models.errors import TooOften
from models.maintenance.export import begin_team_export
from models.maintenance.person_data import begin_person_export, read_person_rows
from models.tables import Role, User
from tests.chat import two_tenants

Act = Callable[[Session, Actor, int], object]


@pytest.fixture
def admins(database: Database) -> tuple[Actor, Actor]:
    """Ada of Acme and Bob of Bolt."""
    ours, theirs = two_tenants(database)
    return tuple(  # type: ignore[return-value]  # of two
        Actor(name, tenant_id, role=Role.ADMIN, is_certain=True)
        for name, tenant_id in (("ada@acme.test", ours), ("bob@bolt.test", theirs))
    )


def invite(session: Session, actor: Actor, number: int) -> None:
    invite_user(session, actor, f"new{number}@x.test", "viewer")


def export(session: Session, actor: Actor, number: int) -> None:
    """Export a team and a person by turns: they have one limit together."""
    user = session.scalars(select(User.id).where(User.email == actor.name)).one()
    if number % 2:
        begin_team_export(session, actor)
    else:
        begin_person_export(session, actor, user)


@pytest.mark.parametrize(
    ("act", "other", "most", "wait_s"), [(invite, export, 50, 3600), (export, invite, 10, 300)]
)
def test_an_act_stops_at_its_own_number_for_its_own_team(
    database: Database,
    admins: tuple[Actor, Actor],
    act: Act,
    other: Act,
    most: int,
    wait_s: int,
) -> None:
    ada, bob = admins
    with database.writing(ada.tenant) as session:
        for number in range(most):
            act(session, ada, number)
    with database.writing(ada.tenant) as session, pytest.raises(TooOften) as refused:
        act(session, ada, most)
    assert wait_s - 60 <= refused.value.retry_after <= wait_s + 1
    assert f"Please try again in {wait_s // 60} minutes." in refused.value.user_message
    with database.writing(ada.tenant) as session:
        other(session, ada, 0)
    with database.writing(bob.tenant) as session:
        act(session, bob, most + 1)

    with time_machine.travel(timedelta(seconds=wait_s)), database.writing(ada.tenant) as session:
        act(session, ada, most)


def test_an_export_that_is_read_page_by_page_counts_once(
    database: Database, admins: tuple[Actor, Actor]
) -> None:
    ada, _ = admins
    with database.writing(ada.tenant) as session:
        user = session.scalars(select(User.id).where(User.email == ada.name)).one()
        read = partial(read_person_rows, session, ada, user, "user")
        for after in range(30):
            read(after, 1)
        for _ in range(9):
            read(0, 1)
        with pytest.raises(TooOften):
            read(0, 1)
        read(1, 1)
