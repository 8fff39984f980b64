"""Where routes take the name or the id of something: each field of their parameters and bodies, by kind.

A field that is in neither table makes `test_walk_foreign_ids` fail: whoever adds one says what it names.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import PydanticJsonSchemaWarning

from tests.web.api.objects import noun_of
from web.api.routes import ApiRoute

Schema = Mapping[str, Any]
ITEM: Final = "[]"  # stands for each item of a list in the path of a field

# What a field names, by its name; where it depends on the noun of the route, by `noun:field`.
REFERENCES: Final[dict[str, tuple[str, ...]]] = {
    "rule_id": ("rule",),
    "webhook_id": ("destination",),
    "event_id": ("event",),
    "manager_id": ("user", "e-mail"),
    "members": ("user", "e-mail"),
    "people": ("user", "e-mail"),
    "owner_id": ("pipedrive user",),
    "assignee": ("pipedrive user",),
    "user": ("e-mail",),
    "actor": ("e-mail",),
    "space": ("space",),
    "webhook": ("destination name",),
    "fallback": ("destination name", "space"),
    "template": ("template name",),
    "object": ("object",),
    "rules:to": ("destination name", "space", "e-mail"),
    "rules:rule": ("destination name", "space", "e-mail"),
    "rules:document": ("destination name", "space", "e-mail"),
    "rules:ids": ("rule",),
    "rules:id": ("rule",),
    "rules:name": ("rule name",),
    "rules:q": ("rule name",),
    "webhooks:name": ("destination name", "space"),
    "webhooks:webhook": (),  # an address outside
    "webhooks:q": ("destination name",),
    "templates:name": ("template name",),
    "logs:ids": ("delivery",),
    "logs:rule": ("rule name",),
    "logs:webhook": ("destination name", "space"),
    "replays:rule": ("rule name",),
    "replays:webhook": ("destination name", "space"),
    "notifications:to": ("e-mail",),
    "notifications:key": ("key",),
    "routing:name": ("policy name",),
    "users:email": ("e-mail",),
    "users:manager_id": ("user",),
    "users:q": ("e-mail",),
    "analytics:pipeline": ("pipeline", "pipeline name"),
    "reports:pipeline": ("pipeline", "pipeline name"),
    "lead-pipelines:chosen": ("pipeline",),
}
# Words, numbers and times; a place in a list (a number, after which it begins); what Pipedrive looks up with
# the tenant's own connection (a lead's person); addresses outside, which tenants may share.
_PLAIN: Final = """
page limit cursor fields after before range since until days format include types type tag priority scope
status state event_type kind enabled least_score most_score source q band role on when thread update mention
created_at created_by updated_at version liquid incoming_webhook email secret description title body url tags
expires_at from at day by first last name timezone every duration weekday weekdays thresholds frequency words
reason note person phone organization value currency expected_close_date action preferences defaults checks
idle_days stuck_days forecast_days required sources value_from contacted activity activity_days age age_days
hot_from warm_from values least method field claim_minutes most_open most_today least_value events deliveries
attempts audit origins consent content columns currency routes
industry least_size most_size
"""
PLAIN: Final = frozenset(_PLAIN.split())
# What else a field needs so that it is read at all.
NEEDS: Final[dict[str, dict[str, Any]]] = {
    "mutes:rule_id": {"scope": "rule"},
    "mutes:space": {"scope": "space"},
    "digests:space": {"scope": "space"},
    "reports:space": {"scope": "space"},
    "reports:pipeline": {"by": "leaders"},
    "quiet-hours:space": {"scope": "space", "user": None},
    "logs:ids": {"dry_run": False},
    "logs:rule": {"dry_run": False},
    "logs:webhook": {"dry_run": False},
    "routing:people": {"method": "value"},
}
_WRAPS: Final[dict[str, Callable[[Any], Any]]] = {
    "rules:rule": lambda each: {"name": "As it would be", "on": "deal.won", "to": [each]},
    "rules:document": lambda each: f'rules: [{{name: Read, on: deal.won, to: ["{each}"]}}]',
}


@dataclass(frozen=True, slots=True)
class TakenField:
    """A field that a route takes: in its body, else in its parameters. `path` leads to it from the top."""

    route: ApiRoute
    in_body: bool
    path: tuple[str, ...]
    is_number: bool = False

    @property
    def name(self) -> str:
        return next(part for part in reversed(self.path) if part != ITEM)

    @property
    def key(self) -> str:
        return f"{noun_of(self.route.path)}:{self.name}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it names, nothing for a plain one."""
        return REFERENCES.get(self.key, REFERENCES.get(self.name, ()))

    @property
    def is_known(self) -> bool:
        return self.name in PLAIN or {self.key, self.name} & REFERENCES.keys() != set()

    def body_with(self, body: Any, value: Any) -> Any:
        """Return a body that the route takes with this value in the field."""
        changed = {**copy.deepcopy(body or {}), **NEEDS.get(self.key, {})}
        changed = {name: each for name, each in changed.items() if each is not None}
        wrapped = _WRAPS.get(self.key, lambda each: each)(value)
        return _put(changed, self.path, int(wrapped) if self.is_number else wrapped)


def taken_fields(route: ApiRoute) -> Iterator[TakenField]:
    """Yield every field of a route that takes a text or a whole number, also those inside of others."""
    for model, in_body in ((route.params, False), (route.body, True)):
        if model is not None:
            schema = _schema_of(model)
            for path, is_number in _leaves(schema, schema.get("$defs", {}), ()):
                yield TakenField(route, in_body, path, is_number)


def _schema_of(model: type[BaseModel]) -> Schema:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # of defaults that only Python knows
        return model.model_json_schema()


def _leaves(schema: Schema, known: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], bool]]:
    schema = known[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if choices:
        found = [leaf for each in choices for leaf in _leaves(each, known, path)]
        texts = {path for path, is_number in found if not is_number}
        yield from ((path, path not in texts) for path in dict(found))
        return
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _leaves(inner, known, (*path, name))
    elif kind == "object":
        yield path, False
    elif kind == "array":
        yield from _leaves(schema.get("items", {}), known, (*path, ITEM))
    elif "enum" not in schema and "const" not in schema and kind not in ("boolean", "number"):
        yield path, kind == "integer"


def _put(body: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    if first == ITEM:
        inner = body[0] if isinstance(body, list) and body else {}
        return [_put(inner, rest, value)]
    return {**(body if isinstance(body, dict) else {}), first: _put((body or {}).get(first), rest, value)}
