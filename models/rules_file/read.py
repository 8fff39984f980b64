"""Reads documents into their sections, and notes every problem of form with its path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from models.pipedrive.names import Json
from models.rules.drafts import RuleDraft
from models.rules_file.field_types import did_you_mean, kind, not_text
from models.rules_file.schema import (
    ABSENT,
    SECTIONS,
    DestinationSchema,
    DocumentSchema,
    PipedriveSchema,
    PlanSchema,
    QuietHoursSchema,
    Schema,
    SpaceSchema,
    TemplateSchema,
    UserSchema,
)
from models.rules_file.yaml_source import YamlSource

Item = TypeVar("Item")
AnySchema = TypeVar("AnySchema", bound=Schema)
_LISTS: Final = SECTIONS[SECTIONS.index("users") :]
_IGNORED: Final = "x-"


@dataclass(frozen=True, slots=True)
class FileSection(Generic[Item]):
    """A list section with its source, which knows the lines of its problems."""

    items: list[Item]
    source: YamlSource
    name: str

    def refuse(self, number: int, rest: str, message: str) -> None:
        """Note a problem with item `number`; `rest` is the path inside it, "" for the item itself."""
        self.source.refuse(f"{self.name}[{number}]{'.' if rest else ''}{rest}", message)


@dataclass(slots=True)
class Document:
    """What one tenant should be. A section that is None stays as it is."""

    tenant: str
    source: YamlSource
    timezone: str | None = None
    language: str | None = None
    plan: PlanSchema | None = None
    pipedrive: PipedriveSchema | None = None
    users: FileSection[UserSchema] | None = None
    spaces: FileSection[SpaceSchema] | None = None
    destinations: FileSection[DestinationSchema] | None = None
    templates: FileSection[TemplateSchema] | None = None
    rules: FileSection[RuleDraft] | None = None
    quiet_hours: FileSection[QuietHoursSchema] | None = None
    pipedrive_source: YamlSource | None = None


def read_document(source: YamlSource) -> Document:
    """Read one document. Its problems are noted in the source; what can be used is there all the same."""
    parsed = _parse(source)
    document = Document(
        parsed.tenant, source, parsed.timezone, parsed.language, parsed.plan, parsed.pipedrive
    )
    document.pipedrive_source = source if parsed.pipedrive else None
    for name in _LISTS:
        items: list[Any] | None = getattr(parsed, name)
        if items is not None:
            section = FileSection(items, source, name)
            _refuse_duplicates(section)
            setattr(document, name, section)
    if parsed.rules is not None:
        document.rules = FileSection([rule.draft() for rule in parsed.rules], source, "rules")
    return document


def _refuse_duplicates(section: FileSection[Any]) -> None:
    seen: set[str] = set()
    for number, item in enumerate(section.items):
        identity = _identity(item)
        if identity and identity in seen:
            section.refuse(number, "", f"{identity!r} is there twice")
        seen.add(identity)


def _identity(item: Any) -> str:
    if isinstance(item, QuietHoursSchema):
        owner = item.owner or item.scope
        return f"{owner} {item.starts}-{item.ends} {' '.join(item.days)} {item.timezone}"
    return str(item.email if isinstance(item, UserSchema) else item.name)


def _parse(source: YamlSource) -> DocumentSchema:
    value = source.value
    if isinstance(value, dict):  # parts that only anchors are for
        value = {key: each for key, each in value.items() if not key.startswith(_IGNORED)}
    try:
        return DocumentSchema.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            path = _path(each["loc"])
            for message in _messages(each):
                source.refuse(path, message)
        return _usable_part(DocumentSchema, value)


def _path(location: tuple[int | str, ...]) -> str:
    """Write a place as `rules[1].to[0]`."""
    parts = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
    return "".join(parts).removeprefix(".")


def _messages(error: Any) -> Iterator[str]:
    """Return the messages of one of the `errors()` that pydantic found."""
    location = error["loc"]
    match error["type"]:
        case "value_error":
            yield from error["ctx"]["error"].messages
        case "missing":
            yield "is missing"
        case "string_type":
            yield not_text(error["input"])
        case "bool_type":
            yield f"must be true or false, not {kind(error['input'])}"
        case "extra_forbidden":
            yield _unknown_key(str(location[-1]), _schema_at(location[:-1]).keys())
        case "string_unicode":
            yield "has a key with characters that cannot be kept"
        case _:
            yield _schema_at(location).mapping_message()


def _unknown_key(key: str, known: list[str]) -> str:
    hint = did_you_mean(key, known) or ", known are " + ", ".join(known)
    return f"unknown key{hint}"


def _schema_at(location: tuple[int | str, ...]) -> type[Schema]:
    """Return the schema of the mapping at a place."""
    schema: type[Schema] = DocumentSchema
    for each in location:
        if isinstance(each, str):
            schema = _inner_schema(schema.model_fields[each].annotation) or schema
    return schema


def _inner_schema(annotation: Any) -> type[Schema] | None:
    """Find the schema in an annotation such as `list[UserSchema] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Schema):
        return annotation
    return next(filter(None, map(_inner_schema, get_args(annotation))), None)


def _usable_part(schema: type[AnySchema], value: Json) -> AnySchema:
    """Return what can be used of a value that may not fit, so that what it names is checked too."""
    try:
        return schema.model_validate(value)
    except ValidationError:
        given = value if isinstance(value, dict) else {}
        usable = {}
        for name, field in schema.model_fields.items():
            key = field.alias or name
            usable[key] = _usable_value(schema, name, given.get(key, ABSENT))
        return cast("AnySchema", schema.model_construct(_fields_set={*given}, **usable))


def _usable_value(schema: type[Schema], name: str, value: Json) -> Any:
    field = schema.model_fields[name]
    if inner := _inner_schema(field.annotation):
        if name in _LISTS and schema is DocumentSchema:
            return [_usable_part(inner, each) for each in value] if isinstance(value, list) else None
        return None if value is None or value is ABSENT else _usable_part(inner, value)
    try:
        return _field_type(schema, name).validate_python(value) if value is not ABSENT else _default(field)
    except ValidationError:
        return _substitute(field, value)


@cache
def _field_type(schema: type[Schema], name: str) -> TypeAdapter[Any]:
    annotation = schema.model_fields[name].rebuild_annotation()
    return TypeAdapter(annotation, config=ConfigDict(strict=True))


def _default(field: FieldInfo) -> Any:
    if field.is_required():
        return [] if get_origin(field.annotation) is list else ""
    return None if field.default is ABSENT else field.default


def _substitute(field: FieldInfo, value: Json) -> Any:
    """Return a value of the field's type: the wrong text itself, the texts of a list, else the default."""
    if isinstance(value, list) and get_origin(field.annotation) in (list, tuple):
        return [each for each in value if isinstance(each, str)]
    if isinstance(value, str) and not isinstance(field.default, bool):
        return value.strip()
    return _default(field)
