"""Compares a document with what is stored: what is added, removed and changed, line by line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from models.languages.catalog import known_locale
from models.pipedrive.names import Json
from models.rules.drafts import RuleDraft, Surroundings, normalize_draft
from models.rules_file.read import Document, FileSection
from models.rules_file.schema import (
    SECRET_KEYS,
    DestinationSchema,
    PipedriveSchema,
    PlanSchema,
    QuietHoursSchema,
    RuleSchema,
    Schema,
    SpaceSchema,
    TemplateSchema,
    UserSchema,
)
from models.rules_file.stored import Stored, StoredRow
from models.rules_file.yaml_source import KEPT, Kept

Item = TypeVar("Item", bound=Schema | RuleDraft)
_NESTED: Final = ("webhook", "connection")
_SHOWN: Final = 120
_SECRETS: Final = frozenset(
    {"incoming_webhook", "webhook", "secret", "webhook.password", "connection.refresh_token"}
)


@dataclass(slots=True)
class Delta(Generic[Item]):
    """The changes of one section. `removed` are the stored items that the document does not name."""

    noun: str
    added: list[Item] = field(default_factory=list)
    removed: list[Item] = field(default_factory=list)
    changed: list[tuple[Item, Item]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return `+ rule "x"`, `- rule "y"` and `~ rule "z": enabled true -> false`."""
        lines = [f"+ {self._title(item)}" for item in self.added]
        lines += [f"- {self._title(item)}" for item in self.removed]
        return lines + [
            f"~ {self._title(new)}: {_difference(_mapping(old), _mapping(new))}" for old, new in self.changed
        ]

    def _title(self, item: Item) -> str:
        mapping = _mapping(item)
        name = mapping.get(mapping["scope"], "tenant") if "scope" in mapping else next(iter(mapping.values()))
        return f"{self.noun} {_quote(name)}"


def _mapping(item: Schema | RuleDraft) -> dict[str, Any]:
    return (RuleSchema.from_draft(item) if isinstance(item, RuleDraft) else item).to_mapping()


