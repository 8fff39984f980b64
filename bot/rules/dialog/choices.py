"""What the form of a rule offers: events, fields, operators, values and destinations, as (value, text).

Lists that are too long for a dialog are searched: `find_choices` answers what somebody types.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from babel import Locale

from bot.context import Context
from bot.rules.dialog.condition_rows import ORDERED, kind_of
from bot.rules.dialog.vocabulary import ME, Vocabulary
from bot.text.event_types import choices_of_operators, choices_of_types
from models.accounts import permissions
from models.accounts.queries import people_of
from models.destinations.configured import missing_setting
from models.destinations.queries import list_chosen_destinations, space_titles
from models.destinations.recipients import RECIPIENT_TEXTS, field_of
from models.languages.translate import current_locale, tr
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.operators import OPERATORS
from models.pipedrive.names import Names
from models.pipedrive.readable import fold_text
from models.pipedrive.types import entities_of
from models.rules.drafts import RuleDraft
from models.rules.known_values import COMPARES_NAMES, choices_of
from models.rules.never_fires import UNTOUCHED

# Fields that deals have only as leads: among those of leads they are offered where a rule is about these.
AS_LEADS: Final = frozenset(("deal", key) for key in ("score", "band", "source_name"))
Pairs = list[tuple[str, str]]

# The events that most rules are about, in this order; those that nothing produces are left out.
USUAL_TYPES: Final = (
    "deal.won",
    "deal.lost",
    "deal.created",
    "deal.stage_changed",
    "deal.value_changed",
    "deal.owner_changed",
    "deal.stalled",
    "lead.created",
    "activity.done",
    "activity.overdue",
    "note.created",
    "person.created",
)
USUAL: Final = 10
USUAL_FIELDS: Final = ("value", "stage", "owner", "pipeline", "title", "label", "currency", "status", "who")
CURRENCIES: Final = (
    *("EUR", "USD", "GBP", "CHF", "CZK", "PLN", "SEK", "NOK"),
    *("DKK", "HUF", "RON", "CAD", "AUD", "BRL", "INR", "JPY"),
)
MOST_FOUND: Final = 20
LONGEST_KEY: Final = 60
# The operators of a kind of field that come first; the first one is chosen for a new condition.
_FIRST: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.MONEY: ("at_least", "at_most", "between", "increased", "decreased", "is"),
    Kind.NUMBER: ("at_least", "at_most", "between", "is"),
    Kind.DATE: ("before", "after", "within_days", "between", "is"),
    Kind.CHOICE: ("is", "is_not", "in", "not_in", "changed_to"),
    Kind.PERSON: ("is", "is_not", "in", "not_in"),
    Kind.SET: ("has_any", "has_all", "has_none"),
    Kind.TEXT: ("contains", "not_contains", "is", "starts_with"),
    Kind.FLAG: ("is",),
}


def event_choices() -> Pairs:
    """Return the events: the usual ones, then all others by object."""
    known = dict(choices_of_types())
    usual = [each for each in USUAL_TYPES if each in known][:USUAL]
    first = [(each, known[each]) for each in usual]
    return [*first, *((each, text) for each, text in _by_object(known) if each not in usual)]


def _by_object(known: Mapping[str, str]) -> Pairs:
    """Sort events by their object; `*` last, an object's wildcard after its events."""
    order = {key: number for number, key in enumerate(ENTITIES)}
    return sorted(
        known.items(),
        key=lambda each: (order.get(each[0].partition(".")[0], len(order)), each[0].endswith("*")),
    )


def fields_of(on: Sequence[str], names: Names) -> Pairs:
    """Return the fields a condition may use for these event types: usual ones first, custom ones last."""
    entities = [ENTITIES[key] for key in entities_of(list(on))]
    own = {
        field.key: tr(field.label)
        for entity in entities
        for field in entity.fields.values()
        if field.kind is not Kind.ID and "." not in field.key and (entity.key, field.key) not in AS_LEADS
    }
    usual = {key: own[key] for key in USUAL_FIELDS if key in own}
    custom = [
        (digest, name.text)
        for kind in dict.fromkeys(kind for entity in entities for kind in entity.custom)
        for digest, name in names.of(kind).items()
    ]
    alike = Counter(fold_text(text) for _, text in custom)
    # If two fields share a name, their hashes tell them apart; a long name is too much for a button.
    keyed = [
        (digest if alike[fold_text(text)] > 1 or len(text) > LONGEST_KEY else text, text)
        for digest, text in custom
    ]
    return [*(usual | own).items(), *{f"custom.{key}": text for key, text in keyed}.items()]


