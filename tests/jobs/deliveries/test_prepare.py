"""Messages are prepared tenant by tenant; cards mention owners and so tell nothing that is restricted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from sqlalchemy import select

from jobs.deliveries import mentions
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.prepare import Preparation
from jobs.names.cache import NameCache
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.pipedrive.names import Name, Names
from models.tables import PipedriveUser, ReportingLine, User
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, NoSource, deal, link, link_webhook
from web.playground.faults import Fault

SILENT = "createMessageNotificationOptions.notificationType"
ADA = "<users/1001>"


class People(NoSource):
    """A Pipedrive that knows the names of its users."""

    def fetch(self, tenant_id: int, pairs: Any, timeout_s: float, *, outdated: Any = ()) -> Names:  # noqa: ARG002
        known = {("user", "7"): Name("Ada Lovelace"), ("user", "8"): Name("Ben Okafor")}
        return Names({pair: known[pair] for pair in pairs if pair in known})


@pytest.fixture
def matched(bench: Bench, tenants: TwoTenants) -> Bench:
    """Ada is user 7 in our Pipedrive and known in Chat; Ben (8) is not; another tenant has a user 8."""
    names = NameCache(bench.database, People())
    bench.deliver = Deliver(
        bench.settings,
        bench.database,
        bench.vault,
        Preparation(bench.database, names, bench.rulesets),
        bench.clients,
    )
    add_user(bench.database, tenants.ours, "ada@example.com", "users/1001", "7")
    add_user(bench.database, tenants.ours, "ben@example.com", None, "8")
    add_user(bench.database, tenants.theirs, "eve@example.com", "users/666", "8")
    return bench


def add_user(
    database: Database, tenant_id: int, email: str, chat_name: str | None, pipedrive_id: str
) -> None:
    with database.writing(tenant_id) as session:
        session.add(
            User(tenant_id=tenant_id, email=email, chat_name=chat_name, pipedrive_user_id=pipedrive_id)
        )


def deliver(bench: Bench, tenant_id: int, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    bench.receive(tenant_id, *bodies)
    bench.spread()
    bench.send_all()
    return bench.chat.cards(SPACE)


def test_the_owner_who_is_matched_is_mentioned_above_the_card(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert card["text"] == ADA
    assert SILENT not in matched.chat.writes()[-1].query


def test_who_is_not_matched_is_named_plainly(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=8))

    assert "text" not in card
    assert str(card["cardsV2"]).count("Owner: Ben Okafor") == 1


def test_who_is_not_matched_is_named_also_where_the_card_else_would_not(
    matched: Bench, tenants: TwoTenants
) -> None:
    link(matched.database, tenants.ours, mention="owner")
    own = deal(7, owner_id=8)
    own["meta"]["user_id"] = "8"
    (card,) = deliver(matched, tenants.ours, own)

    assert str(card["cardsV2"]).count("Owner: Ben Okafor") == 1


@pytest.mark.parametrize("owner", [None, 0, "<users/all>"])
def test_an_object_without_an_owner_mentions_nobody(
    matched: Bench, tenants: TwoTenants, owner: object
) -> None:
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=owner))

    assert "text" not in card
    assert "Owner" not in str(card["cardsV2"])


def test_a_rule_that_does_not_say_so_mentions_nobody(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours)
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert "text" not in card


def test_one_card_for_two_rules_mentions_the_owner_if_one_does(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, look="detailed")
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert card["text"] == ADA


def test_an_incoming_webhook_mentions_as_a_space_does(matched: Bench, tenants: TwoTenants) -> None:
    link_webhook(
        matched.database, matched.vault, tenants.ours, matched.chat.webhook_url(SPACE), mention="owner"
    )
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert card["text"] == ADA


def test_of_a_restricted_object_nobody_learns_whose_it_is(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="owner")
    with matched.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("7", "8"))
    for number, owner in ((7, 7), (8, 8)):
        hidden = deal(number, owner_id=owner)
        hidden["meta"]["permitted_user_ids"] = [str(owner)]
        deliver(matched, tenants.ours, hidden)

    for card in matched.chat.cards(SPACE):
        assert "text" not in card
        assert not any(word in str(card) for word in ("1001", "Ada", "Ben", "Owner"))


def test_a_mention_in_a_thread_notifies(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, thread="deal", mention="owner")
    deliver(matched, tenants.ours, deal(7, owner_id=7))
    deliver(matched, tenants.ours, deal(7, action="change", owner_id=7) | {"previous": {"title": "x"}})
    deliver(matched, tenants.ours, deal(7, action="change", owner_id=8) | {"previous": {"title": "x"}})

    notified = [SILENT not in seen.query for seen in matched.chat.writes()]
    assert notified == [True, True, False]  # the last one mentions nobody, and is a reply


def test_a_summary_mentions_each_owner_once(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, *(deal(each, owner_id=7) for each in range(1, 6)))

    assert card["text"] == ADA


def test_plain_text_after_a_refused_card_mentions_too(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="owner")
    matched.chat.faults.order(Fault(times=1, status=400))
    (message,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert message["text"].startswith(f"{ADA}\nNew deal: Deal 7")


def test_a_database_that_fails_costs_the_mention_and_not_the_card(
    matched: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(mentions, "chat_names_of", fail)
    link(matched.database, tenants.ours, mention="owner")
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=7))

    assert "text" not in card
    assert "Owner: Ada Lovelace" in str(card)


def test_rules_that_cannot_be_read_cost_a_tenant_its_links_alone(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant_id, space in zip(tenants, ("spaces/AAAA", OTHER_SPACE), strict=True):
        link(bench.database, tenant_id, space)
        bench.receive_deals(tenant_id, 1)
    read, asked = bench.rulesets.read, list[list[int]]()

    def refuse_ours(database: Any, wanted: Collection[int]) -> Any:
        asked.append(sorted(wanted))
        if tenants.ours in wanted:
            raise DatabaseUnavailable("refused")
        return read(database, wanted)

    monkeypatch.setattr(bench.rulesets, "read", refuse_ours)

    messages = bench.deliver.claim(10)

    assert {message.head.tenant_id: message.changes[0] is not None for message in messages} == dict.fromkeys(
        tenants, True
    )
    assert asked == [sorted(tenants), [tenants.ours], [tenants.theirs]]


class Stages(NoSource):
    """A Pipedrive that knows the order of two stages."""

    def fetch(self, tenant_id: int, pairs: Any, timeout_s: float, *, outdated: Any = ()) -> Names:  # noqa: ARG002
        known = {
            ("stage", "1"): Name("Contact made", {"pipeline_id": 1, "order": 1}),
            ("stage", "2"): Name("Proposal made", {"pipeline_id": 1, "order": 2}),
        }
        return Names({pair: known[pair] for pair in pairs if pair in known})


def test_a_deal_that_was_moved_back_says_so(bench: Bench, tenants: TwoTenants) -> None:
    names = NameCache(bench.database, Stages())
    bench.deliver = Deliver(
        bench.settings,
        bench.database,
        bench.vault,
        Preparation(bench.database, names, bench.rulesets),
        bench.clients,
    )
    link(bench.database, tenants.ours)
    body = deal(1, action="change", stage_id=1, pipeline_id=1)
    bench.receive(tenants.ours, body | {"previous": {"stage_id": 2}})
    bench.spread()
    bench.send_all(5)
    (card,) = bench.chat.cards(SPACE)
    assert "moved_back" in card["cardsV2"][0]["card"]["header"]["imageUrl"]


def test_others_whom_the_record_names_are_mentioned_or_named(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="record", mentioned="former owner of the record")
    moved = [
        deal(number, action="change", owner_id=9) | {"previous": {"owner_id": before}}
        for number, before in ((7, 7), (8, 8))
    ]
    known, unknown, unmoved = deliver(matched, tenants.ours, *moved, deal(9, owner_id=7))

    assert known["text"] == ADA
    assert "text" not in unknown
    assert "For ben@example.com" in str(unknown["cardsV2"])
    assert "text" not in unmoved


def test_the_owners_manager_is_mentioned_beside_the_owner_of_another_rule(
    matched: Bench, tenants: TwoTenants
) -> None:
    link(matched.database, tenants.ours, mention="record", mentioned="manager of the owner")
    link(matched.database, tenants.ours, name="Also", mention="owner")
    with matched.database.writing(tenants.ours) as session:
        mine = select(User).where(User.tenant_id == tenants.ours).order_by(User.email)
        ada, ben = session.scalars(mine)
        session.add(ReportingLine(tenant_id=tenants.ours, user_id=ben.id, manager_id=ada.id))
    (card,) = deliver(matched, tenants.ours, deal(7, owner_id=8))

    assert card["text"] == ADA
    assert "Owner: Ben Okafor" in str(card["cardsV2"])


def test_of_a_restricted_object_nobody_is_mentioned(matched: Bench, tenants: TwoTenants) -> None:
    link(matched.database, tenants.ours, mention="record", mentioned="person in owner")
    body = deal(7, owner_id=7, title="Project Falcon")
    body["meta"]["permitted_user_ids"] = ["7"]
    with matched.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("7", "8"))
    (card,) = deliver(matched, tenants.ours, body)

    assert ADA not in str(card)
    assert "Falcon" not in str(card)
