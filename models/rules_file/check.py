"""Checks against the database: names that must exist, stored secrets, claims of other tenants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.pipedrive.names import NO_NAMES, Names
from models.rules.drafts import check_draft, check_template_name, normalize_draft
from models.rules.liquid.check import liquid_problems
from models.rules_file.diff import Comparison, space_names
from models.rules_file.read import Document, FileSection
from models.rules_file.schema import SECRET_KEYS, PipedriveSchema
from models.rules_file.yaml_source import KEPT
from models.tables.accounts import Tenant
from models.tables.connections import Connection, WebhookCredential
from models.tables.destinations import Space

_NOTHING_STORED: Final = "!kept needs something stored, and there is nothing yet"


def check_against_stored(found: Comparison, names: Names = NO_NAMES) -> None:
    """Note in its sources every problem of a document with what is stored."""
    _check_pipedrive(found)
    _check_destinations(found)
    _check_fallbacks(found)
    _check_rules(found, names)
    _check_sources(found)
    _check_templates(found)
    _check_quiet_hours(found)


def _check_pipedrive(found: Comparison) -> None:
    pipedrive, source = found.document.pipedrive, found.document.pipedrive_source
    if pipedrive is None or source is None:
        return
    stored = found.stored.pipedrive
    if pipedrive.webhook and pipedrive.webhook.password is KEPT and not stored.webhook:
        source.refuse("pipedrive.webhook.password", _NOTHING_STORED)
    if pipedrive.connection and pipedrive.connection.refresh_token is KEPT and not stored.connection:
        source.refuse("pipedrive.connection.refresh_token", _NOTHING_STORED)
    if (pipedrive.domain or pipedrive.connection) and not (pipedrive.company_id or stored.company_id):
        source.refuse("pipedrive.company_id", "is missing")


def _check_destinations(found: Comparison) -> None:
    """Refuse `!kept` where nothing is kept, and another kind of address under a known name."""
    section = found.document.destinations
    for number, each in enumerate(section.items if section else ()):
        known = found.stored.destinations.get(each.name)
        for key in SECRET_KEYS:
            if section and getattr(each, key) is KEPT and not (known and getattr(known.item, key)):
                section.refuse(number, key, _NOTHING_STORED)
        if section and known and known.item.address_key != each.address_key:
            was, wanted = known.item.address_key, each.address_key
            section.refuse(number, wanted, f"is {was} until now; give the new destination another name")


def _check_fallbacks(found: Comparison) -> None:
    """Refuse a fallback that is not there, that is the destination itself, or that has one of its own."""
    document, stored = found.document, found.stored
    wanted = {name: row.item.fallback for name, row in stored.spaces.items()}
    wanted |= {name: row.item.fallback for name, row in stored.destinations.items()}
    sections: list[FileSection[Any]] = [each for each in (document.spaces, document.destinations) if each]
    wanted |= {each.name: each.fallback for section in sections for each in section.items}
    for section in sections:
        for number, each in enumerate(section.items):
            other = each.fallback
            if other is None:
                continue
            if other not in found.around.destinations:
                section.refuse(number, "fallback", f"unknown destination {other!r}")
            elif other == each.name or wanted.get(other) is not None:
                section.refuse(number, "fallback", f"{other!r} has a fallback itself")


def _check_rules(found: Comparison, names: Names) -> None:
    """Check every rule. Of one that is stored just so, only whether its template stays: it was valid once."""
    section = found.document.rules
    if section is None:
        return
    for number, draft in enumerate(section.items):
        stored = found.stored.rules.get(draft.name)
        is_resolved = all(found.around.destination_named(name) for name in draft.to)
        kept = stored.item if stored else None
        if is_resolved and kept == normalize_draft(draft, found.around):
            problems = check_template_name(draft.template, found.around)
        else:
            problems = check_draft(draft, found.around, names, kept)
        for path, message in problems:
            section.refuse(number, path, message)


def _check_sources(found: Comparison) -> None:
    """Check the source of every template, except those that are stored just so."""
    section = found.document.templates
    for number, each in enumerate(section.items if section else ()):
        stored = found.stored.templates.get(each.name)
        if section and (stored is None or stored.item.liquid != each.liquid):
            for problem in liquid_problems(each.liquid):
                section.refuse(number, "liquid", problem)


def _check_templates(found: Comparison) -> None:
    """Refuse to remove a template that a stored rule uses; `_check_rules` looks at those of a document."""
    section = found.document.templates
    if section is None or found.document.rules is not None:
        return
    for name, rule in found.stored.rules.items():
        template = rule.item.template
        is_named = isinstance(template, str) and template in found.stored.templates
        if is_named and template not in found.around.templates:
            section.source.refuse("templates", f"{template!r} is still used by rule {name!r}")


def _check_quiet_hours(found: Comparison) -> None:
    section = found.document.quiet_hours
    users, spaces = found.document.users, set(space_names(found.document, found.stored))
    people = {user.email for user in users.items} if users else set(found.stored.users)
    for number, window in enumerate(section.items if section else ()):
        if section and window.scope == "space" and window.owner not in spaces:
            section.refuse(number, "space", f"unknown space {window.owner!r}")
        if section and window.scope == "user" and window.owner not in people:
            section.refuse(number, "user", f"unknown user {window.owner!r}")


def check_clashes(session: Session, documents: Sequence[Document]) -> None:
    """Refuse a key, a company or a space that another tenant has, or that documents of two tenants claim."""
    claims: dict[tuple[str, str], str] = _owners(session, documents)
    for document in documents:
        for noun, name, path in _claims(document):
            owner = claims.setdefault((noun, name), document.tenant)
            source = _source(document, noun)
            if owner != document.tenant and source is not None:
                source.refuse(path, f"{noun} {name!r} belongs to tenant {owner!r}")


def _claims(document: Document) -> Iterable[tuple[str, str, str]]:
    pipedrive = document.pipedrive or PipedriveSchema()
    if pipedrive.company_id:
        yield "company", pipedrive.company_id, "pipedrive.company_id"
    if pipedrive.webhook:
        yield "key", pipedrive.webhook.key, "pipedrive.webhook.key"
    for number, space in enumerate(document.spaces.items if document.spaces else ()):
        yield "space", space.name, f"spaces[{number}].name"


def _source(document: Document, noun: str) -> Any:
    if noun == "space":
        return document.spaces.source if document.spaces else None
    return document.pipedrive_source


def _owners(session: Session, documents: Sequence[Document]) -> dict[tuple[str, str], str]:
    """Return the tenant that owns each claim. A space that its owner's own document removes has no owner."""
    kept_spaces = {
        document.tenant: {space.name for space in document.spaces.items}
        for document in documents
        if document.spaces
    }
    claims: dict[str, set[str]] = {"company": set(), "key": set(), "space": set()}
    for document in documents:
        for noun, name, _ in _claims(document):
            claims[noun].add(name)
    owners: dict[tuple[str, str], str] = {}
    for noun, column in (
        ("company", Connection.company_id),
        ("key", WebhookCredential.key),
        ("space", Space.name),
    ):
        table = column.class_
        query = select(column, Tenant.name).join(Tenant, Tenant.id == table.tenant_id)
        for name, tenant in session.execute(query.where(column.in_(claims[noun]))):
            if noun != "space" or tenant not in kept_spaces or name in kept_spaces[tenant]:
                owners[noun, name] = tenant
    return owners
