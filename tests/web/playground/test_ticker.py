"""A thread that waits for a change is woken by it."""

import time
from threading import Timer

from tests.web.playground.chat_talk import ADA, PLACE
from web.playground.chat.server import FakeChat
from web.playground.ticker import Ticker


def test_who_waits_for_a_change_is_woken_by_it(chat: FakeChat) -> None:
    before = chat.store.ticker.version
    started = time.monotonic()
    assert chat.store.ticker.wait(before, 0.05) == before
    chat.client.say(PLACE, ADA, "lunch?")
    assert chat.store.ticker.wait(before, 60) > before
    assert time.monotonic() - started < 30


def test_an_end_ends_every_wait() -> None:
    ticker = Ticker()
    Timer(0.05, ticker.end).start()
    began = time.monotonic()
    assert ticker.wait(ticker.version, 20) == ticker.wait(ticker.version, 20) == 0
    assert time.monotonic() - began < 10
