"""Templates: named once in a tenant, and not taken from under a rule that uses them."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from models.database.engine import Database
from models.tables import Template
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove, rule


def template(tenant_id: int, name: str = "Short") -> Template:
    return Template(tenant_id=tenant_id, name=name, source="{{ deal.title }}")


def test_a_name_is_one_template_of_a_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, template(tenants.ours), template(tenants.theirs))
    refused(database, template(tenants.ours))
    assert count(database, Template) == 2


def test_a_template_in_use_is_not_removed(database: Database, tenants: TwoTenants) -> None:
    used, unused = template(tenants.ours), template(tenants.ours, "Long")
    add(database, used, unused)
    add(database, rule(tenants.ours, look="custom", template_id=used.id))

    with pytest.raises(IntegrityError):
        remove(database, used)
    remove(database, unused)

    assert count(database, Template) == 1


def test_a_rule_never_uses_the_template_of_another_tenant(database: Database, tenants: TwoTenants) -> None:
    theirs = template(tenants.theirs)
    add(database, theirs)
    refused(database, rule(tenants.ours, look="custom", template_id=theirs.id))
