"""A rules file with a bit of everything, and helpers to read a loaded tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.errors import InvalidRulesFile
from models.rules_file import load
from models.security.vault import Vault
from models.tables.accounts import Tenant
from models.tables.destinations import Destination, Space
from models.tables.rules import Rule

HOOK = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=kk&token=tt"
ACME = f"""
tenant: Acme
pipedrive:
  company_id: 12345
  domain: acme.pipedrive.com
  webhook: {{key: k-acme, user: pd, password: s3cret}}
  connection: {{refresh_token: r-token, api_domain: "https://acme.pipedrive.com"}}
users: [{{email: Ada@Example.com, role: admin}}, {{email: ben@example.com}}]
spaces:
  - {{name: spaces/AAAA, title: Deals}}
  - {{name: spaces/CCCC}}
destinations:
  - {{name: Wins wall, incoming_webhook: "{HOOK}"}}
templates:
  - {{name: Short, liquid: "{{{{ deal.title }}}}"}}
rules:
  - name: Big wins
    on: deal.won
    when: {{all: [{{field: value, op: at_least, value: 10000}}, {{field: currency, op: in, value: [EUR]}}]}}
    to: [spaces/AAAA, Wins wall, ADA@example.com]
  - {{name: All, on: ["deal.*", lead.created], to: [spaces/CCCC], template: Short, urgent: true}}
quiet_hours:
  - {{scope: tenant, from: "19:00", until: 08:00, days: [mon, tue], timezone: Europe/Prague}}
  - {{scope: space, space: spaces/AAAA, from: 12:00, until: 13:00, timezone: UTC, let_urgent_through: true}}
  - {{scope: user, user: ada@example.com, from: 20:00, until: 21:00, timezone: UTC}}
"""
Loads = Callable[..., list[str]]


def loader(database: Database, vault: Vault) -> Loads:
    """Return a loader of texts as files; problems include the file's name if there are several."""

    def run(*texts: str, dry_run: bool = False) -> list[str]:
        named = [(f"file{number}.yaml", text) for number, text in enumerate(texts, start=1)]
        return load(database, vault, named, dry_run=dry_run)

    return run


def version(database: Database, tenant: str = "Acme") -> int | None:
    with database.reading_all() as session:
        return session.scalar(select(Tenant.ruleset_version).where(Tenant.name == tenant))


def names(database: Database, table: type[Rule | Space | Destination], tenant: str = "Acme") -> list[str]:
    with database.reading_all() as session:
        owned = select(table.name).join(Tenant, Tenant.id == table.tenant_id).where(Tenant.name == tenant)
        return sorted(session.scalars(owned))


def refused(loads: Loads, *texts: str) -> list[str]:
    with pytest.raises(InvalidRulesFile) as caught:
        loads(*texts)
    return caught.value.problems
