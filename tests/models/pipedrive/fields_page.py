"""The tables of docs/fields.md, made from the declarations; run as a module it writes them to the page."""

from pathlib import Path

from models.pipedrive.entity import ENTITIES, Entity, Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.operators import OPERATORS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "fields.md"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"


def tables() -> str:
    parts = [_kinds(), _types(), *(_fields(entity) for entity in ENTITIES.values())]
    return "\n".join(parts)


def written() -> str:
    """The present content of the page."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0]


def _kinds() -> str:
    rows = [
        f"| {kind} | {', '.join(f'`{op}`' for op in _operators(kind))} |"
        for kind in Kind
        if kind is not Kind.ANY
    ]
    return "\n".join(["## Operators by kind", "", "| kind | operators |", "|---|---|", *rows, ""])


def _operators(kind: Kind) -> list[str]:
    fitting = [name for name, operator in OPERATORS.items() if kind in operator.kinds]
    return [
        *fitting,
        "is_empty",
        "is_not_empty",
        *(name for name, one in CHANGE_OPERATORS.items() if kind in one.kinds),
    ]


def _types() -> str:
    known = {entity.label: [f"`{one}`" for one in entity.event_types] for entity in ENTITIES.values()}
    rows = [f"| {label} | {', '.join(types)} |" for label, types in known.items()]
    return "\n".join(["## Event types", "", "| entity | types |", "|---|---|", *rows, ""])


def _fields(entity: Entity) -> str:
    rows = [f"| `{field.key}` | {field.label} | {field.kind} |" for field in entity.fields.values()]
    head = [f"## {entity.label}", "", "| field | what it is | kind |", "|---|---|---|"]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + tables() + END + rest.partition(END)[2])
