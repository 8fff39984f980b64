"""Which question to Pipedrive answers which kind of name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jobs.to_pipedrive.api import PipedriveApi
from models.pipedrive.names import Names
from models.pipedrive.rest import names_from_lists


@dataclass(frozen=True, slots=True)
class Question:
    """One question: a list fetched whole, or (`by_id`) only the objects with the given ids.

    `kinds` are the kinds of names its answer holds.
    """

    key: str
    kinds: tuple[str, ...]
    ask: Callable[[PipedriveApi, Iterable[str]], Names]
    by_id: bool = False


def _whole_list(key: str, kinds: tuple[str, ...], ask: Callable[[PipedriveApi], Names]) -> Question:
    return Question(key, kinds, lambda api, _: ask(api))


def _field_names(entity: str, *kinds: str) -> Question:
    return _whole_list(
        f"{entity}_field",
        (f"{entity}_field", *kinds),
        lambda api: names_from_lists.fields(entity, api.fields(entity)),
    )


# In the order in which cards need them most, since the time is short. Labels are options of a field.
QUESTIONS: Final = (
    _whole_list("stage", ("stage",), lambda api: names_from_lists.stages(api.stages())),
    _whole_list("user", ("user",), lambda api: names_from_lists.called("user", api.users())),
    Question(
        "organization",
        ("organization",),
        lambda api, ids: names_from_lists.called("organization", api.organizations(ids)),
        by_id=True,
    ),
    Question(
        "person",
        ("person",),
        lambda api, ids: names_from_lists.called("person", api.persons(ids)),
        by_id=True,
    ),
    Question(
        "deal",
        ("deal",),
        lambda api, ids: names_from_lists.called("deal", api.deals(ids), "title"),
        by_id=True,
    ),
    _whole_list("pipeline", ("pipeline",), lambda api: names_from_lists.called("pipeline", api.pipelines())),
    _field_names("deal", "deal_label", "lead_field", "lost_reason"),  # leads have the custom fields of deals
    _field_names("person", "person_label"),
    _field_names("organization", "organization_label"),
    _field_names("product"),
    _field_names("activity"),
    _field_names("project"),
    _whole_list(
        "lead_label", ("lead_label",), lambda api: names_from_lists.called("lead_label", api.lead_labels())
    ),
)

QUESTION_OF: Final[Mapping[str, Question]] = {kind: each for each in QUESTIONS for kind in each.kinds}
