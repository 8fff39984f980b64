"""SQL is never built from text: values are bound, names are constants."""

import ast
import re

import pytest

from tests.rules.house import called, modules, place, tree

EXECUTES = {"text", "execute", "exec_driver_sql", "executemany", "executescript"}
VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|SET|CREATE|DROP|ALTER|GRANT|PRAGMA|COPY|TRUNCATE)\s")
EXCEPTIONS = {
    "models/database/migrate.py": "the number of a lock, a constant",
    "models/database/postgresql.py": "SET takes no bound values; these are our own numbers and names",
    "models/database/row_security.py": "names of our own tables and role; DDL takes no bound values",
    "models/database/sqlite.py": "PRAGMA takes no bound values; these are our own numbers",
}


def put_together(module: ast.Module) -> list[int]:
    """Return the lines that build SQL from pieces."""
    sql = [
        *(call.args[0] for call in _executions(module)),
        *(node for node in ast.walk(module) if isinstance(node, ast.JoinedStr) and _begins_as_sql(node)),
    ]
    return sorted({node.lineno for node in sql if _is_made_of_pieces(node)})


def _executions(module: ast.Module) -> list[ast.Call]:
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    return [call for call in calls if called(call) in EXECUTES and call.args]


def _begins_as_sql(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    return isinstance(first, ast.Constant) and bool(VERB.match(str(first.value)))


def _is_made_of_pieces(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.Call):
        return called(node) == "format"
    return isinstance(node, ast.BinOp) and any(
        isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right)
    )


def test_no_sql_is_put_together_from_text() -> None:
    examined = [path for path in modules() if "migrations" not in path.parts]
    found = {place(path): lines for path in examined if (lines := put_together(tree(path)))}

    assert set(found) - set(EXCEPTIONS) == set(), found
    assert set(EXCEPTIONS) - set(found) == set(), "an exception nobody needs any more"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('session.execute(text(f"SELECT {name}"))', [1]),
        ('sql = f"DELETE FROM {table}"', [1]),
        ('connection.execute("SELECT %s" % name)', [1]),
        ('connection.execute("SELECT {}".format(name))', [1]),
        ('session.execute(text("SELECT 1"))', []),
        ('words = f"Selected {count}"', []),
        ("session.execute(select(Rule))", []),
    ],
)
def test_what_counts_as_put_together(source: str, lines: list[int]) -> None:
    assert put_together(ast.parse(source)) == lines
