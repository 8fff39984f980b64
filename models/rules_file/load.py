"""Loads documents: reads all, reports all problems at once, then writes everything or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.connections.names import choice_names, field_names
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_author
from models.errors import InvalidRulesFile
from models.pipedrive.names import NO_NAMES
from models.rules.doubts import doubts_about
from models.rules.known_values import KnownChoices
from models.rules_file.check import check_against_stored, check_clashes
from models.rules_file.diff import Comparison, compare
from models.rules_file.read import Document, read_document
from models.rules_file.schema import SECTIONS
from models.rules_file.stored import read_stored
from models.rules_file.write import MADE_BY, Writer
from models.rules_file.yaml_source import YamlSource, read_sources
from models.security import audit
from models.security.vault import Vault
from models.tables.accounts import Tenant

LOAD_LOCK: Final = 7_364_737  # two loads at once would not see each other's claims
AUDITED_LINES: Final = 100
RULES_FILE: Final = "a rules file"  # who changed a rule, in the notice to its author
KEPT_IN_FILE: Final = (
    "To undo it, ask whoever keeps that file: what it says holds again when it is next loaded."
)
_SIGNS: Final = {"+": "added", "~": "changed", "-": "removed"}


def load(database: Database, vault: Vault, texts: Sequence[tuple[str, str]], *, dry_run: bool) -> list[str]:
    """Bring tenants to the described state, in one transaction; return the lines to print.

    `texts` are (file, text). Raises InvalidRulesFile with every problem of every file.
    """
    sources = [each for file, text in texts for each in read_sources(text, file if len(texts) > 1 else "")]
    documents = _merge([read_document(each) for each in sources if each.is_readable])
    with database.reading_all() if dry_run else database.writing_all() as session:
        if not dry_run:
            wait_for_others(session)
        compared = [compare(document, read_stored(session, vault, document.tenant)) for document in documents]
        for found in compared:
            tenant = found.stored.tenant
            check_against_stored(found, field_names(session, tenant.id) if tenant else NO_NAMES)
        check_clashes(session, documents)
        raise_problems(sources)
        done = _differences(compared) if dry_run else _write(session, vault, compared)
        return done + warnings_of(session, compared)


def wait_for_others(session: Session) -> None:
    """Wait until no other transaction loads a document; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOAD_LOCK)))


def warnings_of(session: Session, compared: Sequence[Comparison]) -> list[str]:
    """Return a line for each rule that cannot fire, and for each name in it that Pipedrive does not have."""
    lines = []
    for found in compared:
        rules = found.document.rules.items if found.document.rules else ()
        tenant = found.stored.tenant
        names = choice_names(session, tenant.id) if tenant and rules else NO_NAMES
        choices = KnownChoices(names)
        lines += [
            f"warning: rule {rule.name!r}: {text}" for rule in rules for text in doubts_about(rule, choices)
        ]
    return lines


def _merge(documents: list[Document]) -> list[Document]:
    """Merge the documents of one tenant; each section may be in one of them."""
    merged: dict[str, Document] = {}
    for document in documents:
        first = merged.setdefault(document.tenant, document)
        for name in (*SECTIONS, "pipedrive_source") if first is not document else ():
            section = getattr(document, name)
            if section is not None and getattr(first, name) is not None and name in SECTIONS:
                document.source.refuse(name, f"is in another document of tenant {document.tenant!r} too")
            elif section is not None:
                setattr(first, name, section)
    return list(merged.values())


def raise_problems(sources: Sequence[YamlSource]) -> None:
    """Raise InvalidRulesFile if there is any problem: by file, in the order of lines."""
    problems = [problem for each in sources for _, problem in sorted(each.problems)]
    if not sources:
        problems = ["there is no document here"]
    if problems:
        raise InvalidRulesFile(list(dict.fromkeys(problems)))


def _differences(compared: Sequence[Comparison]) -> list[str]:
    """Return the lines of a dry run, under the tenant's name if there are several."""
    if len(compared) == 1:
        return compared[0].lines()
    return [line for found in compared for line in (f"{found.document.tenant}:", *found.lines())]


def _write(session: Session, vault: Vault, compared: Sequence[Comparison]) -> list[str]:
    """Write what differs. Removals come first, so that a space can move from one tenant to another."""
    lines = {found.document.tenant: found.lines() for found in compared}
    differing = [found for found in compared if lines[found.document.tenant]]
    writers = [Writer(session, vault, found) for found in differing]
    authored = [(found, changes_of_authors(found)) for found in differing]
    for writer in writers:
        writer.remove()
    for writer in writers:
        writer.write()
    for found in differing:
        if found.stored.tenant:
            _record(session, found.stored.tenant, lines[found.document.tenant])
    for found, changes in authored:
        if found.stored.tenant:
            for author, title in changes:
                notice = Notice(title, KEPT_IN_FILE)
                notify_author(session, system(found.stored.tenant.id, RULES_FILE), author, notice)
    return [f"{name}: {_summarize(changes)}" for name, changes in lines.items()]


def changes_of_authors(found: Comparison) -> list[tuple[str, str]]:
    """Return who made the stored rules that will be changed or deleted, each with the title of a notice."""
    if not found.rules:
        return []
    ends = [(each.name, "changed") for each, _ in found.rules.changed]
    ends += [(each.name, "deleted") for each in found.rules.removed]
    stored = found.stored.rules
    return [(stored[name].row.made_by, f"Your rule “{name[:80]}” was {end}") for name, end in ends]


def _record(session: Session, tenant: Tenant, lines: list[str]) -> None:
    more = max(len(lines) - AUDITED_LINES, 0)
    actor = system(tenant.id, MADE_BY)
    audit.record(session, actor, "document.loaded", tenant.name, changes=lines[:AUDITED_LINES], more=more)


def _summarize(lines: Sequence[str]) -> str:
    """Count the lines by what they do: `3 rules added, 1 space removed`."""
    counts = Counter((line[0], _noun(line)) for line in lines)
    parts = (f"{_count(number, noun)} {_SIGNS[sign]}" for (sign, noun), number in counts.items())
    return ", ".join(parts) or "nothing changed"


def _noun(line: str) -> str:
    return line[2:].split(' "', 1)[0].split(":", 1)[0]


def _count(number: int, noun: str) -> str:
    if noun in {"timezone", "language", "plan", "pipedrive"}:
        return noun
    plural = noun if noun.endswith("s") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
