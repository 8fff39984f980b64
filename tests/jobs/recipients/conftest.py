"""People whom records name, and the job that writes to them."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.recipients.address import RecordRecipients
from models.rules.rulesets import Rulesets
from models.tables import PipedriveUser, User
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock
from tests.models.rows import add

ADA, BEN, CLEO = "ada@acme.test", "ben@acme.test", "cleo@acme.test"


@pytest.fixture
def people(bench: Bench, tenants: TwoTenants) -> None:
    for tenant_id in tenants:
        mine: dict[str, Any] = {"tenant_id": tenant_id}
        add(
            bench.database,
            User(**mine, email=ADA, pipedrive_user_id="1", role="sales_rep", chat_name=f"users/1{tenant_id}"),
            User(**mine, email=BEN, pipedrive_user_id="2", role="manager", chat_name=f"users/2{tenant_id}"),
            User(**mine, email=CLEO, pipedrive_user_id="3", role="viewer"),
            *(PipedriveUser(**mine, pipedrive_id=each) for each in ("1", "2", "3")),
        )


@pytest.fixture
def recipients(
    bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch, people: None
) -> RecordRecipients:
    for module in ("jobs.recipients.address", "jobs.scheduled.leased_turns"):
        monkeypatch.setattr(f"{module}.now", clock)
    bench.rulesets.fresh_s = -1.0
    return RecordRecipients(bench.database, Rulesets(fresh_s=-1.0))
