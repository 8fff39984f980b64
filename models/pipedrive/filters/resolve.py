"""Finds the field of a condition for every entity its rule can match; unknown ones get a helpful error."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from models.pipedrive.entity import ENTITIES, Entity, Field, Kind
from models.pipedrive.filters.field_reader import FieldReader, Options
from models.pipedrive.names import Name, Names
from models.pipedrive.readable import fold_text

_CUSTOM = "custom."
_HASH_LENGTH = 40
_KINDS = tuple(kind.value for kind in Kind)


def readers(name: str, entities: Sequence[str], names: Names) -> dict[str, FieldReader]:
    """A reader of the field for each entity that has it. Raises ValueError with the problem."""
    known = [ENTITIES[key] for key in entities]
    if name.startswith(_CUSTOM):
        return _custom(name.removeprefix(_CUSTOM), known, names)
    found = {entity.key: FieldReader(entity.fields[name]) for entity in known if name in entity.fields}
    if not found:
        every = {key for entity in known for key in entity.fields}
        raise ValueError(f"unknown field {name[:80]!r}{nearest(name, every)}")
    return found


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error message about an unknown name: a suggestion."""
    near = get_close_matches(name[:80], sorted(known), n=1, cutoff=0.7)
    return f", did you mean {near[0]!r}?" if near else ""


def _custom(name: str, entities: list[Entity], names: Names) -> dict[str, FieldReader]:
    if len(name) == _HASH_LENGTH and all(letter in "0123456789abcdef" for letter in name):
        return {entity.key: _reader(name, _named(name, entity, names), by_body=True) for entity in entities}
    found = {entity.key: by for entity in entities if (by := _by_name(name, entity, names))}
    if not found:
        raise ValueError(_unknown(name, entities, names))
    for fields in found.values():
        if len(fields) > 1:
            raise ValueError(
                f"several custom fields are called {name[:80]!r}: custom.{', custom.'.join(fields)}"
            )
    return {key: _reader(*next(iter(fields.items()))) for key, fields in found.items()}


def _reader(digest: str, name: Name | None, *, by_body: bool = False) -> FieldReader:
    """A field given by hash takes its kind from the body, or from our names if the body has none."""
    more = name.more if name else {}
    kind, options = more.get("kind"), more.get("options")
    known = Kind(kind) if kind in _KINDS else Kind.ANY
    field = Field(f"{_CUSTOM}{digest}", name.text if name else "Custom field", Kind.ANY if by_body else known)
    return FieldReader(field, Options(options if isinstance(options, dict) else {}), hint=known)


def _named(digest: str, entity: Entity, names: Names) -> Name | None:
    return next((names[kind, digest] for kind in entity.custom if (kind, digest) in names), None)


def _by_name(name: str, entity: Entity, names: Names) -> dict[str, Name]:
    wanted = fold_text(name)
    return {
        digest: each
        for kind in entity.custom
        for digest, each in names.of(kind).items()
        if fold_text(each.text) == wanted
    }


def _unknown(name: str, entities: list[Entity], names: Names) -> str:
    known = [each.text for entity in entities for kind in entity.custom for each in names.of(kind).values()]
    if not known:
        return f"custom field {name[:80]!r} needs a connection to Pipedrive, none of its fields is known"
    return f"unknown custom field {name[:80]!r}{nearest(name, known)}"
