"""Liquid: forbidden parts of the language are refused, and no template exhausts resources."""

import time

import pytest
from liquid.exceptions import LiquidError

from models.languages.translate import speaking
from models.rules.liquid.environment import (
    BoundedEnvironment,
    Formats,
    complaint,
)

FORMATS = Formats(
    money=lambda value, currency: f"{currency} {value}",
    number=lambda value, places: f"{value}" if places is None else f"{value}.{'0' * places}",
    day=str,
    clean=str,
)
parse = BoundedEnvironment(FORMATS).parse_bounded

BOMBS = [
    "{% for i in (1..1000000000) reversed %}x{% endfor %}",
    "{% assign x = (1..100000000) | join %}",
    "{% if (1..100000000) contains 5 %}x{% endif %}",
    "{% if true %}{% for i in (1..9) %}{% endfor %}{% endif %}",
    "{% assign x = 'aaaaaaaaaa' %}" + "{% assign x = x | append: x %}" * 200,
    "{% assign x = 99 %}" + "{% assign x = x | times: x %}" * 200,
    "{% capture s %}aaaaaaaaaaaaaaaaaaaaa{% endcapture %}"
    + "{% capture s %}{{ s }}{{ s }}{% endcapture %}" * 60,
    "{% if " + "(" * 3000 + "a" + ")" * 3000 + " %}{% endif %}",
    "{% if a %}" * 300 + "{% endif %}" * 300,
    "{{ " + "9" * 7000 + " }}",
    "x" * 9000,
    "{{ 'a' | replace: 'a', 'b' }}",
    "{{ '1' | date: '%999999999d' }}",
    "{% include 'x' %}",
    "{% render 'x' %}",
    "{% tablerow i in x %}{% endtablerow %}",
    "{{ x | safe }}",
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_at_once(bomb: str) -> None:
    started = time.perf_counter()
    with pytest.raises(LiquidError):
        parse(bomb).render(x="<b>")

    assert time.perf_counter() - started < 10  # unbounded, it would take minutes


def test_endless_loops_over_what_we_hand_in_are_counted() -> None:
    source = "{% for a in x %}" * 4 + "{% endfor %}" * 4
    with pytest.raises(LiquidError, match="loop iteration limit"):
        parse(source).render(x=list(range(100)))


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("{{ x }}", "&lt;b&gt;"),
        ("{{ x | upcase | append: '!' }}", "&lt;B&gt;!"),
        ("{{ 12500 | money: 'EUR' }}", "EUR 12500"),
        ("{{ 5 | number }} {{ 5 | number: 2 }} {{ 5 | number: '0' }}", "5 5.00 5."),
        ("{{ 5 | number: 7 }} {{ 5 | number: true }} {{ 5 | number: 'de' }}", "5 5 5"),
        ("{{ 12500 | number }}", "12500"),
        ("{{ '2026-11-20' | date }}", "2026-11-20"),
        ("{{ '2026-11-20' | date: '%d.%m.%y' }}", "20.11.26"),
        ("{{ 'soon' | date: '%d' }}", "soon"),
        ("{{ nothing.at.all }}", ""),
        ("{{ nothing | default: 'none' }}", "none"),
        ("{{ x.__class__.__mro__ }}", ""),
    ],
)
def test_what_is_allowed_draws(source: str, drawn: str) -> None:
    assert parse(source).render(x="<b>") == drawn


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("\n\n{{ x | nope }}", "unknown filter 'nope' (line 3 of the template)"),
        ("{% include 'x' %}", "unexpected tag 'include' (line 1 of the template)"),
        (
            "x\n{% for i in (1..2) %}{% endfor %}",
            "ranges like (1..5) are not allowed (line 2 of the template)",
        ),
    ],
)
def test_complaints_name_the_line(source: str, said: str) -> None:
    with pytest.raises(LiquidError) as caught:
        parse(source).render()

    assert complaint(caught.value) == said


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ x | nope }}", "unbekannter Filter 'nope'"),
        ("{% include 'x' %}", "unbekannter Befehl 'include'"),
        ("{% for i in (1..2) %}{% endfor %}", "Bereiche wie (1..5) sind nicht erlaubt"),
        ("{{ 1 | divided_by: 0 }}", "divided_by: durch 0 kann nicht geteilt werden"),
        ("{% if a %}" * 12 + "{% endif %}" * 12, "die Vorlage ist zu tief verschachtelt"),
    ],
)
def test_german_readers_get_complaints_in_german(source: str, words: str) -> None:
    with speaking("de"):
        with pytest.raises(LiquidError) as caught:
            parse(source).render()
        assert complaint(caught.value) in (words, f"{words} (Zeile 1 der Vorlage)")


def test_an_error_of_the_stack_is_told_in_our_own_words() -> None:
    words = "maximum recursion depth exceeded in comparison"

    assert complaint(RecursionError(words)) == "the template is nested too deep"
    with speaking("de"):
        assert complaint(RecursionError(words)) == "die Vorlage ist zu tief verschachtelt"
