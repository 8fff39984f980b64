"""Checks that need the database: names that must exist, stored secrets, objects of other tenants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.pipedrive.names import NO_NAMES, Names
from models.rules.drafts import check_among, settled
from models.rules_file.diff import Comparison, spaces_of
from models.rules_file.schema import Wanted, WantedPipedrive
from models.rules_file.yaml_source import KEPT
from models.tables.accounts import Tenant
from models.tables.connections import Connection, WebhookCredential
from models.tables.destinations import Space

NOTHING_KEPT = "!kept needs something stored, and there is nothing yet"


def check(found: Comparison, names: Names = NO_NAMES) -> None:
    """Report all problems of a document in view of what is stored, in its sources."""
    _check_pipedrive(found)
    _check_destinations(found)
    _check_rules(found, names)
    _check_templates(found)
    _check_quiet_hours(found)


def _check_pipedrive(found: Comparison) -> None:
    wanted, source = found.wanted.pipedrive, found.wanted.pipedrive_source
    if wanted is None or source is None:
        return
    stored = found.stored.pipedrive
    if wanted.webhook and wanted.webhook.password is KEPT and not stored.webhook:
        source.refuse("pipedrive.webhook.password", NOTHING_KEPT)
    if wanted.connection and wanted.connection.refresh_token is KEPT and not stored.connection:
        source.refuse("pipedrive.connection.refresh_token", NOTHING_KEPT)
    if (wanted.domain or wanted.connection) and not (wanted.company_id or stored.company_id):
        source.refuse("pipedrive.company_id", "is missing")


def _check_destinations(found: Comparison) -> None:
    section = found.wanted.destinations
    for number, each in enumerate(section.items if section else ()):
        if section and each.incoming_webhook is KEPT and each.name not in found.stored.destinations:
            section.refuse(number, "incoming_webhook", NOTHING_KEPT)


def _check_rules(found: Comparison, names: Names) -> None:
    """Check every rule except those stored unchanged: what was once valid may stay."""
    section = found.wanted.rules
    for number, draft in enumerate(section.items if section else ()):
        held = found.stored.rules.get(draft.name)
        is_resolved = all(found.around.target(name) for name in draft.to)
        if section and not (held and is_resolved and held.item == settled(draft, found.around)):
            for path, message in check_among(draft, found.around, names):
                section.refuse(number, path, message)


def _check_templates(found: Comparison) -> None:
    """Refuse to remove a template that a remaining rule uses."""
    section = found.wanted.templates
    if section is None or found.wanted.rules is not None:
        return
    for name, held in found.stored.rules.items():
        template = held.item.template
        gone = isinstance(template, str) and template in found.stored.templates
        if gone and template not in found.around.templates:
            section.source.refuse("templates", f"{template!r} is still used by rule {name!r}")


def _check_quiet_hours(found: Comparison) -> None:
    section = found.wanted.quiet_hours
    users, spaces = found.wanted.users, set(spaces_of(found.wanted, found.stored))
    people = {user.email for user in users.items} if users else set(found.stored.users)
    for number, window in enumerate(section.items if section else ()):
        if section and window.scope == "space" and window.whom not in spaces:
            section.refuse(number, "space", f"unknown space {window.whom!r}")
        if section and window.scope == "user" and window.whom not in people:
            section.refuse(number, "user", f"unknown user {window.whom!r}")


def check_clashes(session: Session, wanted: Sequence[Wanted]) -> None:
    """Refuse a key, a company or a space that another tenant has, or that two documents claim."""
    claims: dict[tuple[str, str], str] = _owners(session, wanted)
    for document in wanted:
        for noun, name, path in _claimed(document):
            owner = claims.setdefault((noun, name), document.tenant)
            source = _source(document, noun)
            if owner != document.tenant and source is not None:
                source.refuse(path, f"{noun} {name!r} belongs to tenant {owner!r}")


def _claimed(document: Wanted) -> Iterable[tuple[str, str, str]]:
    pipedrive = document.pipedrive or WantedPipedrive(None, None, None, None)
    if pipedrive.company_id:
        yield "company", pipedrive.company_id, "pipedrive.company_id"
    if pipedrive.webhook:
        yield "key", pipedrive.webhook.key, "pipedrive.webhook.key"
    for number, space in enumerate(document.spaces.items if document.spaces else ()):
        yield "space", space.name, f"spaces[{number}].name"


def _source(document: Wanted, noun: str) -> Any:
    if noun == "space":
        return document.spaces.source if document.spaces else None
    return document.pipedrive_source


def _owners(session: Session, wanted: Sequence[Wanted]) -> dict[tuple[str, str], str]:
    """Return the owners of what the documents claim; not a tenant whose own document releases the space."""
    releasing = {document.tenant: document for document in wanted if document.spaces}
    claims: dict[str, set[str]] = {"company": set(), "key": set(), "space": set()}
    for document in wanted:
        for noun, name, _ in _claimed(document):
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
            if noun != "space" or tenant not in releasing or _names(releasing[tenant], name):
                owners[noun, name] = tenant
    return owners


def _names(document: Wanted, space: str) -> bool:
    return any(each.name == space for each in (document.spaces.items if document.spaces else ()))
