"""Reading YAML and JSON: nothing that a document contains ends the process."""

from __future__ import annotations

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


def test_an_alias_is_refused_at_its_path() -> None:
    (source,) = read_sources("a: &x [1]\nb: [*x]")
    assert [problem for _, problem in source.problems] == ["b[0]: aliases are not supported (line 1)"]
