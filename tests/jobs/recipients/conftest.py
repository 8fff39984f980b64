"""People whom records name, and the job that writes to them."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.recipients.address import RecordRecipients
from jobs.recipients.followers import Followers
from models.errors import AppError
from models.rules.rulesets import Rulesets
from models.tables import PipedriveUser, User
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock
from tests.models.rows import add

ADA, BEN, CLEO = "ada@acme.test", "ben@acme.test", "cleo@acme.test"


class FakeFollowers:
    """Pipedrive's lists of followers, by path; `error` is raised instead."""

    def __init__(self) -> None:
        self.lists: dict[str, list[str]] = {}
        self.asked: list[tuple[int, str]] = []
        self.error: AppError | None = None

    def as_tenant(self, tenant_id: int, work: Any, **_limits: Any) -> list[str]:
        def followers(object_id: str, entity: str) -> list[str]:
            self.asked.append((tenant_id, f"{entity}/{object_id}"))
            if self.error is not None:
                raise self.error
            return self.lists.get(f"{entity}/{object_id}", [])

        found: list[str] = work(type("Api", (), {"followers": staticmethod(followers)}))
        return found


@pytest.fixture
def followers() -> FakeFollowers:
    return FakeFollowers()


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
    bench: Bench,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
    people: None,
    followers: FakeFollowers,
) -> RecordRecipients:
    for module in ("jobs.recipients.address", "jobs.scheduled.leased_turns"):
        monkeypatch.setattr(f"{module}.now", clock)
    bench.rulesets.fresh_s = -1.0
    lists = Followers(followers, lambda: clock.at.timestamp())  # noqa: PLW0108 - `at` moves
    return RecordRecipients(bench.database, Rulesets(fresh_s=-1.0), lists)
