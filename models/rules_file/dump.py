"""Writes a tenant as a rules file; loading it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import yaml

from models.database.engine import Database
from models.errors import NotFound
from models.rules_file.schema import SECRET_KEYS, DestinationSchema, PipedriveSchema, RuleSchema, Schema
from models.rules_file.stored import Stored, read_stored
from models.rules_file.yaml_source import IMPLICIT_TAGS, KEPT, Kept
from models.security.vault import Vault

_WIDTH: Final = 110


class _Dumper(yaml.CSafeDumper):
    """Quotes any text that YAML 1.1 or 1.2 would read as another type."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True


for _tag, _pattern, _first in IMPLICIT_TAGS:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)
_Dumper.add_representer(Kept, lambda dumper, _: dumper.represent_scalar("!kept", ""))


def dump(database: Database, vault: Vault, tenant: str, *, with_secrets: bool) -> str:
    """Return the document of a tenant. Raises NotFound for a name that no tenant has."""
    with database.reading_all() as session:
        stored = read_stored(session, vault, tenant)
        if stored.tenant is None:
            raise NotFound(f"no tenant is named {tenant!r}")
        return to_yaml(_document(stored, tenant, with_secrets=with_secrets))


def to_yaml(document: dict[str, Any]) -> str:
    """Return a document as YAML text that the loader reads back unchanged."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _document(stored: Stored, tenant: str, *, with_secrets: bool) -> dict[str, Any]:
    document: dict[str, Any] = {
        "tenant": tenant,
        "timezone": stored.timezone,
        "language": stored.language,
    }
    if stored.plan:
        document["plan"] = stored.plan.to_mapping(is_short=True)
    pipedrive = stored.pipedrive if with_secrets else _redact_pipedrive(stored.pipedrive)
    if pipedrive != PipedriveSchema():
        document["pipedrive"] = pipedrive.to_mapping(is_short=True)
    destinations = [row.item for row in stored.destinations.values()]
    if not with_secrets:
        destinations = [_redact_destination(each) for each in destinations]
    sections: dict[str, Iterable[Schema]] = {
        "users": [row.item for row in stored.users.values()],
        "spaces": [row.item for row in stored.spaces.values()],
        "destinations": destinations,
        "templates": [row.item for row in stored.templates.values()],
        "rules": [RuleSchema.from_draft(row.item) for row in stored.rules.values()],
        "quiet_hours": [row.item for row in stored.quiet_hours],
    }
    for name, items in sections.items():
        document[name] = [each.to_mapping(is_short=True) for each in items]
    return document


def _redact_pipedrive(pipedrive: PipedriveSchema) -> PipedriveSchema:
    webhook, connection = pipedrive.webhook, pipedrive.connection
    return pipedrive.model_copy(
        update={
            "webhook": webhook and webhook.model_copy(update={"password": KEPT}),
            "connection": connection and connection.model_copy(update={"refresh_token": KEPT}),
        }
    )


def _redact_destination(destination: DestinationSchema) -> DestinationSchema:
    there = [key for key in SECRET_KEYS if getattr(destination, key) is not None]
    return destination.model_copy(update=dict.fromkeys(there, KEPT))
