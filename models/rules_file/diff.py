"""Compares a document with what is stored: what is added, removed and changed, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from models.pipedrive.names import Json
from models.rules.drafts import RuleDraft, Surroundings, settled
from models.rules_file import forms
from models.rules_file.forms import Form
from models.rules_file.schema import (
    FileSection,
    Wanted,
    WantedDestination,
    WantedPipedrive,
    WantedPlan,
    WantedQuietHours,
    WantedSpace,
    WantedTemplate,
    WantedUser,
)
from models.rules_file.stored import Stored, StoredRow
from models.rules_file.yaml_source import KEPT, Kept

Item = TypeVar("Item")
_SHOWN: Final = 120


@dataclass(slots=True)
class Delta(Generic[Item]):
    """The changes of one section. `removed` are the stored items that the document does not name."""

    noun: str
    form: Callable[[Item], Form]
    added: list[Item] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)
    changed: list[tuple[Item, Item]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return `+ rule "x"`, `- rule "y"` and `~ rule "z": enabled true -> false`."""
        found = [f"+ {self._called(item)}" for item in self.added]
        found += [f"- {self._called(item)}" for item in self.removed]
        return found + [f"~ {self._called(new)}: {self._difference(old, new)}" for old, new in self.changed]

    def _called(self, item: Item) -> str:
        form = self.form(item)
        name = form.get(form["scope"], "tenant") if "scope" in form else next(iter(form.values()))
        return f"{self.noun} {json.dumps(name, ensure_ascii=False)}"

    def _difference(self, old: Item, new: Item) -> str:
        return difference(self.form(old), self.form(new))


def difference(old: Form, new: Form) -> str:
    """Return each differing value as `key old -> new`; for secrets only that they differ."""
    old, new = forms.flat(old), forms.flat(new)
    keys = [*new, *(key for key in old if key not in new)]
    differing = (key for key in keys if old.get(key) != new.get(key))
    return "; ".join(
        f"{key} changed" if key in forms.SECRETS else f"{key} {_moved(old.get(key), new.get(key))}"
        for key in differing
    )


def _moved(old: Json, new: Json) -> str:
    return f"{_shown(old)} -> {_shown(new)}"


def _shown(value: Json) -> str:
    text = "!kept" if isinstance(value, Kept) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@dataclass(slots=True)
class Comparison:
    """One tenant's document compared with the database. A delta is None for a section the document omits."""

    wanted: Wanted
    stored: Stored
    plan: tuple[WantedPlan | None, WantedPlan] | None = None
    pipedrive: tuple[WantedPipedrive, WantedPipedrive] | None = None
    users: Delta[WantedUser] | None = None
    spaces: Delta[WantedSpace] | None = None
    destinations: Delta[WantedDestination] | None = None
    templates: Delta[WantedTemplate] | None = None
    rules: Delta[RuleDraft] | None = None
    quiet_hours: Delta[WantedQuietHours] | None = None
    around: Surroundings = field(default_factory=Surroundings)

    def lines(self) -> list[str]:
        """Return all differences; none if loading would write nothing."""
        found = (
            [] if self.stored.tenant else [f"+ tenant {json.dumps(self.wanted.tenant, ensure_ascii=False)}"]
        )
        if self.plan:
            old = forms.plan_form(self.plan[0]) if self.plan[0] else {}
            found.append(f"~ plan: {difference(old, forms.plan_form(self.plan[1]))}")
        if self.pipedrive:
            old_form, new_form = (forms.pipedrive_form(each) for each in self.pipedrive)
            found.append(f"~ pipedrive: {difference(old_form, new_form)}")
        sections = (self.users, self.spaces, self.destinations, self.templates, self.rules, self.quiet_hours)
        return found + [line for delta in sections if delta for line in delta.lines()]


def compare(wanted: Wanted, stored: Stored) -> Comparison:
    """Compare a well-formed document with what is stored."""
    found = Comparison(wanted, stored)
    if wanted.plan and wanted.plan != stored.plan:
        found.plan = (stored.plan, wanted.plan)
    if wanted.pipedrive and (filled := _filled(wanted.pipedrive, stored.pipedrive)) != stored.pipedrive:
        found.pipedrive = (stored.pipedrive, filled)
    _compare_places(found, wanted, stored)
    found.around = _around(wanted, stored)
    if wanted.rules:
        drafts = [settled(draft, found.around) for draft in wanted.rules.items]
        found.rules = _delta("rule", forms.rule_form, lambda rule: rule.name, drafts, stored.rules)
    if wanted.quiet_hours:
        found.quiet_hours = _quiet_delta(wanted.quiet_hours.items, [held.item for held in stored.quiet_hours])
    return found