def operators_of(kind: Kind, on: Sequence[str], present: str) -> Pairs:
    """Return the operators that fit a kind of field, usual ones first; `present` is offered in any case.

    What can never hold is not offered: nothing changes in an event that makes or deletes an object.
    """
    has_changes = any(each.partition(".")[2] not in UNTOUCHED for each in on)
    first = _FIRST.get(kind, ())
    fitting = [
        (op, text)
        for op, text in choices_of_operators()
        if op == present or (_fits(op, kind) and (has_changes or op not in CHANGE_OPERATORS))
    ]
    return sorted(fitting, key=lambda each: first.index(each[0]) if each[0] in first else len(first))


def _fits(op: str, kind: Kind) -> bool:
    known = OPERATORS.get(op) or CHANGE_OPERATORS.get(op)
    return known is None or kind is Kind.ANY or kind in known.kinds


def first_operator(kind: Kind, on: Sequence[str]) -> str:
    """Return the operator of a new condition."""
    return operators_of(kind, on, "")[0][0]


def values_of(field: str, op: str, on: Sequence[str], words: Vocabulary) -> Pairs:
    """Return the values that a condition may have; empty where they are not a known list."""
    kind = kind_of(field, op, on, words.names)
    if kind is Kind.FLAG:
        return [("yes", tr("Yes")), ("no", tr("No"))] if op in ("is", "is_not") else []
    if op not in COMPARES_NAMES:
        return []
    if field == "currency":
        return currency_choices()
    known = [(each, each) for each in choices_of(field, entities_of(list(on)), words.names)]
    is_me = kind is Kind.PERSON and known and words.me
    return [(ME, tr("Me ({name})", name=words.me)), *known] if is_me else known


def currency_choices() -> Pairs:
    """Return currencies, the most usual first."""
    named = {str(code): str(text) for code, text in Locale.parse(current_locale()).currencies.items()}
    others = sorted(code for code in named if code not in CURRENCIES)
    return [(code, f"{code}, {named[code]}") for code in (*CURRENCIES, *others) if code in named]


def takes_currency(op: str) -> bool:
    """Return whether an operator compares an amount of money, which is of one currency or of any."""
    return op in ORDERED or op in ("is", "is_not", "changed_to", "changed_from")


def destination_choices(context: Context, edited: RuleDraft | None = None) -> Pairs:
    """Return where a rule of the asking person may post: this space, themselves, other spaces, people.

    `edited` is the rule as it is: where it posts already it may go on to.
    """
    session, tenant_id = context.session, context.tenant_id
    titles = space_titles(session, tenant_id)
    here, me = context.interaction.space.name, context.interaction.user.email
    kept = edited.to if edited is not None else ()
    known = {
        each.name: titles.get(each.name, each.name)
        for each in list_chosen_destinations(session, tenant_id)
        if each.name in kept or not missing_setting(session, each.kind)
    }
    people = {
        email: tr("{name}, in a direct message", name=name) for email, name in people_of(session, tenant_id)
    }
    if context.actor.user_id is not None:
        people[me] = tr("Me, in a direct message")
    named = {name: tr(text) for name, text in RECIPIENT_TEXTS.items()}
    named |= {name: name for name in kept if field_of(name)}
    allowed = [
        (name, text)
        for name, text in (known | people | named).items()
        if permissions.may_post_to(context.actor, name, kept)
    ]
    return sorted(allowed, key=lambda each: (each[0] != here, each[0] != me))


def find_choices(context: Context, of: str, words: Callable[[], Vocabulary]) -> Pairs:
    """Return all that a search is among: `of` is the input, `words` is read only where needed."""
    asked = context.interaction.parameters
    on = tuple(filter(None, asked.get("on", "").split(",")))
    if of == "to":
        return destination_choices(context)
    if of == "on":
        return event_choices()
    if of == "currency":
        return currency_choices()
    if of == "field":
        return fields_of(on, words().names)
    return values_of(asked.get("field", ""), asked.get("op", ""), on, words())


def search(pairs: Sequence[tuple[str, str]], query: str) -> Pairs:
    """Return the pairs whose text holds all words of the query, those that begin with it first."""
    wanted = fold_text(query[:80])
    parts = wanted.split()
    found = [each for each in pairs if all(part in fold_text(each[1]) for part in parts)]
    return sorted(found, key=lambda each: not fold_text(each[1]).startswith(wanted))[:MOST_FOUND]
