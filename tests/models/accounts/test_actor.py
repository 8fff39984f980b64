"""What an actor may do: by the table of rights, unless no person but the system acts."""

import pytest

from models.accounts.actor import Actor, system
from models.accounts.rights import Action, Scope, scope_of
from models.tables.accounts import Role


@pytest.mark.parametrize("role", [*Role, None])
def test_a_persons_rights_are_those_of_their_role(role: Role | None) -> None:
    actor = Actor("somebody", role=role)

    assert {action: actor.scope(action) for action in Action} == {
        action: scope_of(role, action) for action in Action
    }
    assert actor.may(Action.RULE_MAKE) is (role in {"admin", "manager", "sales_rep"})


def test_nobody_has_a_right_without_a_role() -> None:
    assert not Actor("somebody").may(Action.RULE_CHANGE)
    assert not Actor("somebody", role="owner").may(Action.HELP_READ)


def test_the_system_acts_for_a_tenant_has_no_role_and_is_asked_for_no_right() -> None:
    actor = system(7, "command line")

    assert (actor.name, actor.tenant_id, actor.role, actor.user_id) == ("command line", 7, None, None)
    assert {actor.scope(action) for action in Action} == {Scope.TENANT}
