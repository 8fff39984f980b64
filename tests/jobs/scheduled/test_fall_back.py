"""What Chat refuses for good reaches the fallback once: redacted alike, marked, and never in a circle."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from jobs.scheduled.fall_back import fall_back
from models.deliveries.fallback import is_any_refused
from models.destinations.fallback import set_fallback
from models.destinations.outside import add_email_address
from models.tables import Delivery, Destination, PipedriveUser, QuietHours
from models.tables.deliveries import QUIET
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, deal, link
from tests.jobs.mail.server import MailServer


def _link(bench: Bench, tenant_id: int) -> int:
    """Link a space that falls back to a mail; the app is not in it any more."""
    linked = link(bench.database, tenant_id)
    with bench.database.writing(tenant_id) as session:
        board = add_email_address(session, tenant_id, "Board", "board@example.com")
        set_fallback(session, session.get_one(Destination, (tenant_id, linked.destination_id)), board)
    bench.chat.store.spaces[SPACE].app_is_member = False
    return linked.destination_id


def _rows(bench: Bench, tenant_id: int) -> list[Any]:
    with bench.database.reading(tenant_id) as session:
        query = select(Delivery.destination_name, Delivery.state, Delivery.instead_of)
        rows = session.execute(query.where(Delivery.tenant_id == tenant_id, Delivery.event_id.is_not(None)))
        return [tuple(row) for row in rows]


def test_a_refused_card_and_all_later_ones_go_to_the_fallback_once(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.ours, 1)
    mailing.send_due()
    mailing.receive_deals(tenants.ours, 1, first=2)

    for _ in range(3):
        fall_back(mailing.database)
        mailing.send_all(10)

    subjects = sorted(mail["Subject"] for mail in mail_server.mails)
    assert ["Deal 1" in subjects[0], "Deal 2" in subjects[1], len(subjects)] == [True, True, 2]
    assert sorted(row for row in _rows(mailing, tenants.ours) if row[0] == "Board") == [
        ("Board", "delivered", SPACE),
        ("Board", "delivered", SPACE),
    ]


def test_the_fallback_shows_no_more_than_the_first(
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

    fall_back(mailing.database)
    mailing.send_all(10)

    assert len(mail_server.mails) == 1
    assert b"Falcon" not in mail_server.raw[0]


def test_what_a_person_paused_goes_nowhere(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    linked = _link(mailing, tenants.ours)
    with mailing.database.writing(tenants.ours) as session:
        row = session.get_one(Destination, (tenants.ours, linked))
        row.is_active, row.paused_because = False, "paused by ada@acme.test"
    mailing.receive_deals(tenants.ours, 1)

    assert not fall_back(mailing.database)
    with mailing.database.reading_all() as session:
        assert not is_any_refused(session)
    mailing.send_all(5)
    assert mail_server.mails == []


def test_a_fallback_that_refuses_too_sends_nothing_on(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mail_server.answers["RCPT"] = "550 5.1.1 no such user"
    mailing.receive_deals(tenants.ours, 1)
    mailing.send_due()

    for _ in range(3):
        fall_back(mailing.database)
        mailing.send_all(5)

    assert len(_rows(mailing, tenants.ours)) == 2


def test_another_tenant_gets_nothing_of_it(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    with mailing.database.writing(tenants.theirs) as session:
        add_email_address(session, tenants.theirs, "Board", "eve@example.com")
    mailing.receive_deals(tenants.ours, 1)
    mailing.send_due()

    fall_back(mailing.database)
    mailing.send_all(5)

    assert [mail["To"] for mail in mail_server.mails] == ["board@example.com"]
    assert _rows(mailing, tenants.theirs) == []


def test_quiet_hours_of_the_team_hold_what_goes_to_the_fallback(
    mailing: Bench, tenants: TwoTenants, mail_server: MailServer
) -> None:
    _link(mailing, tenants.ours)
    mailing.receive_deals(tenants.ours, 1)
    mailing.send_due()
    window = {"scope": "tenant", "starts": "11:00", "ends": "13:00", "days": ["fri"], "timezone": "UTC"}
    with mailing.database.writing(tenants.ours) as session:
        session.add(QuietHours(tenant_id=tenants.ours, **window))

    fall_back(mailing.database)
    mailing.send_due()

    assert mail_server.mails == []
    (held,) = (each for each in mailing.deliveries(tenants.ours) if each.instead_of)
    assert (held.state, held.reason) == ("held", QUIET)
    assert held.next_attempt_at == mailing.clock.at + timedelta(hours=1)
