"""The declaration of an entity of Pipedrive: its fields, their kinds, and where the names of its ids are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """The kind of a field's value, which decides the operators that fit it."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    PERSON = "person"
    SET = "set"
    FLAG = "flag"
    ID = "id"
    ANY = "any"  # a custom field by its hash: the body determines its kind


class Markup(StrEnum):
    """How the text of a field is written."""

    NONE = "none"
    HTML = "html"  # notes
    MAYBE = "maybe"  # descriptions: plain text, but other programs put HTML there


@dataclass(frozen=True, slots=True)
class Field:
    """One field people can name in filters and templates.

    `source` is the key of a body that holds it (its own key unless specified). `names` is the kind of
    `Names` that turns the id found there into text; `beside` is the key under which older bodies send that
    text themselves. `markup` says how its text is written. The value of an `is_internal` field is an id or a
    word of Pipedrive's programs: conditions and templates read it, cards do not show it.
    """

    key: str
    label: str
    kind: Kind
    source: str = ""
    names: str = ""
    beside: str = ""
    markup: Markup = Markup.NONE
    is_internal: bool = False

    @property
    def where(self) -> str:
        return self.source or self.key


@dataclass(frozen=True)
class Entity:
    """One kind of object in Pipedrive.

    `derived` are the event types besides created, updated and deleted, `signals` those of them that Pipedrive
    never sends and that we detect (of a deal also `lead.scored`). `older_keys` maps the keys of older bodies
    to today's. `link` is the path of its page, with `{id}`, empty if none is known. `custom` are the kinds of
    `Names` of its custom fields.
    """

    key: str
    label: str
    title: str
    declared: tuple[Field, ...]
    derived: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    older_keys: Mapping[str, str] = field(default_factory=dict)
    money: str = ""
    link: str = ""
    custom: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> dict[str, Field]:
        """The declared fields and two that every change has: who did it, by name and by id."""
        who = Field("who", "Changed by", Kind.PERSON, names="user")
        return {each.key: each for each in (*self.declared, who, *ids(("who_id", "Changed by (id)")))}

    @cached_property
    def event_types(self) -> tuple[str, ...]:
        return tuple(f"{self.key}.{verb}" for verb in ("created", "updated", "deleted", *self.derived))

    def path(self, object_id: str) -> str:
        """The path of an object's page in Pipedrive, empty if there is none."""
        return self.link.replace("{id}", object_id)


def internal(kind: Kind, *pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, label, kind, is_internal=True) for key, label in pairs)


def ids(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return internal(Kind.ID, *pairs)


def texts(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, label, Kind.TEXT) for key, label in pairs)


def description(key: str) -> Field:
    return Field(key, "Description", Kind.TEXT, markup=Markup.MAYBE)


def numbers(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, label, Kind.NUMBER) for key, label in pairs)


def dates(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, label, Kind.DATE) for key, label in pairs)


def flags(*pairs: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(key, label, Kind.FLAG) for key, label in pairs)


OWNER = Field("owner", "Owner", Kind.PERSON, source="owner_id", names="user", beside="owner_name")
ORGANIZATION = Field(
    "organization", "Organization", Kind.CHOICE, source="org_id", names="organization", beside="org_name"
)
PERSON = Field("person", "Person", Kind.CHOICE, source="person_id", names="person", beside="person_name")
DEAL = Field("deal", "Deal", Kind.CHOICE, source="deal_id", names="deal", beside="deal_title")
TIMES = dates(("add_time", "Added"), ("update_time", "Updated"))


def dotted(base: Field) -> Field:
    """The same name under the longer key used in templates: `organization.name`."""
    return Field(f"{base.key}.name", f"{base.label} name", base.kind, base.source, base.names, base.beside)


def labels(names: str) -> tuple[Field, ...]:
    return (
        Field("label", "Labels", Kind.SET, source="label_ids", names=names),
        *internal(Kind.SET, ("label_ids", "Labels (ids)")),
    )
