"""Customers' templates: what they can show, and what is never possible."""

import re
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from liquid import BoundTemplate

from bot.cards import template
from bot.cards.event import event_card
from bot.cards.template import LiquidName, LiquidTemplate, Whole, render, variables
from models.languages.translate import speaking
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import NO_NAMES, Name, Names
from models.rules.liquid import check
from models.rules.liquid.check import ROOTS, SAMPLE, liquid_problems
from models.rules.liquid.environment import (
    OUTPUT_BYTES,
    SOURCE_BYTES,
    BoundedEnvironment,
    Formats,
    TemplateFailed,
    template_failures,
)
from tests.cards import lines, text
from tests.changes import HASH, LINK_BASE, NAMES, told
from tests.hostile import titles

MOVED = told(previous={"stage_id": 1, "value": 100})


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("{{ deal.title }}", "Acme renewal"),
        ("{{ deal.value | money }}", "€12,500"),
        ("{{ deal.value }}", "12500"),
        ("{{ before.value | money }}", "€100"),
        ("{{ deal.value | minus: before.value | money: deal.currency }}", "€12,400"),
        ("{% if deal.value > 10000 %}big{% else %}small{% endif %}", "big"),
        ("{{ 12500 | money: 'EUR' }} {{ 12500 | number }}", "€12,500 12,500"),
        ("{{ deal.value | number: 2 }} {{ 1.239 | number: '1' }} {{ 1.6 | number: 0 }}", "12,500.00 1.2 2"),
        ("{{ 1.5 | number: 7 }} {{ 1.5 | number: deal }} {{ 1.5 | number: title }}", "1.5 1.5 1.5"),
        ("{{ '2026-11-20' | date }} {{ '2026-11-20' | date: '%d.%m.%y' }}", "Nov 20, 2026 20.11.26"),
        ("{{ before.stage }} to {{ deal.stage }}", "Qualified to Negotiation"),
        ("{{ deal.organization.name }} / {{ deal.organization }}", "Acme Ltd / Acme Ltd"),
        ("{{ deal.expected_close_date | date }}", "Dec 31, 2026"),
        ("{{ deal.custom.Region }} {{ deal.custom['Size'] }}", "North Large"),
        ("{{ deal.custom['" + HASH + "'] }}", "North"),
        ("{{ who }}: {{ what }}", "Ben: Deal moved: Qualified → Negotiation"),
        ("{{ title }} {{ change.action }} {{ change.type }}", "Acme renewal updated deal.value_changed"),
        ("[{{ deal.nothing }}{{ nothing.at.all }}{{ before.owner }}]", "[]"),
        ("<b>{{ deal.title }}</b>\nnext", "<b>Acme renewal</b><br>next"),
        ('<a href="{{ link }}">open</a>', '<a href="https://x.example/1">open</a>'),
    ],
)
def test_a_template_names_what_it_likes(source: str, drawn: str) -> None:
    assert render(source, MOVED, NAMES, "https://x.example/1") == drawn


@given(titles)
def test_values_never_become_markup(title: str) -> None:
    drawn = render("<b>{{ deal.title }}</b>", told(title=title), NO_NAMES)

    assert set(drawn.replace("<b>", "").replace("</b>", "").replace("<br>", "")).isdisjoint("<>")


def test_a_template_is_the_text_of_the_card() -> None:
    card = event_card(
        MOVED, NAMES, look=LiquidTemplate("Worth {{ deal.value | money }}"), link_base=LINK_BASE
    )

    assert "Worth €12,500" in lines(card)
    assert "[Open]" in lines(card)


def test_a_template_that_fails_at_night_leaves_the_compact_card() -> None:
    loops = LiquidTemplate("{% for a in deal %}" * 3 + "{% endfor %}" * 3)
    shown = text(event_card(MOVED, NAMES, look=loops))

    assert "€12,500" in shown
    assert "The template of this rule failed: loop iteration limit reached" in shown


LOOP_OVER_ITSELF = "{% for a in deal.custom %}{% for b in forloop %}x{% endfor %}{% endfor %}"
UNFORESEEN = [
    LOOP_OVER_ITSELF,
    "{% for a in change.types %}{% if forloop == deal %}x{% endif %}{% endfor %}",
]


@pytest.mark.parametrize("source", UNFORESEEN)
def test_what_the_language_did_not_foresee_leaves_the_compact_card_too(source: str) -> None:
    """Each raises KeyError or AttributeError, which made a dead letter of every card."""
    assert liquid_problems(source) == ["the template does not work"]
    shown = text(event_card(MOVED, NAMES, look=LiquidTemplate(source)))

    assert "€12,500" in shown
    assert "The template of this rule failed: the template does not work" in shown


class Unforeseen(Exception):
    """No kind that Python or the language knows."""


def test_whatever_is_raised_is_the_failure_of_the_template() -> None:
    for wrong in (Unforeseen("inner words"), MemoryError(), AssertionError(), OSError("inner words")):
        with pytest.raises(TemplateFailed, match="the template does not work"), template_failures():
            raise wrong
    with pytest.raises(KeyboardInterrupt), template_failures():
        raise KeyboardInterrupt


