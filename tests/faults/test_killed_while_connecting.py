"""A kill between Pipedrive's tokens and our commit stores nothing: the admin consents again."""

from __future__ import annotations

from threading import Thread

import httpx
import pytest
from sqlalchemy import func, select

from models.tables import Connection, OAuthFlow, Tenant, User
from tests.browsers import Browser, new_firm
from tests.stack import Stack, wait_until
from web.playground.faults import Fault

WITHIN_S = 30.0


def cut_off(browser: Browser, address: str) -> None:
    with pytest.raises(httpx.TransportError):
        browser.get(address)


@pytest.mark.long
def test_who_is_cut_off_while_connecting_connects_again(stack: Stack) -> None:
    web, firm, faults = stack.start_web(), new_firm(stack), stack.play.pipedrive.faults
    with Browser(stack) as browser:
        browser.sign_in(firm.boss)
        back = firm.allows(browser.ask())
        faults.order(Fault(where="/users/me", hang=True))
        caller = Thread(target=cut_off, args=(browser, back))
        caller.start()
        wait_until(lambda: not faults.listing(), WITHIN_S, "the question who it is")
        web.kill()
        caller.join(WITHIN_S)

        with stack.database.reading_all() as session:
            for table in (Connection, Tenant, User, OAuthFlow):
                assert session.scalar(select(func.count()).select_from(table)) == 0
        stack.start_web()
        refused = browser.get(back)
        assert (refused.status_code, "Start again" in refused.text) == (400, True)
        assert firm.connect(browser).status_code == 303
    assert firm.state() == "connected"
