"""Liquid sources: which may be saved, and which are refused with the line; each is checked once."""

from __future__ import annotations

import pytest

from models.languages.translate import speaking
from models.pipedrive.entity import ENTITIES
from models.rules.liquid import check
from models.rules.liquid.check import ROOTS, SAMPLE, liquid_problems
from models.rules.liquid.environment import SOURCE_BYTES

RANGES = "ranges like (1..5) are not allowed (line 1 of the template)"
TOO_DEEP = [
    "{% if deal %}" * 12 + "x" + "{% endif %}" * 12,
    "{% for a in title %}" * 9 + "{% endfor %}" * 9,
    "{% if 1" + " or 1" * 250 + " %}x{% endif %}",
    "{% if 1" + " or 1" * 1_500 + " %}x{% endif %}",
    "{{ deal" + "[deal" * 210 + "]" * 210 + " }}",
    "{{ deal" + "[deal" * 1_300 + "]" * 1_300 + " }}",
    "{% if " + "(" * 3_000 + "1" + ")" * 3_000 + " %}x{% endif %}",
]
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
        "{{ '{{' }}{ }} %}{% comment %}{{ title }}{% if %}{% endcomment %}{% # {{ %}",
        "{{ deal.value | divided_by: deal.probability }} {{ 100 | modulo: before.value }}",
        "{{ lead.value | divided_by: lead.value }} {{ 100 | divided_by: before.probability }}",
        "{% if deal.stage == 'A'" + " or deal.stage == 'B'" * 190 + " %}x{% endif %}",
    ],
)
def test_valid_source_has_no_problems(source: str) -> None:
    assert liquid_problems(source) == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("a\n{{ deal.title", "“{{” is not closed with “}}” (line 2 of the template)"),
        ("{{ deal.title }\n{{ who }}", "“{{” is not closed with “}}” (line 1 of the template)"),
        ("{{ title %}", "“{{” is not closed with “}}”"),
        ("{% if late }x{% endif %}", "“{%” is not closed with “%}”"),
        ("{% comment %}{{ title{% endcomment %}{{ who }}", "“{{” is not closed with “}}”"),
        ("x {%", "“{%” is not closed with “%}”"),
        # The language would leave out what follows `else`.
        ("{% if 1 %}{% if late %}a{% else {{ title }}{% endif %}{% endif %}", "“{%” is not closed with “%}”"),
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
        *((source, "the template is nested too deep") for source in TOO_DEEP),
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


@pytest.mark.parametrize("source", TOO_DEEP)
def test_what_is_nested_too_deep_is_refused_in_german_too(source: str) -> None:
    with speaking("de"):
        assert [each.split(" (")[0] for each in liquid_problems(source)] == [
            "die Vorlage ist zu tief verschachtelt"
        ]


def test_at_most_twenty_problems_are_answered() -> None:
    problems = liquid_problems("".join(f"{{{{ name{number} }}}}\n" for number in range(300)))

    assert problems[0] == "unknown name 'name0' (line 1 of the template)"
    assert problems[-1] == "unknown name 'name19' (line 20 of the template)"
    assert len(problems) == 20


def test_results_are_kept_for_256_texts() -> None:
    for number in range(300):
        liquid_problems(f"text {number}")

    assert check._problems.cache_info().currsize == 256


def test_problems_are_in_the_language_of_whoever_saves() -> None:
    with speaking("de"):
        assert liquid_problems("{{ dael }}") == ["unbekannter Name 'dael' (Zeile 1 der Vorlage)"]
        assert liquid_problems(GROWING)[0].startswith("ein Text wurde zu lang")
        assert liquid_problems("{{ title") == ["„{{“ wird nicht mit „}}“ geschlossen (Zeile 1 der Vorlage)"]
    assert liquid_problems("{{ dael }}") == ["unknown name 'dael' (line 1 of the template)"]


def test_a_text_of_many_rules_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert liquid_problems("{{ title }} only here") == []
    monkeypatch.setattr(check, "_ENVIRONMENT", None)  # a second check would fail

    assert liquid_problems("{{ title }} only here") == []


def test_a_template_is_tried_with_every_variable() -> None:
    assert SAMPLE.keys() == ROOTS


def test_numbers_of_the_sample_are_not_0() -> None:
    for key, entity in ENTITIES.items():
        numbers = [name for name, field in entity.fields.items() if field.kind in ("number", "money")]
        for name in numbers:
            assert liquid_problems(f"{{{{ 1 | divided_by: {key}.{name} }}}}") == []
            assert liquid_problems(f"{{{{ 1 | divided_by: before.{name} }}}}") == []
