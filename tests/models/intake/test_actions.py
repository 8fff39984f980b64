"""Forms are made by admins; what is entered is one row, whatever is repeated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.intake import actions
from models.intake.actions import Entered, accept, create_form, revoke_form, try_again
from models.intake.queries import form_of_token, list_forms, list_submissions
from models.intake.work import (
    claim_submission,
    due_submissions,
    finish_submission,
    give_up,
    keep_step,
    put_off,
)
from models.tables.leads import IntakeForm, IntakeSubmission
from tests.conftest import TwoTenants
from tests.models.acting import add_person, later
from tests.models.rows import add

JANA = Entered("Jana", "jana@globex.test", title="Globex", message="Hello", agreed=True)


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    return add_person(database, tenants.ours, role="admin")


@pytest.fixture
def form(database: Database, admin: Actor) -> IntakeForm:
    with database.writing(admin.tenant) as session:
        return create_form(
            session, admin, "Contact", origins=["https://Acme.test/"], consent="You may write"
        )[0]


def enter(database: Database, form: IntakeForm, entered: Entered = JANA) -> int:
    with database.writing(form.tenant_id) as session:
        return accept(session, form, entered).id


def test_a_form_is_found_by_its_token_until_it_is_revoked(database: Database, admin: Actor) -> None:
    with database.writing(admin.tenant) as session:
        made, token = create_form(session, admin, " Contact ", origins=["https://Acme.test/"])
    assert (made.name, made.origins, made.last_four) == ("Contact", ["https://acme.test"], token[-4:])
    with database.reading_all() as session:
        found = form_of_token(session, token)
        assert found is not None
        assert found.id == made.id
        assert form_of_token(session, "in_other") is form_of_token(session, "no secret!") is None

    with database.writing(admin.tenant) as session:
        revoke_form(session, admin, made.id)
    with database.reading_all() as session:
        assert form_of_token(session, token) is None


@pytest.mark.parametrize("origins", [["acme.test"], ["ftp://acme.test"], ["https://acme.test/x"]])
def test_a_form_needs_a_name_and_real_sites(database: Database, admin: Actor, origins: list[str]) -> None:
    with database.writing(admin.tenant) as session:
        for name, sites in ((" ", []), ("Contact", origins)):
            with pytest.raises(InvalidRequest):
                create_form(session, admin, name, origins=sites)


def test_only_admins_of_the_team_see_and_change_forms(
    database: Database, form: IntakeForm, tenants: TwoTenants
) -> None:
    rep, other = (
        add_person(database, tenants.ours, "Ben"),
        add_person(database, tenants.theirs, "Eve", role="admin"),
    )
    with database.writing(rep.tenant) as session:
        for refused in (list_forms, list_submissions):
            with pytest.raises(NotAllowed):
                refused(session, rep)
        with pytest.raises(NotAllowed):
            create_form(session, rep, "Mine")
    with database.writing(other.tenant) as session:
        assert list_forms(session, other) == []
        assert list_submissions(session, other) == []
        with pytest.raises(NotFound):
            revoke_form(session, other, form.id)


def test_the_same_twice_is_one_and_the_same_mail_joins(
    database: Database, form: IntakeForm, admin: Actor
) -> None:
    first = enter(database, form)
    assert enter(database, form) == first
    second = enter(database, form, replace(JANA, message="More"))
    enter(database, form, replace(JANA, email="other@globex.test"))
    with database.reading(admin.tenant) as session:
        found = {
            each.id: (each.joined_id, each.consent, name) for each, name in list_submissions(session, admin)
        }

    assert len(found) == 3
    assert found[first] == (None, "You may write", "Contact")
    assert found[second][0] == first


@pytest.mark.parametrize(("seconds", "is_same"), [(2, True), (599, True), (602, False)])
def test_the_same_again_within_ten_minutes_is_one_whatever_the_clock_shows(
    database: Database, form: IntakeForm, monkeypatch: pytest.MonkeyPatch, seconds: int, is_same: bool
) -> None:
    before = datetime(2026, 11, 20, 11, 59, 59, tzinfo=UTC)  # ten minutes of the clock are nearly over
    monkeypatch.setattr(actions, "now", lambda: before)
    first = enter(database, form)
    with database.writing(form.tenant_id) as session:
        mine = IntakeSubmission.tenant_id == form.tenant_id
        session.execute(update(IntakeSubmission).where(mine).values(created_at=before))
    monkeypatch.setattr(actions, "now", lambda: before + timedelta(seconds=seconds))

    assert (enter(database, form) == first) is is_same


def test_without_the_consent_nothing_is_stored(database: Database, form: IntakeForm) -> None:
    with pytest.raises(InvalidRequest):
        enter(database, form, replace(JANA, agreed=False))


def test_one_worker_has_it_and_one_that_lost_its_lease_stores_nothing(
    database: Database, form: IntakeForm, admin: Actor
) -> None:
    number, tenant = enter(database, form), admin.tenant
    with database.reading_all() as session:
        assert due_submissions(session, later(1)) == [(tenant, number)]
    with database.writing(tenant) as session:
        lost = claim_submission(session, tenant, number, "a", later(1), later(2))
        assert claim_submission(session, tenant, number, "b", later(1), later(9)) is None
    with database.writing(tenant) as session:
        held = claim_submission(session, tenant, number, "b", later(3), later(9))
    assert lost is not None
    assert held is not None
    with database.writing(tenant) as session:
        assert not keep_step(session, lost, lead_id="x")
        assert keep_step(session, held, lead_id="y")
        assert put_off(session, held, later(4), "away", counts=True)
        assert not finish_submission(session, held, later(4))


def test_two_of_one_tenant_are_never_written_at_once(
    database: Database, form: IntakeForm, tenants: TwoTenants
) -> None:
    first = enter(database, form)
    second = enter(database, form, replace(JANA, email="", message="Again"))
    foreign = IntakeForm(
        tenant_id=tenants.theirs, name="Theirs", token_hash="t", last_four="abcd", origins=[]
    )
    add(database, foreign)
    third = enter(database, foreign)
    with database.writing(tenants.ours) as session:
        held = claim_submission(session, tenants.ours, first, "a", later(1), later(9))
    assert held is not None
    with database.reading_all() as session:
        assert due_submissions(session, later(2)) == [(tenants.theirs, third)]
    with database.writing(tenants.ours) as session:
        assert claim_submission(session, tenants.ours, second, "b", later(2), later(9)) is None
    with database.writing(tenants.theirs) as session:
        assert claim_submission(session, tenants.theirs, third, "b", later(2), later(9)) is not None
    with database.writing(tenants.ours) as session:
        assert finish_submission(session, held, later(3))
        assert claim_submission(session, tenants.ours, second, "b", later(3), later(9)) is not None


def test_what_is_given_up_is_kept_and_tried_again_by_an_admin(
    database: Database, form: IntakeForm, admin: Actor
) -> None:
    number, tenant = enter(database, form), admin.tenant
    with database.writing(tenant) as session:
        held = claim_submission(session, tenant, number, "a", later(1), later(9))
        assert held is not None
        give_up(session, held, later(1), "refused")
    with database.reading(tenant) as session:
        ((found, _),) = list_submissions(session, admin)
        assert (found.state, found.problem, found.message) == ("dead", "refused", "Hello")
    with database.writing(tenant) as session:
        assert try_again(session, admin, number).state == "pending"
        with pytest.raises(NotFound):
            try_again(session, admin, number)
