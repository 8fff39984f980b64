"""The rules of one team as a document that people export and import, with rights and audit.

Only templates and rules: whatever else a rules file may hold is loaded by the operator.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.connections.names import field_names
from models.deliveries.notices import Notice, notify_author
from models.errors import InvalidRulesFile
from models.rules.actions import permitted_draft
from models.rules.queries import list_rules
from models.rules.save import read_drafts
from models.rules.templates import list_templates
from models.rules_file.check import check_against_stored
from models.rules_file.diff import Comparison, compare
from models.rules_file.dump import to_yaml
from models.rules_file.load import (
    AUDITED_LINES,
    changes_of_authors,
    raise_problems,
    wait_for_others,
    warnings_of,
)
from models.rules_file.read import Document, read_document
from models.rules_file.schema import SECTIONS, RuleSchema, TemplateSchema
from models.rules_file.stored import read_stored
from models.rules_file.write import Writer
from models.rules_file.yaml_source import YamlSource, read_sources
from models.security.audit import record
from models.security.vault import Vault

IMPORTED: Final = ("templates", "rules")
ELSEWHERE: Final = "cannot be imported here, only templates and rules; whoever runs Pipenotify loads the rest"
NOT_REVEALED: Final = "must be false: only an admin lets a rule show what not everybody may see"
UNDONE: Final = "The rules of the team were imported from a document."


def export_rules(session: Session, actor: Actor) -> str:
    """Return the templates and rules of the actor's tenant as a document, without any secret.

    Raises NotAllowed.
    """
    require(session, actor, Action.RULE_IMPORT)
    rules = sorted(list_rules(session, actor.tenant), key=lambda rule: rule.id)
    drafts = read_drafts(session, actor.tenant, rules)
    templates = [
        TemplateSchema.model_construct(name=each.name, liquid=each.source)
        for each in list_templates(session, actor.tenant)
    ]
    return to_yaml(
        {
            "tenant": get_tenant(session, actor.tenant).name,
            "templates": [each.to_mapping(is_short=True) for each in templates],
            "rules": [RuleSchema.from_draft(drafts[rule.id]).to_mapping(is_short=True) for rule in rules],
        }
    )


def check_import(session: Session, vault: Vault, actor: Actor, text: str) -> list[str]:
    """Return what importing a document would change, a line each; none where it would change nothing.

    Raises NotAllowed, and InvalidRulesFile with all problems.
    """
    found = _compare(session, vault, actor, text)
    return [*found.lines(), *warnings_of(session, [found])]


def import_rules(session: Session, vault: Vault, actor: Actor, text: str) -> list[str]:
    """Bring the templates and rules of the actor's tenant to what a document says; return what changed.

    New rules are the actor's. Raises as `check_import`; then nothing is written.
    """
    wait_for_others(session)
    found = _compare(session, vault, actor, text)
    lines = found.lines()
    if not lines:
        return []
    authors = changes_of_authors(found)
    writer = Writer(session, vault, found, made_by=actor.name)
    writer.remove()
    writer.write()
    more = max(len(lines) - AUDITED_LINES, 0)
    name = found.document.tenant
    record(session, actor, "document.imported", name, changes=lines[:AUDITED_LINES], more=more)
    for author, title in authors:
        notify_author(session, actor, author, Notice(title, UNDONE))
    return lines


def _compare(session: Session, vault: Vault, actor: Actor, text: str) -> Comparison:
    require(session, actor, Action.RULE_IMPORT)
    name = get_tenant(session, actor.tenant).name
    sources = list(read_sources(text))
    if len(sources) != 1:
        raise InvalidRulesFile(["there must be one document"])
    source = sources[0]
    if not source.is_readable:
        raise_problems(sources)
    if isinstance(source.value, dict):
        source.value.setdefault("tenant", name)
    document = read_document(source)
    _narrow(document, source, name)
    found = compare(document, read_stored(session, vault, name))
    check_against_stored(found, field_names(session, actor.tenant))
    _check_restricted(found, actor)
    raise_problems(sources)
    return found


def _narrow(document: Document, source: YamlSource, name: str) -> None:
    """Refuse, and leave out, whatever is of another tenant or neither a template nor a rule."""
    if document.tenant != name:
        source.refuse("tenant", f"is {document.tenant!r}, and this team is {name!r}")
        document.tenant = name
    for section in SECTIONS:
        if section not in IMPORTED and getattr(document, section) is not None:
            source.refuse(section, ELSEWHERE)
            setattr(document, section, None)


def _check_restricted(found: Comparison, actor: Actor) -> None:
    """Refuse a rule that shows restricted objects, unless an admin has allowed it just so."""
    section = found.document.rules
    for number, draft in enumerate(section.items if section else ()):
        stored = found.stored.rules.get(draft.name)
        permitted = permitted_draft(actor, draft, stored.item if stored else None)
        if section and permitted.show_restricted is not draft.show_restricted:
            section.refuse(number, "show_restricted", NOT_REVEALED)
