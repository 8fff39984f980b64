"""Who may mute what, for how long; a newer mute replaces the older one; all of it is in the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.attention.actions import may_mute, mute, unmute
from models.attention.mutes import MuteTarget, holding_mutes
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.tables import AuditEntry, Mute, MuteScope, Role, User
from tests.conftest import TwoTenants
from tests.models.rows import add, rule, space

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EMAIL = "cleo@acme.test"


@pytest.fixture
def targets(database: Database, tenants: TwoTenants) -> dict[str, MuteTarget]:
    """What Cleo may want to mute, by a word."""
    here, board = space(tenants.ours, "spaces/HERE"), space(tenants.ours, "spaces/BOARD")
    cleo, ada = User(tenant_id=tenants.ours, email=EMAIL), User(tenant_id=tenants.ours, email="ada@acme.test")
    own, other = rule(tenants.ours, "Own", made_by=EMAIL), rule(tenants.ours, "Other", made_by=ada.email)
    add(database, here, board, cleo, ada, own, other)
    return {
        "team": MuteTarget(MuteScope.TENANT),
        "here": MuteTarget(MuteScope.SPACE, space_id=here.id),
        "another space": MuteTarget(MuteScope.SPACE, space_id=board.id),
        "me": MuteTarget(MuteScope.USER, user_id=cleo.id),
        "somebody else": MuteTarget(MuteScope.USER, user_id=ada.id),
        "own rule": MuteTarget(MuteScope.RULE, rule_id=own.id),
        "another's rule": MuteTarget(MuteScope.RULE, rule_id=other.id),
        "another's rule here": MuteTarget(MuteScope.RULE, space_id=here.id, rule_id=other.id),
        "another's rule for me": MuteTarget(MuteScope.RULE, user_id=cleo.id, rule_id=other.id),
    }


def acting(targets: dict[str, MuteTarget], tenants: TwoTenants, role: Role | None) -> Actor:
    user_id = targets["me"].user_id if role is not None else None
    return Actor(EMAIL, tenants.ours, "Acme", user_id, role, is_certain=True, space="spaces/HERE")


EVERYWHERE = {"team", "here", "another space", "me", "own rule", "another's rule", "another's rule here"}
MAY = {
    Role.ADMIN: {*EVERYWHERE, "another's rule for me"},
    Role.MANAGER: {*EVERYWHERE, "another's rule for me"},
    Role.SALES_REP: {"here", "me", "own rule", "another's rule here", "another's rule for me"},
    Role.ANALYST: {"me", "another's rule for me"},
    Role.VIEWER: {"me", "another's rule for me"},
    None: set(),
}


@pytest.mark.parametrize("role", MAY)
def test_each_role_mutes_what_the_contract_says(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget], role: Role | None
) -> None:
    actor = acting(targets, tenants, role)
    for word, target in targets.items():
        with database.writing(tenants.ours) as session:
            assert may_mute(session, actor, target) is (word in MAY[role]), word
            if word in MAY[role]:
                mute(session, actor, target, NOON + HOUR, NOON)
                assert unmute(session, actor, target, NOON)
                continue
            with pytest.raises(NotAllowed):
                mute(session, actor, target, NOON + HOUR, NOON)
            with pytest.raises(NotAllowed):
                unmute(session, actor, target, NOON)


def test_nobody_is_sent_to_an_admin_for_what_people_choose_themselves(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed) as refused:
        mute(session, admin, targets["somebody else"], NOON + HOUR, NOON)
    assert refused.value.user_message == "Only they themselves can choose this."


def test_a_sales_rep_mutes_a_space_for_up_to_four_hours(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    rep, admin = (acting(targets, tenants, role) for role in (Role.SALES_REP, Role.ADMIN))
    late = NOON + 4 * HOUR + timedelta(seconds=1)
    with database.writing(tenants.ours) as session:
        mute(session, rep, targets["here"], NOON + 4 * HOUR, NOON)
        mute(session, rep, targets["me"], NOON + 24 * HOUR, NOON)
        mute(session, admin, targets["here"], late, NOON)
        for word in ("here", "another's rule here"):
            with pytest.raises(NotAllowed, match="four hours"):
                mute(session, rep, targets[word], late, NOON)


def test_a_newer_mute_of_the_same_target_replaces_the_older_one(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session:
        mute(session, admin, targets["here"], NOON + 3 * HOUR, NOON)
        mute(session, admin, targets["me"], NOON + 2 * HOUR, NOON)
        mute(session, admin, targets["here"], NOON + HOUR, NOON)
        found = holding_mutes(session, tenants.ours, NOON)
        assert [(each.scope, each.until) for each in found] == [
            (MuteScope.SPACE, NOON + HOUR),
            (MuteScope.USER, NOON + 2 * HOUR),
        ]


def test_a_mute_that_is_being_summed_up_is_not_lengthened(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session:
        closed = mute(session, admin, targets["team"], NOON + HOUR, NOON)
        closed.closed_at = NOON + HOUR
        session.flush()
        again = mute(session, admin, targets["team"], NOON + 3 * HOUR, NOON + 2 * HOUR)
        assert again.id != closed.id


def test_ending_what_is_not_muted_changes_nothing(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session:
        assert not unmute(session, admin, targets["here"], NOON)
        mute(session, admin, targets["here"], NOON + HOUR, NOON)
        assert unmute(session, admin, targets["here"], NOON)
        assert not unmute(session, admin, targets["here"], NOON)
        entries = session.execute(select(AuditEntry.action, AuditEntry.object)).all()
    assert [tuple(entry) for entry in entries] == [
        ("mute.set", "spaces/HERE"),
        ("mute.removed", "spaces/HERE"),
    ]


def test_the_audit_trail_names_a_rule_and_its_place(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session:
        mute(session, admin, targets["another's rule here"], NOON + HOUR, NOON)
        mute(session, admin, targets["team"], NOON + HOUR, NOON)
        names = list(session.scalars(select(AuditEntry.object)))
    assert names == ["Other in spaces/HERE", "the whole team"]


def test_what_is_gone_or_over_is_refused(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session:
        with pytest.raises(InvalidRequest):
            mute(session, admin, targets["team"], NOON, NOON)
        for gone in (MuteTarget(MuteScope.SPACE, space_id=999), MuteTarget(MuteScope.RULE, rule_id=999)):
            assert not may_mute(session, admin, gone)
            with pytest.raises(NotFound):
                mute(session, admin, gone, NOON + HOUR, NOON)


def test_another_tenants_space_is_out_of_reach(
    database: Database, tenants: TwoTenants, targets: dict[str, MuteTarget]
) -> None:
    theirs = space(tenants.theirs, "spaces/THEIRS")
    add(database, theirs)
    admin = acting(targets, tenants, Role.ADMIN)
    with database.writing(tenants.ours) as session, pytest.raises(NotFound):
        mute(session, admin, MuteTarget(MuteScope.SPACE, space_id=theirs.id), NOON + HOUR, NOON)
    with database.reading_all() as session:
        assert session.scalars(select(Mute)).all() == []
