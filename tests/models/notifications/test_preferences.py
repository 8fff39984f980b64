"""What people choose of a channel that this service cannot send by: refused when new, kept when older."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.destinations.configured import MISSING
from models.errors import InvalidRequest
from models.notifications.preferences import TeamDefault, list_defaults, own_matrix, set_defaults, set_own
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.tables.destinations import EMAIL
from tests.conftest import TwoTenants
from tests.models.notifications.conftest import Send, actor_of

WON, LOST = NotificationType.DEAL_WON, NotificationType.DEAL_LOST
MAIL = NotificationChannel.EMAIL
NOW, OFF = NotificationMode.NOW, NotificationMode.OFF


def lose_mail(database: Database) -> None:
    database.carried[MISSING] = {EMAIL: "MAIL_FROM"}


def test_mails_are_chosen_only_where_they_can_be_sent(database: Database, ada: Actor) -> None:
    with database.writing(ada.tenant) as session:
        set_own(session, ada, {(WON, MAIL): NOW})
    lose_mail(database)
    with database.writing(ada.tenant) as session:
        with pytest.raises(InvalidRequest, match="MAIL_FROM"):
            set_own(session, ada, {(LOST, MAIL): NOW})
        set_own(session, ada, {(WON, MAIL): NOW})  # as it was chosen before
        assert own_matrix(session, ada)[WON][MAIL].mode is NOW
        assert set_own(session, ada, {(WON, MAIL): OFF})[WON][MAIL].mode is OFF


def test_a_team_sets_no_default_that_sends_nothing(database: Database, tenants: TwoTenants) -> None:
    admin = actor_of(database, tenants.ours, role="admin")
    with database.writing(tenants.ours) as session:
        set_defaults(session, admin, [TeamDefault(WON, MAIL, NOW)])
    lose_mail(database)
    with database.writing(tenants.ours) as session:
        with pytest.raises(InvalidRequest, match="MAIL_FROM"):
            set_defaults(session, admin, [TeamDefault(LOST, MAIL, NOW)])
        set_defaults(session, admin, list_defaults(session, admin))  # as they are
        assert TeamDefault(WON, MAIL, NOW) in list_defaults(session, admin)


def test_a_mail_that_cannot_be_sent_is_not_said_to_be(database: Database, ada: Actor, send: Send) -> None:
    with database.writing(ada.tenant) as session:
        set_own(session, ada, {(WON, MAIL): NOW})
    lose_mail(database)

    outcome = send(ada)

    assert (outcome.success, outcome.channels[MAIL]) == (True, False)
    assert outcome.errors[MAIL] == "E-mail is not set up here: MAIL_FROM is missing."
