"""An installation for testing writes into its test spaces alone, whatever its database says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network

import pytest
from sqlalchemy import select

from jobs.channels import ChatClients
from jobs.to_chat.staging import AllowedSpaces
from models.destinations.outside import OutgoingWebhook, add_email_address, add_url
from models.errors import OutsideStaging
from models.languages.translate import tr_stored
from models.settings import Settings
from models.tables.destinations import Destination, DestinationHealth
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, link, link_webhook
from tests.jobs.channels.outside import rule_to, states
from tests.jobs.channels.test_chat_dm import name_person
from tests.jobs.closing import close_clients
from tests.jobs.mail.server import MailServer
from tests.jobs.to_webhook.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
HOOK = f"https://chat.googleapis.com/v1/{OTHER_SPACE}/messages?key=k&token=t"


def _staging(settings: Settings, *spaces: str) -> Settings:
    return settings.model_copy(update={"app_env": "staging", "staging_spaces": frozenset(spaces)})


@contextmanager
def _engine(bench: Bench, settings: Settings) -> Iterator[Bench]:
    clients = ChatClients.of(settings)
    made = Bench(bench.database, bench.vault, settings, clients, bench.chat, bench.clock)
    yield made
    made.deliver.sender.loop.close()
    close_clients(clients)


@pytest.mark.parametrize(
    ("name", "is_allowed"),
    [
        ("spaces/TEST", True),
        ("spaces/TEST/messages/M.1", True),
        ("spaces/TESTER", False),
        ("spaces/OTHER", False),
        ("spaces/OTHER/messages/spaces/TEST", False),
        ("", False),
    ],
)
def test_only_a_listed_space_may_be_written(
    engine_settings: Settings, name: str, *, is_allowed: bool
) -> None:
    allowed = AllowedSpaces(_staging(engine_settings, "spaces/TEST"))
    if is_allowed:
        allowed.require(name)
    else:
        with pytest.raises(OutsideStaging):
            allowed.require(name)


@pytest.mark.parametrize("app_env", ["production", "development"])
def test_elsewhere_the_list_means_nothing(engine_settings: Settings, app_env: str) -> None:
    listed = {"app_env": app_env, "staging_spaces": frozenset({"spaces/TEST"})}
    AllowedSpaces(engine_settings.model_copy(update=listed)).require("spaces/OTHER")


@pytest.fixture
def staging(bench: Bench, mail_server: MailServer) -> Iterator[Bench]:
    """An engine for testing that may write into SPACE, with all that mails and webhooks need."""
    settings = _staging(bench.settings, SPACE).model_copy(
        update={
            "smtp_url": mail_server.url,
            "mail_from": "app@example.com",
            "webhook_allowed_ranges": (ip_network("127.0.0.0/8"),),
        }
    )
    with _engine(bench, settings) as made:
        yield made


def test_a_card_for_another_space_is_skipped_with_its_reason_and_nothing_is_alarmed(
    staging: Bench, tenants: TwoTenants
) -> None:
    link(staging.database, tenants.ours)
    link(staging.database, tenants.theirs, OTHER_SPACE)
    link_webhook(staging.database, staging.vault, tenants.theirs, HOOK, OTHER_SPACE)
    staging.receive_deals(tenants.ours, 1)
    staging.receive_deals(tenants.theirs, 1)

    staging.send_all(seconds=20)

    assert [each.state for each in staging.deliveries(tenants.ours)] == ["delivered"]
    assert len(staging.chat.cards(SPACE)) == 1
    assert staging.chat.cards(OTHER_SPACE) == []
    words = f"this is a staging installation, and {OTHER_SPACE} is not in STAGING_SPACES"
    assert [(state, tr_stored(reason)) for state, reason in states(staging, tenants.theirs)] == [
        ("skipped", words),
        ("skipped", words),
    ]
    assert staging.attempts(tenants.theirs) == []
    with staging.database.reading(tenants.theirs) as session:
        assert all(session.scalars(select(Destination.is_active)).all())
        assert session.scalars(select(DestinationHealth)).all() == []


def test_mails_and_outgoing_webhooks_are_never_sent(
    staging: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    receiver = Receiver()
    ours, theirs = tenants
    with staging.database.writing(ours) as session:
        rule_to(session, ours, add_email_address(session, ours, "Board", "board@example.com"))
    with staging.database.writing(theirs) as session:
        webhook = OutgoingWebhook(receiver.url, SECRET)
        rule_to(session, theirs, add_url(session, staging.vault, theirs, "ERP", webhook))
    for each in tenants:
        staging.receive_deals(each, 1)

    staging.send_all(seconds=20)
    receiver.close()

    assert [state for each in tenants for state, _ in states(staging, each)] == ["skipped", "skipped"]
    assert (mail_server.mails, receiver.calls) == ([], [])


@pytest.mark.parametrize("listed", [(), (SPACE,), (SPACE, "spaces/DM1001")])
def test_a_direct_message_goes_where_it_is_listed_and_is_skipped_elsewhere(
    bench: Bench, tenants: TwoTenants, listed: tuple[str, ...]
) -> None:
    """Ben has one with the app of staging, the other person has none: production's is another app."""
    name_person(bench, tenants.ours, "ben@example.com", "users/1001")
    name_person(bench, tenants.theirs, "nobody@example.com")
    with _engine(bench, _staging(bench.settings, *listed)) as staging:
        for tenant_id in tenants:
            staging.receive_deals(tenant_id, 1)
        staging.send_all(seconds=20)

    is_listed = "spaces/DM1001" in listed
    assert bool(bench.chat.requests) is bool(listed), "Chat is not asked where nothing is listed"
    assert len(bench.chat.cards("spaces/DM1001")) == int(is_listed)
    assert [state for state, _ in states(bench, tenants.ours)] == ["delivered" if is_listed else "skipped"]
    ((state, reason),) = states(bench, tenants.theirs)
    assert (state, tr_stored(reason)[:30]) == ("skipped", "this is a staging installation")
    assert bench.attempts(tenants.theirs) == []
    with bench.database.reading(tenants.theirs) as session:
        assert all(session.scalars(select(Destination.is_active)).all())
        assert session.scalars(select(DestinationHealth)).all() == []


def test_a_card_of_another_space_is_not_changed(staging: Bench) -> None:
    """The copy of a database knows the cards that production posted."""
    with pytest.raises(OutsideStaging):
        staging.clients.chat.update(f"{OTHER_SPACE}/messages/M.M", {"text": "changed"})
    assert staging.chat.requests == []
