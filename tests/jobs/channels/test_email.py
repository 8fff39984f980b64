"""A mail shows the facts of the card, is known again when it is repeated, and can be switched off."""

from __future__ import annotations

from typing import Any

import pytest

from models.destinations.outside import add_email_address
from models.security.signed_links import UNSUBSCRIBE, read_signed
from models.tables import Destination, PipedriveUser
from tests.conftest import TwoTenants
from tests.engine import Bench, deal
from tests.jobs.channels.outside import bench_with, rule_to, states
from tests.jobs.mail.server import MailServer
from tests.stack import free_port

EVIL = "Acme\r\nBcc: all@evil.example\r\n\r\n<script>alert(1)</script> <a href='https://evil.example'>x</a>"


def _link(bench: Bench, tenant_id: int, email: str = "board@example.com", **columns: Any) -> str:
    with bench.database.writing(tenant_id) as session:
        made = add_email_address(session, tenant_id, "Board", email)
        rule_to(session, tenant_id, made, **columns)
        return made.uid


def test_a_mail_has_the_facts_as_text_and_as_html(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.ours, 1)

    mailing.send_due()

    (mail,) = mail_server.mails
    text, page = (part.get_content() for part in mail.iter_parts())
    assert (mail["From"], mail["To"]) == ("Pipenotify <app@example.com>", "board@example.com")
    assert "Deal 1" in mail["Subject"]
    assert "Deal 1" in text
    assert "Deal 1" in page
    assert "The rule “Deals” of Pipenotify sent this." in text
    assert states(mailing, tenants.ours) == [("delivered", "")]


def test_a_repeat_has_the_same_message_id(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.ours, 1)
    (message,) = mailing.deliver.claim(1)

    mailing.deliver.send(message)
    mailing.deliver.send(message)

    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{message.message_key}@pipenotify.example.com>"


def test_hostile_text_adds_no_header_and_no_markup(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mailing.receive(tenants.ours, deal(1, title=EVIL))
    mailing.spread()

    mailing.send_due()

    (mail,) = mail_server.mails
    head = mail_server.raw[0].partition(b"\r\n\r\n")[0]
    page = list(mail.iter_parts())[1].get_content()
    assert mail["Bcc"] is None
    assert not any(line.lower().startswith(b"bcc") for line in head.split(b"\r\n"))
    assert "<script" not in page
    assert 'href="https://evil' not in page
    assert "href='" not in page


def test_a_program_offers_to_switch_the_mails_off(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    uid = _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.ours, 1)

    mailing.send_due()

    (mail,) = mail_server.mails
    link = mail["List-Unsubscribe"]
    assert f"List-Unsubscribe: {link}\r\n".encode() in mail_server.raw[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link.strip("<>").removeprefix("https://pipenotify.example.com/unsubscribe/")
    assert read_signed(mailing.settings.secret_key, UNSUBSCRIBE, token) == uid


def test_mails_of_one_deal_refer_to_one_thread(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours, thread="deal")
    mailing.receive(tenants.ours, deal(1), deal(1, action="change", title="Deal 1b"), deal(2))
    mailing.spread()

    mailing.send_all()

    references = [mail["References"] for mail in mail_server.mails]
    assert len(references) == 3
    assert len(set(references)) == 2
    assert all(mail["In-Reply-To"] == mail["References"] for mail in mail_server.mails)


def test_restricted_objects_are_redacted_as_for_spaces(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    with mailing.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("1", "2"))
    body = deal(1, title="Project Falcon")
    body["meta"]["permitted_user_ids"] = ["1"]
    mailing.receive(tenants.ours, body)
    mailing.spread()

    mailing.send_due()

    assert len(mail_server.mails) == 1
    assert b"Falcon" not in mail_server.raw[0]


@pytest.mark.parametrize(
    ("answer", "ends", "is_active"),
    [
        ("450 4.2.0 greylisted", "pending", True),
        ("550 5.1.1 no such user", "dead", False),
        ("554 5.7.1 refused", "dead", True),
    ],
)
def test_a_refusal_is_retried_or_ends_with_its_reason(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer, answer: str, ends: str, is_active: bool
) -> None:
    uid = _link(mailing, tenants.ours)
    mail_server.answers["RCPT"] = answer
    mailing.receive_deals(tenants.ours, 1)

    mailing.send_due()

    assert states(mailing, tenants.ours) == [(ends, f"the mail server refused it: {answer}")]
    with mailing.database.reading(tenants.ours) as session:
        assert session.query(Destination).filter_by(uid=uid).one().is_active is is_active


def test_a_server_that_is_away_is_tried_again(bench: Bench, tenants: TwoTenants) -> None:
    away = bench_with(bench, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="app@example.com")
    _link(away, tenants.ours)
    away.receive_deals(tenants.ours, 1)

    away.send_due()

    ((state, reason),) = states(away, tenants.ours)
    assert (state, reason.startswith("the mail server did not answer")) == ("pending", True)


def test_without_a_sender_the_reason_names_the_variable(bench: Bench, tenants: TwoTenants) -> None:
    _link(bench, tenants.ours)
    bench.receive_deals(tenants.ours, 1)

    bench.send_due()

    assert states(bench, tenants.ours) == [("dead", "mail is not set up here: MAIL_FROM")]


def test_another_tenant_gets_nothing(mailing: Bench, tenants: TwoTenants, mail_server: MailServer) -> None:
    _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.theirs, 1)

    mailing.send_due()

    assert mail_server.mails == []
