"""The table of rights: as the contract says, complete, and as docs/roles.md shows it."""

from pathlib import Path

import pytest

from models.accounts.actor import Actor
from models.accounts.rights import COLUMNS, Action, Scope, markdown_table, role_text, scope_of
from models.tables.accounts import Role

DOCS = Path(__file__).parents[3] / "docs" / "roles.md"
NO, OWN, HERE, ALL = Scope.NOTHING, Scope.OWN, Scope.SPACE, Scope.TENANT

# The rows of the contract's table that exist: admin, manager, sales_rep, analyst, viewer, guest.
CONTRACT = {
    Action.RULE_MAKE: [ALL, ALL, OWN, NO, NO, NO],
    Action.RULE_CHANGE: [ALL, ALL, OWN, NO, NO, NO],
    Action.SPACE_LINK: [ALL, ALL, ALL, NO, NO, NO],
    Action.SPACE_CHANGE: [ALL, ALL, NO, NO, NO, NO],
    Action.WEBHOOK_ADD: [ALL, ALL, NO, NO, NO, NO],
    Action.CARD_PRESS: [ALL, ALL, ALL, NO, NO, NO],
    Action.PEOPLE_READ: [ALL, ALL, NO, NO, NO, NO],
    Action.PEOPLE_CHANGE: [ALL, NO, NO, NO, NO, NO],
    Action.CONNECTION_CHANGE: [ALL, NO, NO, NO, NO, NO],
    Action.RETENTION_CHANGE: [ALL, NO, NO, NO, NO, NO],
    Action.TENANT_ERASE: [ALL, NO, NO, NO, NO, NO],
    Action.AUDIT_READ: [ALL, NO, NO, NO, NO, NO],
    Action.API_ACCESS: [ALL, OWN, OWN, OWN, OWN, NO],
    Action.ATTENTION_SELF: [ALL, ALL, ALL, ALL, ALL, NO],
    Action.NOTIFY_SEND: [ALL, ALL, OWN, OWN, OWN, NO],
    Action.NOTIFY_DEFAULTS: [ALL, NO, NO, NO, NO, NO],
    Action.SPACE_MUTE: [ALL, ALL, HERE, NO, NO, NO],
    Action.ATTENTION_CHANGE: [ALL, ALL, NO, NO, NO, NO],
    Action.LOG_READ: [ALL, ALL, OWN, ALL, OWN, HERE],
    Action.WHY_READ: [ALL, ALL, OWN, ALL, HERE, HERE],
}


@pytest.mark.parametrize(("action", "scopes"), CONTRACT.items())
def test_each_role_may_do_what_the_contract_says(action: Action, scopes: list[Scope]) -> None:
    assert [scope_of(role, action) for role in COLUMNS] == scopes


def test_the_table_has_a_line_for_every_action_and_a_column_for_every_role() -> None:
    assert set(COLUMNS) == {*Role, None}
    of_admins = [action for action in Action if scope_of(Role.ADMIN, action) is Scope.TENANT]
    assert of_admins == [action for action in Action if action is not Action.OPERATE]


@pytest.mark.parametrize("role", COLUMNS)
def test_no_role_runs_the_service_and_who_runs_it_has_no_other_right(role: Role | None) -> None:
    assert scope_of(role, Action.OPERATE) is NO
    operator = Actor("ops@example.com", 1, role=role, is_operator=True)
    assert operator.scope(Action.OPERATE) is ALL
    others = [action for action in Action if action is not Action.OPERATE]
    assert [operator.scope(action) for action in others] == [scope_of(role, action) for action in others]


@pytest.mark.parametrize("role", [*Role, None])
def test_an_unknown_action_is_refused_to_everybody(role: Role | None) -> None:
    assert scope_of(role, "rule.burn") is Scope.NOTHING


@pytest.mark.parametrize("role", ["owner", "", "ADMIN"])
def test_an_unknown_role_may_do_nothing(role: str) -> None:
    assert {scope_of(role, action) for action in Action} == {Scope.NOTHING}


def test_a_guest_changes_nothing() -> None:
    may = {action for action in Action if scope_of(None, action) is not Scope.NOTHING}

    assert may == {Action.HELP_READ, Action.RULE_READ, Action.SPACE_READ, Action.LOG_READ, Action.WHY_READ}


def test_the_documentation_shows_the_table() -> None:
    assert markdown_table() in DOCS.read_text()


def test_roles_are_named_as_people_say_them() -> None:
    assert [role_text(role) for role in (Role.SALES_REP, None)] == ["sales rep", "guest"]
