"""What a rule says that cannot be right in this tenant's Pipedrive: unknown names, conditions never met."""

from __future__ import annotations

from collections.abc import Iterator

from models.pipedrive.types import NOT_PRODUCED, entities_of
from models.rules.drafts import RuleDraft
from models.rules.known_values import KnownChoices, find_unknown_values
from models.rules.never_fires import conditions_in, reasons_never_to_fire


def doubts_about(rule: RuleDraft, choices: KnownChoices) -> Iterator[str]:
    """Yield a line for each unknown name, with the nearest ones, and for why the rule never fires.

    An event that nothing produces is left out: who loads a rule may have it ready for later.
    """
    entities = entities_of(rule.on)
    for condition in conditions_in(rule.when):
        for one in find_unknown_values(condition, entities, choices):
            near = ", ".join(one.nearest)
            yield f"Pipedrive has no {condition['field']} {one.typed[:80]!r}, there is {near}"
    if not all(each in NOT_PRODUCED for each in rule.on):
        yield from reasons_never_to_fire(rule.on, rule.when, choices.names)