def _compare_places(found: Comparison, wanted: Wanted, stored: Stored) -> None:
    if wanted.users:
        items: Iterable[WantedUser] = wanted.users.items
        found.users = _delta("user", forms.user_form, lambda user: user.email, items, stored.users)
    if wanted.spaces:
        titled = (_titled(space, stored.spaces.get(space.name)) for space in wanted.spaces.items)
        found.spaces = _delta("space", forms.space_form, lambda space: space.name, titled, stored.spaces)
    if wanted.destinations:
        known = stored.destinations
        kept = (_kept(each, known.get(each.name)) for each in wanted.destinations.items)
        found.destinations = _delta(
            "destination", forms.destination_form, lambda each: each.name, kept, known
        )
    if wanted.templates:
        sources = wanted.templates.items
        found.templates = _delta(
            "template", forms.template_form, lambda each: each.name, sources, stored.templates
        )


def _delta(
    noun: str,
    form: Callable[[Item], Form],
    key: Callable[[Item], str],
    items: Iterable[Item],
    stored: Mapping[str, StoredRow[Any, Item]],
) -> Delta[Item]:
    delta, named = Delta(noun, form), set()
    for item in items:
        named.add(key(item))
        known = stored.get(key(item))
        if known is None:
            delta.added.append(item)
        elif known.item != item:
            delta.changed.append((known.item, item))
    delta.removed = [held.item for name, held in stored.items() if name not in named]
    return delta


def _quiet_delta(wanted: list[WantedQuietHours], stored: list[WantedQuietHours]) -> Delta[WantedQuietHours]:
    """Windows have no names: a single differing one of a scope is a change, else a removal or addition."""
    delta = Delta("quiet hours", forms.quiet_hours_form)
    delta.added = [each for each in wanted if each not in stored]
    delta.removed = [each for each in stored if each not in wanted]
    for new in list(delta.added):
        old = [each for each in delta.removed if _whose(each) == _whose(new)]
        if len(old) == 1 and [_whose(each) for each in delta.added].count(_whose(new)) == 1:
            delta.changed.append((old[0], new))
            delta.added.remove(new)
            delta.removed.remove(old[0])
    return delta


def _whose(window: WantedQuietHours) -> tuple[str, str]:
    return window.scope, window.whom


def _filled(wanted: WantedPipedrive, stored: WantedPipedrive) -> WantedPipedrive:
    """Fill in what the document omits or keeps."""
    webhook, connection = wanted.webhook or stored.webhook, wanted.connection or stored.connection
    if webhook and webhook.password is KEPT and stored.webhook:
        webhook = replace(webhook, password=stored.webhook.password)
    if connection and stored.connection:
        is_kept = connection.refresh_token is KEPT
        token = stored.connection.refresh_token if is_kept else connection.refresh_token
        connection = replace(
            connection, refresh_token=token, api_domain=connection.api_domain or stored.connection.api_domain
        )
    return WantedPipedrive(
        wanted.company_id or stored.company_id, wanted.domain or stored.domain, webhook, connection
    )


def _titled(space: WantedSpace, held: StoredRow[Any, WantedSpace] | None) -> WantedSpace:
    if space.title is not None:
        return space
    return replace(space, title=held.item.title if held else "")


def _kept(each: WantedDestination, held: StoredRow[Any, WantedDestination] | None) -> WantedDestination:
    if each.incoming_webhook is not KEPT or held is None:
        return each
    return replace(each, incoming_webhook=held.item.incoming_webhook)


def _around(wanted: Wanted, stored: Stored) -> Surroundings:
    """Return what rules may refer to once the document is loaded."""
    webhooks = _named(wanted.destinations, stored.destinations)
    templates = _named(wanted.templates, stored.templates)
    users = {each.email for each in wanted.users.items} if wanted.users else set(stored.users)
    people = users | (set(stored.people) - set(stored.users))
    places = [*spaces_of(wanted, stored), *webhooks]
    return Surroundings(dict.fromkeys(places, 0), dict.fromkeys(templates, 0), people)


def spaces_of(wanted: Wanted, stored: Stored) -> list[str]:
    """Return the names of the tenant's spaces once the document is loaded."""
    return _named(wanted.spaces, stored.spaces)


def _named(section: FileSection[Any] | None, stored: Mapping[str, object]) -> list[str]:
    return [each.name for each in section.items] if section else list(stored)