ODD = [
    None,
    "",
    "x",
    "2",
    "-1.5",
    "%d",
    0,
    3,
    -1,
    10**12,
    1.5,
    True,
    [],
    ["a", 1],
    {},
    {"a": None},
]
CARRIED = [
    (LiquidName("Ada"), "Ada"),
    (Whole(5), 5),
    (variables(MOVED, NAMES)["before"], SAMPLE["before"]),
    (variables(MOVED, NAMES)["deal"]["custom"], SAMPLE["deal"]["custom"]),
]


@pytest.mark.parametrize("name", sorted(check._ENVIRONMENT.filters))
def test_the_check_and_the_cards_refuse_the_same_uses_of_a_filter(name: str) -> None:
    """The check took `number: 2`, and every card with it died."""
    assert check._ENVIRONMENT.filters.keys() == template._ENVIRONMENT.filters.keys()
    values = [*((each, each) for each in ODD), *CARRIED]
    pairs = list(product(values, values))
    for form in (f"{{{{ v | {name} }}}}", f"{{{{ v | {name}: g }}}}", f"{{{{ v | {name}: g, g }}}}"):
        drawing, checking = (each._ENVIRONMENT.parse_bounded(form) for each in (template, check))
        for value, other in pairs if ":" in form else zip(values, values, strict=True):
            drawn = _is_drawn(drawing, v=value[0], g=other[0])
            assert drawn == _is_drawn(checking, v=value[1], g=other[1]), (form, value, other)


def _is_drawn(parsed: BoundTemplate, **values: object) -> bool:
    try:
        with template_failures():
            parsed.render(values)
    except TemplateFailed:
        return False
    return True


def test_a_template_is_tried_with_the_variables_that_cards_have() -> None:
    shown = variables(MOVED, NAMES)

    assert shown.keys() == SAMPLE.keys() - ENTITIES.keys() | {"deal"}
    assert shown["deal"].keys() | {"custom"} == SAMPLE["deal"].keys()
    assert shown["change"].keys() == SAMPLE["change"].keys()


def test_a_failed_template_says_why_in_the_language_of_the_reader() -> None:
    loops = LiquidTemplate("{% for a in deal %}" * 3 + "{% endfor %}" * 3)

    with speaking("de"), pytest.raises(TemplateFailed, match="zu viele Durchläufe"):
        loops.render(MOVED, NAMES)


def test_a_template_can_say_that_it_is_late() -> None:
    source = "{% if late %}late{% else %}in time{% endif %}"

    assert render(source, replace(MOVED, change_source="catch_up"), NAMES) == "late"
    assert render(source, MOVED, NAMES) == "in time"


def test_a_wrong_template_cannot_be_built() -> None:
    with pytest.raises(TemplateFailed, match="unexpected tag 'include'"):
        LiquidTemplate("{% include 'secrets' %}")


def test_the_manual_names_every_filter_and_limit() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "templates.md").read_text()
    words = set(re.findall(r"\w+", manual))

    filters = BoundedEnvironment(Formats(str, str, str, str)).filters  # type: ignore[arg-type]
    assert {name for name in filters if name not in words} == set()
    assert {name for name in ROOTS if name not in ENTITIES and name not in words} == set()
    assert f"{SOURCE_BYTES:,} bytes" in manual
    assert f"{OUTPUT_BYTES:,} bytes" in manual


def test_the_example_of_the_manual_works() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "templates.md").read_text()
    example = manual.split("```liquid\n")[1].split("```")[0]

    assert liquid_problems(example) == []
    drawn = render(example, MOVED, NAMES)
    assert drawn.startswith("<b>Acme renewal</b> is worth €12,500<br>It went from Qualified to Negotiation.")
    assert drawn.endswith("That is a big one, Ben!<br>")


LOOP = "{% for f in deal.custom %}{% assign x = BIG FILTERS %}{{ deal.custom.last | slice: 0 }}{% endfor %}"


@pytest.mark.parametrize(
    ("filters", "big"),
    [
        (" | truncatewords: 20000" * 270, "deal.title"),
        (" | capitalize" * 500, "deal.custom.big"),
        (" | escape_once | upcase" * 250, "y"),
        (" | size | plus: 1" * 200, "deal.custom.last"),
    ],
)
def test_no_template_takes_a_second_for_one_card(filters: str, big: str) -> None:
    """Hundreds of custom fields and of filters on a text of 24 kB took 4.4 s (review, L3)."""
    grow = "{% assign y = deal.custom.big %}" + "{% assign y = y | append: deal.custom.big %}" * 12
    source = grow + LOOP.replace("BIG", big).replace("FILTERS", filters)
    custom = {
        f"{number:040x}": {"type": "varchar", "value": f"Field {number} " * 150} for number in range(400)
    }
    names = Names({("deal_field", key): Name(f"Field {number}") for number, key in enumerate(custom)})
    names["deal_field", f"{398:040x}"], names["deal_field", f"{399:040x}"] = Name("big"), Name("last")
    change = told(title="a b " * 6_000, custom_fields=custom)
    made = LiquidTemplate(source)
    started = time.perf_counter()
    with pytest.raises(TemplateFailed, match="too many filters"):
        made.render(change, names)

    assert time.perf_counter() - started < 1


def test_an_ordinary_number_of_filters_is_allowed() -> None:
    source = (
        "{% for f in deal.custom %}{{ f[1] | upcase | append: '!' }}{% endfor %}"
        + "{{ title | upcase }}" * 300
    )

    assert render(source, MOVED, NAMES).count("ACME RENEWAL") == 300
