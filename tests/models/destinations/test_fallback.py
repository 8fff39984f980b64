"""A fallback is another destination that everybody there may see, and leads nowhere else."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.destinations.actions import choose_fallback
from models.destinations.fallback import set_fallback
from models.destinations.linking import add_direct_message, link_space, remove_destination
from models.destinations.outside import add_email_address
from models.errors import InvalidRequest, NotAllowed
from models.tables import Destination, Role
from tests.conftest import TwoTenants


def acting(tenant_id: int, role: Role = Role.ADMIN) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=role, is_certain=True)


def _space(session: object, tenant_id: int, name: str = "spaces/AAAA") -> Destination:
    link_space(session, tenant_id, name)  # type: ignore[arg-type]
    query = session.query(Destination).filter_by(tenant_id=tenant_id, name=name)  # type: ignore[attr-defined]
    found: Destination = query.one()
    return found


def test_a_fallback_is_no_person_not_itself_and_no_chain(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        deals, other = _space(session, tenants.ours), _space(session, tenants.ours, "spaces/BBBB")
        board = add_email_address(session, tenants.ours, "Board", "board@example.com")
        person = add_direct_message(session, tenants.ours, "ada@acme.test")
        set_fallback(session, deals, board)
        for first, second in (
            (deals, person),
            (person, board),
            (deals, deals),
            (other, deals),
            (board, other),
        ):
            with pytest.raises(InvalidRequest):
                set_fallback(session, first, second)
        assert deals.fallback_id == board.id
        set_fallback(session, deals, None)
        assert deals.fallback_id is None


def test_a_removed_destination_is_nobodys_fallback(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        deals = _space(session, tenants.ours)
        board = add_email_address(session, tenants.ours, "Board", "board@example.com")
        set_fallback(session, deals, board)
        remove_destination(session, tenants.ours, board)
        session.refresh(deals)
        assert deals.fallback_id is None


def test_only_who_may_change_spaces_chooses_one_of_the_own_tenant(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing(tenants.theirs) as session:
        add_email_address(session, tenants.theirs, "Theirs", "eve@example.com")
    with database.writing(tenants.ours) as session:
        deals = _space(session, tenants.ours)
        add_email_address(session, tenants.ours, "Board", "board@example.com")
        with pytest.raises(InvalidRequest):
            choose_fallback(session, acting(tenants.ours), deals, "Theirs")
        with pytest.raises(NotAllowed):
            choose_fallback(session, acting(tenants.ours, Role.SALES_REP), deals, "Board")
        choose_fallback(session, acting(tenants.ours), deals, "Board")
        assert deals.fallback_id is not None
