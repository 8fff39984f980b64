"""A week of a company, lived through the real parts: every event has exactly one end in every place."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from models.deliveries.notices import NOTICE
from tests.conftest import KINDS
from tests.customers import told_by
from tests.postgresql import Databases
from tests.scenarios.acting.pressing import writes_to
from tests.scenarios.week.accounts import Entry, at_text, entries, gathered, summaries
from tests.scenarios.week.oracle import Oracle, Owed
from tests.scenarios.week.script import END, PERSONS, PLACES, Row, moment, read_week, some_more
from tests.scenarios.week.world import REFUSED, World, new_world
from web.playground.chat.store import SILENT

SEED: Final = 20261021
MORE_DEALS: Final = 30
WITHIN: Final = timedelta(seconds=60)
SPOKEN: Final = ("answered", "refused", "nowhere")


@dataclass(frozen=True)
class Lived:
    """A week that is over: what was owed, what was done, and what the app answered."""

    world: World
    oracle: Oracle
    found: list[Entry]
    answers: list[tuple[Row, dict[str, Any]]]

    def sent(self) -> list[Entry]:
        """The deliveries that made a message, or are part of one."""
        return [each for each in self.found if each.end == "sent"]

    def of(self, owed: Owed) -> list[Entry]:
        return [each for each in self.found if each.key == (owed.title, owed.event_type, owed.place)]


def live(world: World, rows: Sequence[Row]) -> Lived:
    oracle, answers = Oracle(), []
    for row in rows:
        world.go_to(row.at)
        oracle.tell(row)
        answered = world.act(row)
        if answered is not None:
            answers.append((row, answered))
        world.settle()
    world.go_to(END)
    oracle.pass_time(END)
    return Lived(world, oracle, entries(world), answers)


@pytest.fixture(scope="module", params=KINDS)
def week(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    folder = tmp_path_factory.mktemp("week")
    rows = sorted([*read_week(), *some_more(SEED, MORE_DEALS)], key=lambda row: row.at)
    start = moment("Wed 21 08:00")
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), folder / "pipenotify.db")
        with new_world(folder, f"sqlite:///{folder / 'pipenotify.db'}", start) as world:
            yield live(world, rows)
        return
    databases: Databases = request.getfixturevalue("postgresql")
    with databases.fresh() as url, new_world(folder, url, start) as world:
        yield live(world, rows)


def test_the_table_says_what_the_promises_say() -> None:
    oracle, wrong = Oracle(), list[str]()
    owed_by_row = [(row, oracle.tell(row)) for row in read_week()]
    oracle.pass_time(END)
    for row, owed in owed_by_row:
        if row.expected not in SPOKEN:
            told = _told(owed)
            if told != set(str(row.expected).split("; ")):
                wrong.append(f"{row.what}: {sorted(told)} instead of {row.expected}")
    assert not wrong, "\n".join(wrong)


def _told(owed: Sequence[Owed]) -> set[str]:
    return {
        f"{each.place} {each.fate}" + (f" {at_text(each.due)}" if each.fate == "held" and each.due else "")
        for each in owed
    }


def test_every_event_has_exactly_one_end_for_every_rule_and_place_that_wants_it(week: Lived) -> None:
    owed = Counter(
        (each.title, each.event_type, rule, each.place) for each in week.oracle.owed for rule in each.rules
    )
    found = Counter((each.title, each.event_type, each.rule, each.place) for each in week.found if each.rule)
    assert found - owed == Counter(), "nobody wanted these"
    assert owed - found == Counter(), "these were lost"


def test_each_end_is_the_one_that_was_promised(week: Lived) -> None:
    wrong = []
    for owed in week.oracle.owed:
        ends = sorted(each.end for each in week.of(owed))
        wanted = "sent" if owed.fate == "held" else owed.fate
        one_card = sorted([wanted, *["joined"] * (len(owed.rules) - 1)])
        each_alone = [wanted] * len(owed.rules)  # what is muted or skipped is so for each rule
        if ends != one_card and (ends != each_alone or wanted == "sent"):
            when = at_text(owed.at)
            wrong.append(f"{when} {owed.title} {owed.event_type} {owed.place}: {ends} not {owed.fate}")
    assert not wrong, "\n".join(wrong)


def test_what_is_sent_comes_in_time(week: Lived) -> None:
    late = []
    for owed in week.oracle.owed:
        for entry in week.of(owed) if owed.due else ():
            if entry.end == "sent":
                at = entry.delivery.finished_at
                if owed.due is None or at is None or not owed.due <= at <= owed.due + WITHIN:
                    late.append(f"{owed.title} {owed.place}: {at} instead of {owed.due}")
    assert not late, "\n".join(late)


def test_nobody_sees_anything_twice(week: Lived) -> None:
    """Each message holds what the record says, and Chat holds no further message of ours."""
    by_message: dict[str, list[Entry]] = defaultdict(list)
    for each in week.sent():
        by_message[str(each.delivery.message_name)].append(each)
    ours = {card.name for place in PLACES for card in week.world.cards(place)}
    told = {name for name, several in by_message.items() if several[0].place in PLACES}
    assert told == ours
    assert max(Counter(each.key for each in week.sent() if each.rule).values()) == 1
    for several in by_message.values():
        message = several[0].message
        assert message is not None
        if several[0].rule:
            assert told_by(message.content) == len({each.delivery.event_id for each in several})


def test_nothing_comes_in_quiet_hours_but_what_is_urgent(week: Lived) -> None:
    for each in week.sent():
        at = each.delivery.finished_at
        if each.place in PLACES and not each.delivery.is_urgent and each.delivery.event_type != NOTICE:
            assert at is not None
            assert not week.oracle.window(each.place, at).holds(at), f"{each.key} at {at}"


def test_what_was_held_comes_silently_and_news_and_what_is_urgent_does_not(week: Lived) -> None:
    for owed in week.oracle.owed:
        for entry in week.of(owed):
            if entry.end == "sent" and entry.message is not None:
                is_reply = owed.event_type == "deal.stage_changed" and owed.place in ("deals", "board")
                if owed.fate == "held" and not owed.urgent:
                    assert entry.message.notification == SILENT, owed
                elif not is_reply and told_by(entry.message.content) == 1:
                    assert entry.message.notification != SILENT, owed


def test_each_place_sees_what_happened_to_a_deal_in_its_order(week: Lived) -> None:
    seen: dict[tuple[str, str], list[tuple[int, datetime]]] = defaultdict(list)
    for each in week.sent():
        if each.rule and not each.delivery.is_urgent and each.delivery.finished_at:
            seen[each.place, each.title].append((each.delivery.event_id or 0, each.delivery.finished_at))
    for key, events in seen.items():
        assert [at for _, at in sorted(events)] == sorted(at for _, at in events), key


def test_what_was_muted_or_gathered_is_told_by_one_card_for_each_place(week: Lived) -> None:
    told = {place: sorted(count for _, count in cards) for place, cards in summaries(week.found).items()}
    assert told == {place: sorted(counts) for place, counts in gathered(week.found).items()}
    assert {"deals", "wins", "ben", "board"} <= set(told)
    for place, cards in summaries(week.found).items():
        for at, _ in cards:
            assert not week.oracle.window(place, at).holds(at)


def test_the_digest_comes_at_nine_by_the_clock_on_the_wall_before_and_after_the_change(week: Lived) -> None:
    times = [at_text(at) for at, _ in summaries(week.found)["board"]]
    assert {"Thu 22 09:00", "Sat 24 09:00", "Mon 26 09:00"} <= set(times), times
    assert times[-1] == "Tue 27 11:00", "what was gathered goes at once when the digest is switched off"


def test_a_deal_that_not_everybody_may_see_is_named_nowhere(week: Lived) -> None:
    private = {each.title for each in week.oracle.owed if each.private}
    assert private
    for place in PLACES:
        for card in week.world.cards(place):
            assert not any(f"{title}'" in str(card.content) for title in private)


def test_the_other_tenant_gets_its_own_and_nothing_else(week: Lived) -> None:
    theirs = {each.title for each in week.oracle.owed if each.place == "north"}
    for each in week.sent():
        if each.rule:
            assert (each.place == "north") == (each.title in theirs)


def test_what_people_say_is_answered_and_refusals_are_private(week: Lived) -> None:
    for row, answered in week.answers:
        if row.expected == "refused":
            assert REFUSED in str(answered), row
            assert answered["message"]["privateMessageViewer"] == {"name": PERSONS[row.who]}
        else:
            assert answered["kind"] not in ("refused", "failed"), (row, answered)
            assert REFUSED not in str(answered), row


def test_a_press_is_written_once_and_refused_ones_never(week: Lived) -> None:
    crm = week.world.play.pipedrive
    vandelay, stark = week.world.deal("Vandelay"), week.world.deal("Stark")
    assert vandelay["status"] == "won"
    assert writes_to(crm, vandelay["id"]) == 1
    assert (stark["owner_id"], stark["stage_id"]) == (2, 3)
    assert writes_to(crm, stark["id"]) == 2
