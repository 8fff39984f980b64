"""The schemas of rules: the keys of a rules file, and what only REST has."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from models.pipedrive.names import Json
from models.rules.drafts import RuleDraft
from models.rules.queries import RULE_STATES
from models.rules_file.schema import RuleSchema
from models.tables.rules import Rule
from web.api.schemas import Body, Id, ListParams, Moment, Out

DOCUMENT_MOST = 500_000
_ALIASES = {"is_active": "enabled"}  # of programs that follow an earlier description of this API


class _Kept(BaseModel):
    """What only the service sets: a client may send it back as it got it."""

    id: Any = None
    created_at: Any = None
    updated_at: Any = None
    created_by: Any = None
    version: int | None = Field(None, description="the version that is changed; another one is refused")

    @model_validator(mode="before")
    @classmethod
    def _rename(cls, value: Any) -> Any:
        return (
            {_ALIASES.get(key, key): each for key, each in value.items()}
            if isinstance(value, dict)
            else value
        )


class RuleBody(_Kept, RuleSchema):
    """A whole rule: what is not named has its default."""

    model_config = ConfigDict(title="RuleBody")

    def draft(self) -> RuleDraft:
        return RuleDraft(**{name: getattr(self, name) for name in RuleSchema.model_fields})


_FIELDS = {
    name: (field.rebuild_annotation(), field.default if not field.is_required() else ...)
    for name, field in RuleSchema.model_fields.items()
}
_OPTIONAL = {name: (annotation | None, None) for name, (annotation, _) in _FIELDS.items()}
RulePatch: Any = create_model(
    "RulePatch",
    __base__=_Kept,
    __config__=None,
    __doc__="A part of a rule: what is not named stays.",
    **_OPTIONAL,  # type: ignore[call-overload]  # fields that the file's schema names
)
RulePatch.model_config = ConfigDict(extra="forbid", strict=True)
RulePatch.model_rebuild(force=True)


class _Meta(Out):
    id: Id
    created_at: Moment
    updated_at: Moment
    created_by: str
    version: int


RuleOut: Any = create_model(
    "Rule",
    __base__=_Meta,
    __doc__="A rule: the keys of a rules file, and by whom it was made and when it changed.",
    **{**_FIELDS, "on": (str | list[str], ...)},  # type: ignore[call-overload]  # as above
)


class RuleParams(ListParams):
    """Filters of the list of rules."""

    status: Literal["on", "enabled", "active", "off", "disabled", "inactive", "paused"] | None = None
    event_type: str | None = Field(None, max_length=60)
    q: str | None = Field(None, max_length=255, description="words of the name")
    to: str | None = Field(None, max_length=320, description="the name of a destination")

    @property
    def enabled(self) -> bool | None:
        return None if self.status is None else RULE_STATES[self.status]


class BulkBody(Body):
    """The same change of many rules; `move` lets them post `to` a destination.

    `to` replaces the destination `from`, and without one all that a rule has.
    """

    ids: list[str | int] = Field(min_length=1, max_length=100)
    action: Literal["enable", "disable", "delete", "on", "off", "resume", "pause", "move"]
    to: str = Field("", max_length=320, description="where moved rules post")
    instead_of: str = Field("", alias="from", max_length=320, description="what `to` replaces; empty is all")


class BulkOut(Out):
    """The names of the rules that were changed, and what was refused and why."""

    changed: list[str]
    refused: list[dict[str, str]]


class TestBody(Body):
    """Which event the test card shows; one that fits if unset."""

    event_id: str | int | None = None


class TestOut(Out):
    """Where test cards go; they are sent at once."""

    to: list[str]


class DocumentOut(Out):
    """The rules and templates of the team as a document of YAML."""

    document: str


class ImportBody(Body):
    """A document that says what all rules and templates of the team are; others are removed."""

    document: str = Field(max_length=DOCUMENT_MOST)
    dry_run: bool = False


class ImportOut(Out):
    """What the document changes, a line each."""

    changes: list[str]
    dry_run: bool


class BacktestBody(Body):
    """How far back to look; `before` goes on where an answer says `go_on`."""

    days: int = Field(7, ge=1, le=90)
    before: str | int | None = None
    rule: Any = Field(None, description="a rule as it would be saved, instead of the stored one")


class ExampleOut(Out):
    """One event: its title and what happened; `failed` says which condition failed, of a near miss."""

    event_id: Id
    at: Moment
    title: str
    what: str
    failed: str = ""
    redacted_because: str = ""


class BacktestOut(Out):
    """What a rule would have done with the stored events."""

    fired: int
    near_misses: int
    looked_at: int
    of_type: int
    examples: list[ExampleOut]
    misses: list[ExampleOut]
    back_to: Moment | None
    go_on: str | None


def rule_mapping(rule: Rule, draft: RuleDraft) -> dict[str, Json]:
    """Return a rule as it is answered."""
    made: Any = {"created_at": rule.created_at, "updated_at": rule.updated_at, "created_by": rule.made_by}
    meta = _Meta.model_construct(id=rule.id, version=rule.version, **made).model_dump(mode="json")
    return {**meta, **RuleSchema.from_draft(draft).to_mapping()}
