"""Which ways to a person send nothing from here."""

from __future__ import annotations

from models.database.engine import Database
from models.destinations.configured import MISSING
from models.notifications.types import NotificationChannel, unavailable_channels
from models.tables.destinations import EMAIL
from tests.conftest import TwoTenants


def test_only_the_channel_whose_setting_is_missing_is_unavailable_and_to_every_team(
    database: Database, tenants: TwoTenants
) -> None:
    with database.reading(tenants.ours) as session:
        assert unavailable_channels(session) == {}

    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}
    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            assert unavailable_channels(session) == {NotificationChannel.EMAIL: "MAIL_FROM"}
