"""Loads documents: reads all, refuses them with all problems at once, or writes everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.connections.names import field_names
from models.database.engine import Database
from models.errors import InvalidRulesFile
from models.pipedrive.names import NO_NAMES
from models.rules_file import yaml_source
from models.rules_file.check import check, check_clashes
from models.rules_file.diff import Comparison, compare
from models.rules_file.read import wanted
from models.rules_file.schema import SECTIONS, Wanted
from models.rules_file.stored import read_stored
from models.rules_file.write import MADE_BY, Writer
from models.rules_file.yaml_source import YamlSource
from models.security.audit import record
from models.security.vault import Vault
from models.tables.accounts import Tenant

LOAD_LOCK: Final = 7_364_737  # two loads at once would not see each other's claims
AUDITED_LINES: Final = 100
_SIGNS: Final = {"+": "added", "~": "changed", "-": "removed"}


def load(database: Database, vault: Vault, texts: Sequence[tuple[str, str]], *, dry_run: bool) -> list[str]:
    """Bring tenants to the described state, in one transaction; return the lines to print.

    `texts` are (file, text). Raises InvalidRulesFile with every problem of every file.
    """
    sources = [
        each for file, text in texts for each in yaml_source.read(text, file if len(texts) > 1 else "")
    ]
    documents = _merged([wanted(each) for each in sources if each.is_readable])
    with database.reading_all() if dry_run else database.writing_all() as session:
        if not dry_run and not database.is_sqlite:
            session.execute(select(func.pg_advisory_xact_lock(LOAD_LOCK)))
        compared = [compare(document, read_stored(session, vault, document.tenant)) for document in documents]
        for found in compared:
            check(found, field_names(session, found.stored.tenant.id) if found.stored.tenant else NO_NAMES)
        check_clashes(session, documents)
        _refuse_all(sources)
        return _differences(compared) if dry_run else _written(session, vault, compared)


def _merged(documents: list[Wanted]) -> list[Wanted]:
    """Merge the documents of one tenant; each section may be in only one of them."""
    joined: dict[str, Wanted] = {}
    for document in documents:
        first = joined.setdefault(document.tenant, document)
        for name in (*SECTIONS, "pipedrive_source") if first is not document else ():
            section = getattr(document, name)
            if section is not None and getattr(first, name) is not None and name in SECTIONS:
                document.source.refuse(name, f"is in another document of tenant {document.tenant!r} too")
            elif section is not None:
                setattr(first, name, section)
    return list(joined.values())


def _refuse_all(sources: Sequence[YamlSource]) -> None:
    found = [problem for each in sources for _, problem in sorted(each.problems)]
    if not sources:
        found = ["there is no document here"]
    if found:
        raise InvalidRulesFile(list(dict.fromkeys(found)))


def _differences(compared: Sequence[Comparison]) -> list[str]:
    """Return the lines of a dry run, under the tenant's name if there are several."""
    if len(compared) == 1:
        return compared[0].lines()
    return [line for found in compared for line in (f"{found.wanted.tenant}:", *found.lines())]


def _written(session: Session, vault: Vault, compared: Sequence[Comparison]) -> list[str]:
    """Write the differences; removals first, so that a space can move from one tenant to another."""
    lines = {found.wanted.tenant: found.lines() for found in compared}
    differing = [found for found in compared if lines[found.wanted.tenant]]
    writers = [Writer(session, vault, found) for found in differing]
    for writer in writers:
        writer.remove()
    for writer in writers:
        writer.write()
    for found in differing:
        if found.stored.tenant:
            _audit(session, found.stored.tenant, lines[found.wanted.tenant])
    return [f"{name}: {_summary(changes)}" for name, changes in lines.items()]


def _audit(session: Session, tenant: Tenant, lines: list[str]) -> None:
    more = max(len(lines) - AUDITED_LINES, 0)
    changes = lines[:AUDITED_LINES]
    actor = system(tenant.id, MADE_BY)
    record(session, actor, "document.loaded", tenant.name, changes=changes, more=more)


def _summary(lines: Sequence[str]) -> str:
    """Count the lines by their kind: `3 rules added, 1 space removed`."""
    counts = Counter((line[0], _noun(line)) for line in lines)
    texts = (f"{_counted(count, noun)} {_SIGNS[sign]}" for (sign, noun), count in counts.items())
    return ", ".join(texts) or "nothing changed"


def _noun(line: str) -> str:
    return line[2:].split(' "', 1)[0].split(":", 1)[0]


def _counted(count: int, noun: str) -> str:
    if noun in {"plan", "pipedrive"}:
        return noun
    plural = noun if noun.endswith("s") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"
