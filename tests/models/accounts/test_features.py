"""Features are switched by plan, and for a single tenant by its document; what is off is refused in words."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.accounts.features import (
    Feature,
    FeatureDisabled,
    features_of,
    has_feature,
    require_feature,
    switch_features,
)
from models.accounts.permissions import is_offered, require
from models.accounts.rights import Action
from models.database.engine import Database
from models.tables import Tenant
from tests.conftest import TwoTenants


@pytest.fixture
def small(database: Database, tenants: TwoTenants) -> TwoTenants:
    """Ours has the plan `small`, which lacks digests and templates."""
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants.ours).values(plan="small"))
        switch_features(session, "small", {Feature.DIGESTS, Feature.TEMPLATES}, set())
    return tenants


def lacking(database: Database, tenant_id: int) -> set[Feature]:
    with database.reading(tenant_id) as session:
        return {each for each, is_on in features_of(session, tenant_id).items() if not is_on}


def test_a_plan_has_everything_until_something_is_switched_off(database: Database, small: TwoTenants) -> None:
    assert lacking(database, small.theirs) == set()
    assert lacking(database, small.ours) == {Feature.DIGESTS, Feature.TEMPLATES}
    with database.writing_all() as session:
        switch_features(session, "small", {Feature.DIGESTS}, {Feature.TEMPLATES})
    assert lacking(database, small.ours) == {Feature.DIGESTS}


def test_a_tenant_has_its_own_switches_whatever_its_plan_says(database: Database, small: TwoTenants) -> None:
    with database.writing_all() as session:
        own = {"digests": True, "api": False}
        session.execute(update(Tenant).where(Tenant.id == small.ours).values(features=own))

    assert lacking(database, small.ours) == {Feature.API, Feature.TEMPLATES}


def test_what_is_not_in_the_plan_is_refused_in_words(database: Database, small: TwoTenants) -> None:
    admin = Actor("ada@x.test", small.ours, role="admin")
    with database.reading(small.ours) as session:
        with pytest.raises(FeatureDisabled) as refused:
            require_feature(session, small.ours, Feature.DIGESTS)
        with pytest.raises(FeatureDisabled):
            require(session, admin, Action.TEMPLATE_CHANGE)
        require(session, admin, Action.TEMPLATE_READ)
        require_feature(session, small.ours, Feature.API)

    assert refused.value.user_message.startswith("Digests: that is not in your team's plan.")
    assert (refused.value.code, refused.value.status) == ("FEATURE_DISABLED", 403)


def test_what_is_refused_is_not_offered(database: Database, small: TwoTenants) -> None:
    for tenant_id, has_it in ((small.ours, False), (small.theirs, True)):
        admin = Actor("ada@x.test", tenant_id, role="admin")
        viewer = Actor("vic@x.test", tenant_id, role="viewer")
        with database.reading(tenant_id) as session:
            assert is_offered(session, admin, Action.TEMPLATE_CHANGE) is has_it
            assert is_offered(session, admin, Action.SPACE_CHANGE, Feature.DIGESTS) is has_it
            assert is_offered(session, admin, Action.SPACE_CHANGE, Feature.STALLED)
            assert not is_offered(session, viewer, Action.TEMPLATE_CHANGE)
            assert has_feature(session, tenant_id, Feature.DIGESTS) is has_it
            assert has_feature(session, tenant_id, None)


def test_a_feature_may_be_needed_besides_a_right(database: Database, small: TwoTenants) -> None:
    admin = Actor("ada@x.test", small.ours, role="admin")
    with database.reading(small.ours) as session:
        require(session, admin, Action.SPACE_CHANGE, Feature.STALLED)
        with pytest.raises(FeatureDisabled, match="digests"):
            require(session, admin, Action.SPACE_CHANGE, Feature.DIGESTS)
