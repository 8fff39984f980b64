"""Who gets a lead: fairness over any arrivals and absences, caps, load."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from models.routing.choose import Caps, Member, choose
from models.tables.routing import RoutingMethod

MEMBERS = tuple(range(1, 7))
AWAY = st.lists(st.frozensets(st.sampled_from(MEMBERS)), max_size=60)


def people(away: frozenset[int] = frozenset(), today: int = 0) -> dict[int, Member]:
    return {each: Member(each, today=today, is_away=each in away) for each in MEMBERS}


@given(st.permutations(MEMBERS), AWAY)
def test_always_available_people_get_the_same_number(
    order: list[int], arrivals: list[frozenset[int]]
) -> None:
    """Whoever comes and goes meanwhile: their counts differ by one at most, at any moment."""
    got: Counter[int] = Counter()
    last: int | None = None
    always = [each for each in MEMBERS if not any(each in gone for gone in arrivals)]
    for away in arrivals:
        chosen = choose(RoutingMethod.ROUND_ROBIN, order, people(away), Caps(), last)
        assert chosen not in away
        assert (chosen is None) == (len(away) == len(MEMBERS))
        if chosen is not None:
            got[chosen], last = got[chosen] + 1, chosen
        counts = [got[each] for each in always]
        assert max(counts, default=0) - min(counts, default=0) <= 1


@given(AWAY, st.integers(1, 4))
def test_nobody_gets_more_than_the_cap(arrivals: list[frozenset[int]], most: int) -> None:
    now = people()
    last: int | None = None
    for away in arrivals:
        for each in now.values():
            each.is_away = each.user_id in away
        chosen = choose(RoutingMethod.LOAD, MEMBERS, now, Caps(most_open=most), last)
        if chosen is not None:
            others = [each.open_leads for each in now.values() if not each.is_away]
            assert now[chosen].open_leads == min(others)
            now[chosen].open_leads += 1
            last = chosen
    assert max(each.open_leads for each in now.values()) <= most


def test_hundred_leads_are_shared_evenly() -> None:
    got: Counter[int | None] = Counter()
    last: int | None = None
    for _ in range(100):
        last = choose(RoutingMethod.ROUND_ROBIN, MEMBERS, people(), Caps(), last)
        got[last] += 1
    assert sorted(got.values()) == [16, 16, 17, 17, 17, 17]


def test_who_does_not_work_now_is_left_out_in_hours_alone() -> None:
    asleep = {1: Member(1, is_working=False)}
    assert choose(RoutingMethod.ROUND_ROBIN, (1,), asleep, Caps(in_hours=True), None) is None
    assert choose(RoutingMethod.ROUND_ROBIN, (1,), asleep, Caps(), None) == 1


def test_a_day_has_a_cap_and_a_lead_comes_to_nobody_twice() -> None:
    assert choose(RoutingMethod.LOAD, MEMBERS, people(today=3), Caps(most_today=3), None) is None
    assert choose(RoutingMethod.ROUND_ROBIN, MEMBERS, people(), Caps(), 2, without={3}) == 4
    assert choose(RoutingMethod.ROUND_ROBIN, MEMBERS, {}, Caps(), None) is None
