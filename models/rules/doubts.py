"""What a rule says that cannot be right in this tenant's Pipedrive: unknown names, conditions never met."""

from __future__ import annotations

from collections.abc import Iterator

from models.pipedrive.types import entities_of
from models.rules.drafts import RuleDraft
from models.rules.known_values import KnownChoices, find_unknown_values
from models.rules.never_fires import conditions_in, reasons_never_to_fire


def doubts_about(rule: RuleDraft, choices: KnownChoices) -> Iterator[str]:
    """Yield a line for each unknown name, with the nearest ones, and for why the rule never fires."""
    entities = entities_of(rule.on)
    for condition in conditions_in(rule.when):
        for one in find_unknown_values(condition, entities, choices):
            near = ", ".join(one.nearest)
            yield f"Pipedrive has no {condition['field']} {one.typed[:80]!r}, there is {near}"
    yield from reasons_never_to_fire(rule.on, rule.when, choices.names)
