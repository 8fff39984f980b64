"""Writes a tenant as a rules file; loading it again changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import yaml

from models.database.engine import Database
from models.errors import NotFound
from models.rules_file import forms
from models.rules_file.schema import WantedPipedrive
from models.rules_file.stored import Stored, read_stored
from models.rules_file.yaml_source import FORMS, KEPT, Kept
from models.security.vault import Vault

_WIDTH: Final = 110


class _Dumper(yaml.CSafeDumper):
    """Quotes any text that YAML 1.1 or 1.2 would read as another type."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


for _tag, _form, _firsts in FORMS:
    _Dumper.add_implicit_resolver(_tag, _form, _firsts)
_Dumper.add_representer(Kept, lambda dumper, _: dumper.represent_scalar("!kept", ""))


def dump(database: Database, vault: Vault, tenant: str, *, with_secrets: bool) -> str:
    """Return the document of a tenant. Raises NotFound for a name that no tenant has."""
    with database.reading_all() as session:
        stored = read_stored(session, vault, tenant)
        if stored.tenant is None:
            raise NotFound(f"no tenant is named {tenant!r}")
        return yaml.dump(
            _document(stored, tenant, with_secrets=with_secrets),
            Dumper=_Dumper,
            sort_keys=False,
            allow_unicode=True,
            width=_WIDTH,
        )


def _document(stored: Stored, tenant: str, *, with_secrets: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"tenant": tenant}
    if stored.plan:
        document["plan"] = forms.plan_form(stored.plan)
    pipedrive = stored.pipedrive if with_secrets else _sealed(stored.pipedrive)
    if pipedrive != WantedPipedrive(None, None, None, None):
        document["pipedrive"] = forms.short(forms.pipedrive_form(pipedrive))
    webhooks = [held.item for held in stored.destinations.values()]
    if not with_secrets:
        webhooks = [replace(each, incoming_webhook=KEPT) for each in webhooks]
    sections = {
        "users": [forms.user_form(held.item) for held in stored.users.values()],
        "spaces": [forms.space_form(held.item) for held in stored.spaces.values()],
        "destinations": [forms.destination_form(each) for each in webhooks],
        "templates": [forms.template_form(held.item) for held in stored.templates.values()],
        "rules": [forms.rule_form(held.item) for held in stored.rules.values()],
        "quiet_hours": [forms.quiet_hours_form(held.item) for held in stored.quiet_hours],
    }
    return document | {name: [forms.short(form) for form in held] for name, held in sections.items()}


def _sealed(pipedrive: WantedPipedrive) -> WantedPipedrive:
    webhook, connection = pipedrive.webhook, pipedrive.connection
    return replace(
        pipedrive,
        webhook=webhook and replace(webhook, password=KEPT),
        connection=connection and replace(connection, refresh_token=KEPT),
    )
