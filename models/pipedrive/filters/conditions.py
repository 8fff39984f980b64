"""One condition, `field operator value`: parsed once, evaluated often, and explained in plain words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models.languages.translate import for_later, marked, tr
from models.pipedrive.declaration import Kind
from models.pipedrive.filters import field_reader
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS, ChangeOperator
from models.pipedrive.filters.field_reader import FieldReader
from models.pipedrive.filters.index_keys import IndexKeys, index_key
from models.pipedrive.filters.operators import OPERATORS, Operator
from models.pipedrive.filters.resolve import nearest, readers
from models.pipedrive.filters.values import Unknown, Verdict, shown
from models.pipedrive.names import Json, Names

if TYPE_CHECKING:
    from models.pipedrive.change import Change

Decide = Callable[["Change", Names], Verdict]
Problems = list[tuple[str, str]]
_NEVER_ASKED = {
    "is_empty": marked("is empty"),
    "is_not_empty": marked("is not empty"),
}
NOT_TOUCHED = "not touched"  # what a condition on a change finds where its field was not changed
ALL_OPERATORS = (*OPERATORS, *_NEVER_ASKED, *CHANGE_OPERATORS)
_KEYS = {"field", "op", "value"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition, with a reader and a test for each entity that has the field."""

    field: str
    op: str
    asked: Json
    words: str
    readers: Mapping[str, FieldReader]
    tests: Mapping[str, Decide]

    def decide(self, change: "Change", names: Names) -> Verdict:
        test = self.tests.get(change.entity)
        if test is None:
            return Unknown(f"a {change.entity} has no such field")
        return test(change, names)

    def index_keys(self, entity: str) -> IndexKeys | None:
        """As `Filter.index_keys`."""
        if entity not in self.tests:
            return ()
        found = index_key(self.op, self.readers[entity], self.asked)
        return None if found is None else (found,)

    def why(self, change: "Change", names: Names) -> str:
        """The value found: the present one, or the old and the new."""
        verdict = self.decide(change, names)
        if isinstance(verdict, Unknown):
            return verdict.why
        reader = self.readers[change.entity]
        if self.op not in CHANGE_OPERATORS:
            return _found(reader, change.state, change, names)
        if not reader.touched(change):
            return NOT_TOUCHED
        old, new = (_found(reader, side, change, names) for side in (change.before, change.after))
        return for_later("from {old} to {new}", old=old, new=new)


def parse(node: Mapping[str, Json], entities: Sequence[str], names: Names, path: str) -> Condition | Problems:
    """Return the condition, or all its problems as (path, message)."""
    problems: Problems = [
        (f"{path}.{key}", f"unknown key {str(key)[:80]!r}") for key in node if key not in _KEYS
    ]
    problems += [(path, f"needs {key!r}") for key in ("field", "op") if key not in node]
    if problems:
        return problems
    field, op = node["field"], node["op"]
    if not isinstance(op, str) or op not in ALL_OPERATORS:
        shown_op = op[:80] if isinstance(op, str) else op
        problems.append((f"{path}.op", f"unknown operator {shown_op!r}{nearest(str(op), ALL_OPERATORS)}"))
    found = _readers(field, entities, names)
    if isinstance(found, str):
        return [(f"{path}.field", found), *problems]
    return problems or _condition(node, found, path)


def _readers(field: Json, entities: Sequence[str], names: Names) -> dict[str, FieldReader] | str:
    if not isinstance(field, str):
        return "must be the name of a field"
    try:
        return readers(field, entities, names)
    except ValueError as unknown:
        return str(unknown)


def _condition(node: Mapping[str, Json], found: dict[str, FieldReader], path: str) -> Condition | Problems:
    field, op = node["field"], node["op"]
    asks = op not in _NEVER_ASKED and (op in OPERATORS or CHANGE_OPERATORS[op].expect is not None)
    if asks is not ("value" in node):
        return [(f"{path}.value", f"is required by {op!r}" if asks else f"{op!r} takes no value")]
    tests, refused = {}, []
    for entity, reader in found.items():
        try:
            tests[entity] = _test(op, reader, node.get("value"))
        except _Unfit as unfit:
            refused.append((f"{path}.op", str(unfit)))
        except ValueError as wrong:
            refused.append((f"{path}.value", str(wrong)))
    if not tests:
        return refused[:1]
    return Condition(field, op, node.get("value"), _words(node, asks), found, tests)


