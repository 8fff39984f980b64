"""What differs between two versions of a rule, in the words its author is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.rules.author_notices import changed_parts
from models.rules.drafts import RuleDraft

RULE = RuleDraft("Wins", ["deal.won"], None, ["spaces/A"], "compact")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({}, []),
        ({"name": "Losses", "on": ["deal.lost"]}, ["its name", "what it listens to"]),
        ({"when": {"field": "value", "op": "at_least", "value": 1}}, ["its conditions"]),
        ({"to": [], "enabled": False}, ["where it posts", "whether it is on"]),
        ({"template": "detailed", "urgent": True}, ["how its cards look", "whether it is urgent"]),
        ({"show_restricted": True}, ["what its cards show"]),
    ],
)
def test_each_part_that_differs_is_named_once(change: dict[str, Any], parts: list[str]) -> None:
    assert changed_parts(RULE, replace(RULE, **change)) == parts
