"""Reading YAML and JSON: nothing that a document contains ends the process."""

from __future__ import annotations

import time

import pytest

from models.rules_file.yaml_source import read_sources

TOO_DEEP = "nesting deeper than 100 levels is not supported (line 1)"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "rules: " + "[" * 100_000 + "]" * 100_000,
        "[" * 101 + "1" + "]" * 101,  # as JSON it would be read
        "[\t" * 101 + "]" * 101,
    ],
)
def test_very_deep_document_is_refused(text: str) -> None:
    (source,) = read_sources(text)
    assert [problem for _, problem in source.problems] == [TOO_DEEP]
    assert not source.is_readable


@pytest.mark.parametrize("text", ["[" * 99 + "1" + "]" * 99, "- " * 99 + "1"])
def test_depth_is_counted_and_not_the_number_of_nodes(text: str) -> None:
    wide = f"{text}\n---\n[{', '.join(['[1]'] * 500)}]"
    sources = list(read_sources(wide))
    assert [source.problems for source in sources] == [[], []]


def read_one(text: str) -> tuple[object, list[str]]:
    (source,) = read_sources(text)
    return source.value, [problem for _, problem in source.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x [1]\nb: [*x, *x]", {"a": [1], "b": [[1], [1]]}),
        ("a: &x {n: 1}\nb: *x", {"a": {"n": 1}, "b": {"n": 1}}),
        ("a: &x Deals\nb: *x", {"a": "Deals", "b": "Deals"}),
        (
            "a: &x {n: 1, m: 2}\nb: {<<: *x, m: 3, k: 4}",
            {"a": {"n": 1, "m": 2}, "b": {"n": 1, "m": 3, "k": 4}},
        ),
        ("a: &x {n: 1, m: 2}\nb: {m: 3, <<: *x}", {"a": {"n": 1, "m": 2}, "b": {"n": 1, "m": 3}}),
        (
            "a: &x {n: 1}\nb: &y {n: 2, m: 2}\nc: {<<: [*x, *y]}",
            {"a": {"n": 1}, "b": {"n": 2, "m": 2}, "c": {"n": 1, "m": 2}},
        ),
        (
            "a: &x {n: 1}\nb: &y {<<: *x, m: 2}\nc: {<<: *y}",
            {"a": {"n": 1}, "b": {"n": 1, "m": 2}, "c": {"n": 1, "m": 2}},
        ),
        ('a: {"<<": 1}', {"a": {"<<": 1}}),
        ('{"a": {"<<": {"n": 1}}}', {"a": {"<<": {"n": 1}}}),
    ],
)
def test_anchors_aliases_and_merge_keys_are_read(text: str, value: object) -> None:
    assert read_one(text) == (value, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [*x]", "a[0]: an alias must not contain itself (line 1)"),
        ("a: &x {b: {c: *x}}", "a.b.c: an alias must not contain itself (line 1)"),
        ("a: 1\nb: {<<: 5}", "b.<<: must be a mapping, or a list of such (line 2)"),
        ("a: &x [1]\nb:\n  <<: [*x]", "b.<<: must be a mapping, or a list of such (line 2)"),
        ("a: &x {n: 1}\nb: {<<: *x, m: 1, m: 2}", "b.m: is there twice (line 2)"),
        ("a: *nobody", "this is neither YAML nor JSON: found undefined alias (line 1)"),
    ],
)
def test_an_alias_that_cannot_be_read_is_refused_at_its_path(text: str, problem: str) -> None:
    assert read_one(text)[1] == [problem]


def test_a_problem_has_the_line_of_the_key_and_not_of_the_anchor() -> None:
    (source,) = read_sources("a: &x {n: 1, m: 1}\nb:\n  <<: *x\n  n: 2")
    source.refuse("b.n", "wrong")

    assert source.problems == [(4, "b.n: wrong (line 4)")]


def test_aliases_that_multiply_are_refused_at_once() -> None:
    """Nine lines of "billion laughs" would become a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    started = time.perf_counter()
    _, problems = read_one("\n".join(lines))

    assert time.perf_counter() - started < 1
    assert len(problems) == 1
    assert "aliases repeat more than 20,000 values" in problems[0]


def test_aliases_nested_too_deep_are_refused() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 130))]
    _, problems = read_one("\n".join(lines))

    assert problems
    assert all("nesting deeper than 100 levels" in problem for problem in problems)