class _Unfit(ValueError):
    """Raised when the operator does not apply to the kind of the field."""


def _words(node: Mapping[str, Json], asks: bool) -> str:
    op = node["op"]
    says = tr(_NEVER_ASKED.get(op) or (OPERATORS.get(op) or CHANGE_OPERATORS[op]).words)
    asked = node.get("value")
    if isinstance(asked, dict):
        asked = f"{shown(asked.get('amount'))} {asked.get('currency')}"
    shown_op = says.replace("{}", shown(asked)) if "{}" in says else f"{says} {shown(asked)}"
    return f"{node['field']} {shown_op if asks else says}"


def _found(reader: FieldReader, side: Mapping[str, Json], change: "Change", names: Names) -> str:
    if reader.kind is Kind.ANY:
        return shown(field_reader.text(reader.raw(side, change)))
    value = reader.value(side, change, names)
    return shown(field_reader.text(reader.raw(side, change)) if isinstance(value, Unknown) else value)


def _test(op: str, reader: FieldReader, raw: Json) -> Decide:
    """The test of one operator on one field. Raises ValueError for a value (or a kind) that does not fit."""
    if op in _NEVER_ASKED:
        wanted = op == "is_empty"
        return lambda change, _: (reader.raw(change.state, change) is None) is wanted
    if op == "changed":
        return lambda change, _: reader.touched(change)
    operator: Operator | ChangeOperator = OPERATORS[op] if op in OPERATORS else CHANGE_OPERATORS[op]
    if reader.kind is Kind.ANY:
        return _by_body(op, operator, reader, raw)
    if reader.kind not in operator.kinds:
        raise _Unfit(f"operator {op!r} does not fit a {reader.kind} field")
    return _typed(operator, reader, raw)


def _typed(operator: Operator | ChangeOperator, reader: FieldReader, raw: Json) -> Decide:
    kind, read = reader.kind, reader.value
    wanted = operator.expect(kind, raw) if operator.expect is not None else None
    if isinstance(operator, ChangeOperator):
        return _moved(operator.build(kind, wanted), reader)
    test = operator.build(kind, wanted)

    def decide(change: "Change", names: Names) -> Verdict:
        value = read(change.after or change.before, change, names)
        return value if value.__class__ is Unknown else test(value, change)

    return decide


def _moved(move: Callable[[Any, Any], Verdict], reader: FieldReader) -> Decide:
    def decide(change: "Change", names: Names) -> Verdict:
        if not reader.touched(change):
            return False
        old = reader.value(change.before, change, names)
        new = reader.value(change.after, change, names)
        if old.__class__ is Unknown or new.__class__ is Unknown:
            return old if isinstance(old, Unknown) else new
        return move(old, new)

    return decide


def _by_body(op: str, operator: Operator | ChangeOperator, reader: FieldReader, raw: Json) -> Decide:
    """An undescribed custom field: tests for all fitting kinds are prepared, the body selects one."""
    tests: dict[Kind, Decide] = {}
    refusal: ValueError = _Unfit(f"operator {op!r} fits no custom field")
    for kind in (
        Kind.TEXT,
        Kind.NUMBER,
        Kind.MONEY,
        Kind.DATE,
        Kind.CHOICE,
        Kind.PERSON,
        Kind.SET,
        Kind.FLAG,
    ):
        if kind in operator.kinds:
            try:
                tests[kind] = _typed(operator, reader.as_kind(kind), raw)
            except ValueError as wrong:
                refusal = wrong
    if not tests:
        raise refusal
    bare = reader.hint if reader.hint in tests else next(iter(tests))

    def decide(change: "Change", names: Names) -> Verdict:
        held = reader.raw(change.state, change)
        held = reader.raw(change.before, change) if held is None else held
        test = tests.get(field_reader.kind_of(held) or _bare_kind(held, bare, tests))
        return test(change, names) if test else Unknown(f"{op!r} does not fit what the field holds")

    return decide


def _bare_kind(held: Json, fallback: Kind, tests: Mapping[Kind, Decide]) -> Kind:
    """A value of v1 or an empty one often has no clear kind; then the operator decides."""
    if isinstance(held, bool):
        return Kind.FLAG
    if isinstance(held, list) and Kind.SET in tests:
        return Kind.SET
    counts = fallback is Kind.TEXT and Kind.NUMBER in tests and isinstance(held, int | float)
    return Kind.NUMBER if counts else fallback
