"""What an actor may do, by role."""

import pytest

from models.accounts.actor import Actor, system


@pytest.mark.parametrize(
    ("role", "may_change", "is_admin"),
    [
        ("admin", True, True),
        ("manager", True, False),
        ("sales_rep", True, False),
        ("analyst", False, False),
        ("viewer", False, False),
        (None, True, False),
    ],
)
def test_readers_change_nothing_and_only_admins_are_admins(
    role: str | None, *, may_change: bool, is_admin: bool
) -> None:
    actor = Actor("somebody", role=role)

    assert (actor.may_change, actor.is_admin) == (may_change, is_admin)


def test_the_system_acts_for_a_tenant_and_has_no_role() -> None:
    actor = system(7, "command line")

    assert (actor.name, actor.tenant_id, actor.role, actor.user_id) == ("command line", 7, None, None)
