"""Liquid sources: which may be saved, and which are refused with the line; each is checked once."""

from __future__ import annotations

import pytest

from models.languages.translate import speaking
from models.rules.liquid import check
from models.rules.liquid.check import ROOTS, SAMPLE, liquid_problems
from models.rules.liquid.environment import SOURCE_BYTES

RANGES = "ranges like (1..5) are not allowed (line 1 of the template)"
TOO_DEEP = "{% if deal %}" * 12 + "x" + "{% endif %}" * 12
GROWING = "{% assign s = 'aaaaaaaaaa' %}" + "{% assign s = s | append: s %}" * 30


@pytest.mark.parametrize(
    "source",
    [
        "",
        "plain",
        "{{ deal.title }}",
        "{{ deal.value | money }} {{ deal.value | number }} {{ change.when | date: '%d.%m.' }}",
        "{% if before.stage %}{{ before.value | minus: deal.value }}{% endif %}",
        "{{ person.name }} {{ lead.title }} {{ deal.organization.name }}",
        "{% for a in deal.custom %}{{ a[0] }}{% endfor %}",
        "{% assign mine = who %}{{ mine }}{{ late }}{{ link }}{{ what }}{{ title }}",
        "x" * SOURCE_BYTES,
    ],
)
def test_valid_source_has_no_problems(source: str) -> None:
    assert liquid_problems(source) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{{ deal.title", "expected"),
        ("{% if x %}", "endif"),
        ("{% include 'x' %}", "unexpected tag 'include'"),
        ("{% render 'x' %}", "unexpected tag 'render'"),
        ("a\n{% bogus %}", "(line 2 of the template)"),
        ("{{ title | frobnicate }}", "unknown filter 'frobnicate' (line 1 of the template)"),
        ("\n{% if late %}{{ dael.title | shout }}{% endif %}", "unknown filter 'shout' (line 2"),
        (
            "\n{% if late %}{{ dael.title | shout }}{% endif %}",
            "unknown name 'dael' (line 2",
        ),
        ("é" * SOURCE_BYTES, "16,000 bytes, 8,000 are allowed"),
        ("{{ deal.value | divided_by: 0 }}", "divided_by: can't divide by 0 (line 1 of the template)"),
    ],
)
def test_invalid_source_is_refused_with_a_message(source: str, complaint: str) -> None:
    assert complaint in "\n".join(liquid_problems(source))


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{% for i in (1..100000000) %}x{% endfor %}", RANGES),
        (TOO_DEEP, "the template is nested too deep"),
        (GROWING, "a text grew too long"),
        ("{% for a in deal %}" * 3 + "{% endfor %}" * 3, "loop iteration limit reached"),
        ("{{ title | upcase }}" * 400 + "{{ title" + " | upcase" * 700 + " }}", "the template has"),
        ("{% for a in deal %}{{ a" + " | upcase" * 100 + " }}{% endfor %}", "too many filters"),
    ],
)
def test_what_would_fail_at_night_is_refused_when_it_is_saved(source: str, problem: str) -> None:
    problems = liquid_problems(source)

    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_problems_are_in_the_language_of_whoever_saves() -> None:
    with speaking("de"):
        assert liquid_problems("{{ dael }}") == ["unbekannter Name 'dael' (Zeile 1 der Vorlage)"]
        assert liquid_problems(GROWING)[0].startswith("ein Text wurde zu lang")
    assert liquid_problems("{{ dael }}") == ["unknown name 'dael' (line 1 of the template)"]


def test_a_text_of_many_rules_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert liquid_problems("{{ title }} only here") == []
    monkeypatch.setattr(check, "_ENVIRONMENT", None)  # a second check would fail

    assert liquid_problems("{{ title }} only here") == []


def test_a_template_is_tried_with_every_variable_that_is_no_other_entity() -> None:
    assert SAMPLE.keys() == {"deal", "before", "change", "title", "what", "who", "link", "late"}
    assert SAMPLE.keys() <= ROOTS
