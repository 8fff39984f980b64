"""Two people choose the same message at the same instant: one write, and the other reads who was first."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.card_actions import replies
from models.database.engine import Database
from tests.bot.card_actions.conftest import connect
from tests.bot.card_actions.test_message_actions import words_of
from tests.bot.card_actions.test_replies import begin_thread
from tests.chat import ADA, CLEO, Chat, add_sales_rep, bot_deps, two_tenants
from tests.models.acting import actions_of

TOGETHER_S = 1.0  # SQLite lets one in after the other, so nobody meets there


@pytest.fixture
def acme(database: Database) -> int:
    """Acme, where Ada and Cleo have connected themselves, and a card began a thread."""
    tenant_id, _ = two_tenants(database)
    add_sales_rep(database, tenant_id)
    connect(database, tenant_id, ADA["email"])
    connect(database, tenant_id, CLEO["email"], "2")
    begin_thread(database, tenant_id)
    return tenant_id


def meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two look for what is written already before either of them writes."""
    both, looks = threading.Barrier(2), replies._written_of

    def look(*args: Any) -> Any:
        found = looks(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(TOGETHER_S)
        return found

    monkeypatch.setattr(replies, "_written_of", look)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result(60) for each in [pool.submit(act) for act in acts]]


def test_one_of_two_people_writes_and_the_other_reads_who_was_first(
    database: Database, acme: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    deps, words = bot_deps(database), words_of(CLEO, "They want more")
    ada, cleo = Chat(deps, user=ADA), Chat(deps, user=CLEO)
    meet(monkeypatch)

    titles = sorted(each.title for each in at_once(lambda: ada.choose(words), lambda: cleo.choose(words)))

    (made,) = actions_of(database, acme)
    assert made.state == "pending"
    was_first, note = sorted(titles, key=lambda title: not title.endswith("was first"))
    assert (was_first.endswith("was first"), note) == (True, "Your note on Globex renewal")


def test_one_person_who_chooses_twice_at_once_gets_one_note(
    database: Database, acme: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, words = Chat(bot_deps(database), user=ADA), words_of(CLEO, "They want more")
    meet(monkeypatch)

    answers = at_once(
        lambda: ada.choose(words, at="2026-11-20T10:00:00Z"),
        lambda: ada.choose(words, at="2026-11-20T10:00:01Z"),
    )

    assert [each.title for each in answers] == ["Your note on Globex renewal"] * 2
    assert len(actions_of(database, acme)) == 1
