"""What a template costs is counted wherever it may repeat: no accepted one takes long for a card."""

from __future__ import annotations

import time

import pytest
from liquid.exceptions import LiquidError

from models.languages.translate import speaking
from models.rules.liquid.environment import complaint
from models.rules.liquid.limits import MOST_LOOKUPS, MOST_STEPS
from tests.models.rules.liquid.test_environment import parse

LOOKUPS, STEPS = "too many variable lookups", "too many steps"
CASE = "{% case 1 %}{% when 1, 1, 1, 1, 1, 1, 1, 1 %}"
LOOP = "{% for a in many %}"
GROW = "{% assign long = text %}" + "{% assign long = long | append: text %}" * 12
VARIABLES = "".join(f"{{% assign a{number} = 1 %}}" for number in range(200))


def _repeated(part: str, before: str = LOOP, after: str = "{% endfor %}") -> str:
    """Return a source of almost 8,000 bytes: a part again and again inside a loop."""
    return before + part * ((7_990 - len(before) - len(after)) // len(part)) + after


COSTLY = {
    _repeated("{% if z %}{% endif %}"): LOOKUPS,
    _repeated("{% if deal.title %}{% endif %}"): LOOKUPS,
    _repeated("{% if deal.no.such %}{% endif %}"): LOOKUPS,
    LOOP + "{% if nested" + ".last" * 1_500 + " %}{% endif %}{% endfor %}": LOOKUPS,
    LOOP + "{% if deal" + "[deal" * 190 + "]" * 190 + " %}{% endif %}{% endfor %}": LOOKUPS,
    _repeated("{% if many == other %}{% endif %}"): LOOKUPS,
    _repeated("{% if long contains text %}{% endif %}", GROW + LOOP): LOOKUPS,
    _repeated("{% capture b %}{{ long }}{% endcapture %}", GROW + LOOP): LOOKUPS,
    _repeated("{% if 1 == 2 %}{% endif %}"): STEPS,
    _repeated("{{ '' }}"): STEPS,
    _repeated("{% if 1 == 2" + " or 1 == 2" * 190 + " %}{% endif %}"): STEPS,
    _repeated(", 2", LOOP + "{% case 1 %}{% when 2", " %}{% endcase %}{% endfor %}"): STEPS,
    CASE * 9 + "{{ '' }}" + "{% endcase %}" * 9: STEPS,
    _repeated("{% for b in 'a' %}{% endfor %}"): STEPS,
    _repeated("{% for b in many %}{% endfor %}", "", ""): STEPS,
    _repeated("{% assign a = 1 %}", VARIABLES + LOOP): STEPS,
    _repeated("{% if 0 %}{% elsif 1 == 2 %}{% endif %}  \n"): STEPS,
}
VALUES = {
    "deal": {"title": "A deal"},
    "many": {str(number): "x" for number in range(800)},
    "other": {str(number): "x" for number in range(800)},
    "nested": [],
    "text": "a" * 2_000,
}
VALUES["nested"].append(VALUES["nested"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("source", COSTLY)
def test_no_template_takes_long_for_one_card(source: str) -> None:
    """Unlimited, they take up to minutes; measured with the limits, each takes 5 to 200 ms."""
    made = parse(source)
    started = time.thread_time()
    with pytest.raises(LiquidError) as caught:
        made.render(VALUES)

    assert complaint(caught.value).startswith(COSTLY[source])
    assert time.thread_time() - started < 1


def test_20000_lookups_are_allowed_and_not_one_more() -> None:
    """The list that is gone through is looked up once, and counts once more for every four of its items."""
    source = LOOP + "{% if deal.title %}{% endif %}" * 24 + "{% if a %}{% endif %}" + "{% endfor %}"
    rounds = (MOST_LOOKUPS - 1) // (25 + 1 / 4)

    assert parse(source).render(VALUES | {"many": ["x"] * int(rounds)}) == ""
    with pytest.raises(LiquidError, match=LOOKUPS):
        parse(source).render(VALUES | {"many": ["x"] * int(rounds + 1)})


def test_each_part_of_a_template_is_a_step_each_time_it_is_gone_through() -> None:
    part = "{% if 1 %}{% endif %}"  # the tag, its condition, and the value in that
    rounds = MOST_STEPS // (3 * 100 + 1)
    source = LOOP + part * 100 + "{% endfor %}"

    assert parse(source).render(many=["x"] * rounds) == ""
    with pytest.raises(LiquidError, match=STEPS):
        parse(source).render(many=["x"] * (rounds + 1))


def test_a_long_list_of_fields_may_be_gone_through() -> None:
    source = "{% for f in many %}{% if f[1] != '' %}{{ f[0] }}: {{ f[1] | upcase }}\n{% endif %}{% endfor %}"

    assert parse(source).render(VALUES).count(": X") == 800


def test_german_readers_are_told_in_german() -> None:
    words = {LOOKUPS: "zu viele Zugriffe auf Variablen", STEPS: "zu viele Schritte"}
    with speaking("de"):
        for source, told in COSTLY.items():
            with pytest.raises(LiquidError) as caught:
                parse(source).render(VALUES)
            assert complaint(caught.value) == f"{words[told]} (Zeile 1 der Vorlage)"
