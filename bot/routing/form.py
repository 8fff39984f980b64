"""The dialog of a routing policy: drawn from a draft, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.context import Context
from bot.lookup import find_person
from bot.phrases.reader import read_phrase
from bot.phrases.show import read_vocabulary
from bot.routing.sentences import METHOD_TEXTS, ON, when_text
from bot.rules.dialog.choices import fields_of
from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, Widget, press
from models.accounts.queries import list_users
from models.connections.names import choice_names
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.pipedrive.names import Names
from models.routing.policies import PolicyDraft, PolicyPart
from models.tables.routing import RoutingMethod

Inputs = Mapping[str, Sequence[str]]
ALL: Final = "all"
YES: Final = "yes"
MOST_TYPED: Final = 4000


def people_names(context: Context) -> dict[int, str]:
    """Return the users of the team by their ids."""
    users = list_users(context.session, context.tenant_id)
    return {user.id: user.display_name or user.email for user in users}


def draw_policy(
    context: Context,
    draft: PolicyDraft,
    policy_id: int = 0,
    problem: str = "",
    preview: Section | None = None,
) -> Card:
    """Return the dialog with a draft; `problem` and what the preview found stand above the fields."""
    names = choice_names(context.session, context.tenant_id)
    people = people_names(context)
    which: list[Widget] = [
        TextInput("name", tr("Name"), draft.name, most=60),
        Text(tr("For: {which}.", which=when_text(draft, names))),
        TextInput(
            "when",
            tr("Other leads"),
            hint=tr("Like: over 10k, label hot, company Acme. Empty changes nothing; “all” is all new leads"),
        ),
    ]
    to: list[Widget] = [
        Choice("method", tr("Who gets them"), _methods(draft)),
        Choice("members", tr("People, in this order"), _options(people, draft.members), "multi"),
        Choice("field", tr("Field, for territory and skill"), _fields(draft, names)),
        TextInput(
            "parts",
            tr("Who gets which values, a line each"),
            "\n".join(_typed_part(each, people) for each in draft.parts),
            hint=tr("CZ, SK: Ann, Ben – or an amount: 10000: Ann"),  # noqa: RUF001 - as people write it
            lines=True,
        ),
    ]
    shown = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    shown += [preview] if preview is not None else []
    shown += [
        Section(which, tr("Which leads")),
        Section(to, tr("Who")),
        Section(_limits(draft, people), tr("Limits")),
    ]
    save = Button(tr("Save"), press("route.save", policy=policy_id), primary=True)
    attempt = Button(tr("Try on last month"), press("route.try", policy=policy_id))
    return Card(tr("Routing policy"), "", shown, [save, attempt], card_id="routing-form")


def _limits(draft: PolicyDraft, people: Mapping[int, str]) -> list[Widget]:
    return [
        TextInput("minutes", tr("Minutes to accept"), str(draft.claim_minutes), hint=tr("0: no limit")),
        Choice("manager", tr("Who gets what nobody accepts"), _managers(draft, people)),
        TextInput("open", tr("Open leads per person, at most"), str(draft.most_open), hint=tr("0: no limit")),
        TextInput(
            "today", tr("Leads per person and day, at most"), str(draft.most_today), hint=tr("0: no limit")
        ),
        _switch("hours", tr("Only in working hours"), draft.in_hours),
        _switch("owner", tr("Set the owner at once, not when it is accepted"), draft.writes_owner),
    ]


def read_policy(context: Context, kept: PolicyDraft) -> PolicyDraft:
    """Return the draft that was filled in; what the form does not show stays. Raises InvalidRequest."""
    inputs = context.interaction.inputs
    method = _first(inputs, "method")
    manager = _first(inputs, "manager")
    draft = replace(
        kept,
        name=_first(inputs, "name"),
        method=RoutingMethod(method) if method in METHOD_TEXTS else kept.method,
        members=tuple(int(each) for each in inputs.get("members", ()) if each.isdecimal()),
        field=_first(inputs, "field"),
        claim_minutes=_number(inputs, "minutes"),
        most_open=_number(inputs, "open"),
        most_today=_number(inputs, "today"),
        in_hours=YES in inputs.get("hours", ()),
        writes_owner=YES in inputs.get("owner", ()),
        manager_id=int(manager) if manager.isdecimal() else None,
    )
    draft = replace(draft, parts=_read_parts(context, draft, _first(inputs, "parts")))
    return replace(draft, when=_read_when(context, kept, _first(inputs, "when")))


def _read_when(context: Context, kept: PolicyDraft, typed: str) -> object | None:
    if not typed:
        return kept.when
    if meaning_of(typed) == ALL:
        return None
    phrase = read_phrase(["lead", "created", *typed.split()], read_vocabulary(context))
    if phrase.questions:
        raise InvalidRequest(user_message=" ".join(phrase.questions))
    return phrase.when


def _read_parts(context: Context, draft: PolicyDraft, typed: str) -> tuple[PolicyPart, ...]:
    """Read `CZ, SK: Ann, Ben` line by line. Raises InvalidRequest for a line that cannot be read.

    A line that the form wrote is the part that it was: values and names may hold commas themselves.
    """
    people, is_by_value = people_names(context), draft.method == RoutingMethod.VALUE
    written = {
        _typed_part(each, people): each
        for each in draft.parts
        if people.keys() >= set(each.people) and (each.least is not None) is is_by_value
    }
    lines = filter(None, map(str.strip, typed[:MOST_TYPED].splitlines()))
    return tuple(written.get(line) or _read_part(context, line, is_by_value=is_by_value) for line in lines)


def _read_part(context: Context, line: str, *, is_by_value: bool) -> PolicyPart:
    values, _, names = line.rpartition(":")
    wanted = tuple(each.strip() for each in values.split(",") if each.strip())
    people = tuple(_person(context, each) for each in names.split(",") if each.strip())
    if not wanted or not people:
        text = tr("“{line}” needs values, a colon, and people.", line=line[:100])
        raise InvalidRequest(user_message=text)
    return PolicyPart(people, least=_amount(values)) if is_by_value else PolicyPart(people, wanted)


def _person(context: Context, typed: str) -> int:
    """Return the user that a name or an e-mail means. Raises InvalidRequest for none, or several."""
    try:
        return find_person(context, typed.split()).id
    except NotFound as unknown:  # the form is shown again with the reason
        raise InvalidRequest(user_message=unknown.user_message) from unknown


def _amount(typed: str) -> float:
    try:
        return float(typed.replace(" ", ""))
    except ValueError:
        text = tr("“{typed}” is no amount.", typed=typed.strip()[:80])
        raise InvalidRequest(user_message=text) from None


def _number(inputs: Inputs, name: str) -> int:
    typed = _first(inputs, name) or "0"
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1  # refused


def _first(inputs: Inputs, name: str) -> str:
    return next(iter(inputs.get(name, ())), "").strip()


def _methods(draft: PolicyDraft) -> list[Option]:
    return [Option(key, tr(text), key == draft.method) for key, text in METHOD_TEXTS.items()]


def _options(people: Mapping[int, str], chosen: Sequence[int]) -> list[Option]:
    order = [*(each for each in chosen if each in people), *(each for each in people if each not in chosen)]
    return [Option(str(each), people[each], each in chosen) for each in order]


def _managers(draft: PolicyDraft, people: Mapping[int, str]) -> list[Option]:
    nobody = Option("", tr("Nobody"), draft.manager_id is None)
    return [nobody, *(Option(str(key), name, key == draft.manager_id) for key, name in people.items())]


def _fields(draft: PolicyDraft, names: Names) -> list[Option]:
    known = dict(fields_of(list(ON), names))
    return [Option("", tr("None"), not draft.field)] + [
        Option(key, text, key == draft.field) for key, text in known.items()
    ]


def _switch(name: str, label: str, is_on: bool) -> Choice:
    return Choice(name, label, [Option(YES, label, is_on)], "switch")


def _typed_part(part: PolicyPart, people: Mapping[int, str]) -> str:
    values = f"{part.least:.15g}" if part.least is not None else ", ".join(part.values)
    return f"{values}: {', '.join(people[each] for each in part.people if each in people)}"