def _quote(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _difference(old: dict[str, Any], new: dict[str, Any]) -> str:
    """Name each value that differs as `key old -> new`; of secrets only that they differ."""
    old, new = _flatten(old), _flatten(new)
    keys = [*new, *(key for key in old if key not in new)]
    differing = (key for key in keys if old.get(key) != new.get(key))
    return "; ".join(
        f"{key} changed" if key in _SECRETS else f"{key} {_show(old.get(key))} -> {_show(new.get(key))}"
        for key in differing
    )


def _flatten(mapping: dict[str, Any]) -> dict[str, Any]:
    """Write `webhook: {key: ..}` as `webhook.key`, so that each difference names one value."""
    nested = {key: value for key, value in mapping.items() if isinstance(value, dict) and key in _NESTED}
    plain = {key: value for key, value in mapping.items() if key not in nested}
    inner = {f"{key}.{each}": value for key, part in nested.items() for each, value in part.items()}
    return plain | inner


def _show(value: Json) -> str:
    text = "!kept" if isinstance(value, Kept) else _quote(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@dataclass(slots=True)
class Comparison:
    """One tenant's document compared with the database. A delta is None for a section the document omits."""

    document: Document
    stored: Stored
    timezone: tuple[str, str] | None = None
    language: tuple[str, str] | None = None
    plan: tuple[PlanSchema | None, PlanSchema] | None = None
    pipedrive: tuple[PipedriveSchema, PipedriveSchema] | None = None
    users: Delta[UserSchema] | None = None
    spaces: Delta[SpaceSchema] | None = None
    destinations: Delta[DestinationSchema] | None = None
    templates: Delta[TemplateSchema] | None = None
    rules: Delta[RuleDraft] | None = None
    quiet_hours: Delta[QuietHoursSchema] | None = None
    around: Surroundings = field(default_factory=Surroundings)

    def lines(self) -> list[str]:
        """Return all differences; none when loading would write nothing."""
        lines = [] if self.stored.tenant else [f"+ tenant {_quote(self.document.tenant)}"]
        if self.timezone:
            lines.append(f"~ timezone: {' -> '.join(map(_show, self.timezone))}")
        if self.language:
            lines.append(f"~ language: {' -> '.join(map(_show, self.language))}")
        if self.plan:
            old, new = self.plan
            lines.append(f"~ plan: {_difference(old.to_mapping() if old else {}, new.to_mapping())}")
        if self.pipedrive:
            before, after = self.pipedrive
            lines.append(f"~ pipedrive: {_difference(before.to_mapping(), after.to_mapping())}")
        sections: tuple[Delta[Any] | None, ...] = (
            self.users,
            self.spaces,
            self.destinations,
            self.templates,
            self.rules,
            self.quiet_hours,
        )
        return lines + [line for delta in sections if delta for line in delta.lines()]


def compare(document: Document, stored: Stored) -> Comparison:
    """Compare a document with what is stored."""
    found = Comparison(document, stored)
    if document.timezone and document.timezone != stored.timezone:
        found.timezone = (stored.timezone, document.timezone)
    language = known_locale(document.language or "")
    if language and language != stored.language:
        found.language = (stored.language, language)
    if document.plan and document.plan != stored.plan:
        found.plan = (stored.plan, document.plan)
    if document.pipedrive:
        filled = _fill_in(document.pipedrive, stored.pipedrive)
        found.pipedrive = (stored.pipedrive, filled) if filled != stored.pipedrive else None
    _compare_named(found, document, stored)
    found.around = _foresee(document, stored)
    if document.rules:
        drafts = [normalize_draft(draft, found.around) for draft in document.rules.items]
        found.rules = _delta("rule", lambda rule: rule.name, drafts, stored.rules)
    if document.quiet_hours:
        windows = [row.item for row in stored.quiet_hours]
        found.quiet_hours = _quiet_delta(document.quiet_hours.items, windows)
    return found


def _compare_named(found: Comparison, document: Document, stored: Stored) -> None:
    if document.users:
        users = (_with_name(user, stored.users.get(user.email)) for user in document.users.items)
        found.users = _delta("user", lambda user: user.email, users, stored.users)
    if document.spaces:
        spaces = (_with_title(space, stored.spaces.get(space.name)) for space in document.spaces.items)
        found.spaces = _delta("space", lambda space: space.name, spaces, stored.spaces)
    if document.destinations:
        known = stored.destinations
        urls = (_with_url(each, known.get(each.name)) for each in document.destinations.items)
        found.destinations = _delta("destination", lambda each: each.name, urls, known)
    if document.templates:
        templates = document.templates.items
        found.templates = _delta("template", lambda each: each.name, templates, stored.templates)


def _delta(
    noun: str,
    name_of: Callable[[Item], str],
    items: Iterable[Item],
    stored: Mapping[str, StoredRow[Any, Item]],
) -> Delta[Item]:
    delta: Delta[Item] = Delta(noun)
    named = set()
    for item in items:
        named.add(name_of(item))
        known = stored.get(name_of(item))
        if known is None:
            delta.added.append(item)
        elif known.item != item:
            delta.changed.append((known.item, item))
    delta.removed = [row.item for name, row in stored.items() if name not in named]
    return delta


def _quiet_delta(windows: list[QuietHoursSchema], stored: list[QuietHoursSchema]) -> Delta[QuietHoursSchema]:
    """Compare windows, which have no names.

    The only window of its owner that was removed and the only one that was added are one that changed.
    """
    delta: Delta[QuietHoursSchema] = Delta("quiet hours")
    delta.added = [each for each in windows if each not in stored]
    delta.removed = [each for each in stored if each not in windows]
    for new in list(delta.added):
        old = [each for each in delta.removed if _owner(each) == _owner(new)]
        if len(old) == 1 and [_owner(each) for each in delta.added].count(_owner(new)) == 1:
            delta.changed.append((old[0], new))
            delta.added.remove(new)
            delta.removed.remove(old[0])
    return delta


def _owner(window: QuietHoursSchema) -> tuple[str, str]:
    return window.scope, window.owner


def _fill_in(given: PipedriveSchema, stored: PipedriveSchema) -> PipedriveSchema:
    """Fill in what the document leaves out or keeps."""
    webhook, connection = given.webhook or stored.webhook, given.connection or stored.connection
    if webhook and webhook.password is KEPT and stored.webhook:
        webhook = webhook.model_copy(update={"password": stored.webhook.password})
    if connection and stored.connection:
        is_kept = connection.refresh_token is KEPT
        connection = connection.model_copy(
            update={
                "refresh_token": stored.connection.refresh_token if is_kept else connection.refresh_token,
                "api_domain": connection.api_domain or stored.connection.api_domain,
            }
        )
    return PipedriveSchema.model_construct(
        company_id=given.company_id or stored.company_id,
        domain=given.domain or stored.domain,
        webhook=webhook,
        connection=connection,
    )


def _with_name(user: UserSchema, stored: StoredRow[Any, UserSchema] | None) -> UserSchema:
    """Keep the stored name of a user to whom the document gives none; it is often known from Chat."""
    if stored is None or "name" in user.model_fields_set:
        return user
    return user.model_copy(update={"name": stored.item.name})


def _with_title(space: SpaceSchema, stored: StoredRow[Any, SpaceSchema] | None) -> SpaceSchema:
    """Keep the stored title of a space that the document gives none."""
    if stored is None or "title" in space.model_fields_set:
        return space
    return space.model_copy(update={"title": stored.item.title})


def _with_url(
    destination: DestinationSchema, stored: StoredRow[Any, DestinationSchema] | None
) -> DestinationSchema:
    """Put what is stored in place of `!kept`."""
    if stored is None:
        return destination
    kept = [key for key in SECRET_KEYS if getattr(destination, key) is KEPT]
    return destination.model_copy(update={key: getattr(stored.item, key) for key in kept})


def _foresee(document: Document, stored: Stored) -> Surroundings:
    """Return what rules may name once the document is loaded."""
    webhooks = _names(document.destinations, stored.destinations)
    templates = _names(document.templates, stored.templates)
    users = {each.email for each in document.users.items} if document.users else set(stored.users)
    people = users | (set(stored.people) - set(stored.users))
    destinations = [*space_names(document, stored), *webhooks]
    return Surroundings(dict.fromkeys(destinations, 0), dict.fromkeys(templates, 0), people)


def space_names(document: Document, stored: Stored) -> list[str]:
    """Return the names of the tenant's spaces once the document is loaded."""
    return _names(document.spaces, stored.spaces)


def _names(section: FileSection[Any] | None, stored: Mapping[str, object]) -> list[str]:
    return [each.name for each in section.items] if section else list(stored)
