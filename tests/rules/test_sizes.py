"""Files and functions stay short."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.house import files, listed, modules, place, tree

FILE_LINES = 300
FUNCTION_LINES = 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _read() -> list[Path]:
    return [*(path for path in modules() if "migrations" not in path.parts), *files("tests")]


def _functions(module: ast.AST) -> Iterator[Function]:
    """Yield the functions of a module or function, at any depth. Only statements have any inside."""
    for node in ast.iter_child_nodes(module):
        if isinstance(node, Function):
            yield node
        if isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _functions(node)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def own_lines(function: Function) -> int:
    """Count a function's lines without its docstring and without the functions inside it."""
    words = _span(function.body[0]) if ast.get_docstring(function) is not None else 0
    inner = list(_functions(function))
    direct = [node for node in inner if not any(node in set(_functions(other)) for other in inner)]
    return _span(function) - words - sum(_span(node) for node in direct)


def test_no_file_is_too_long() -> None:
    lengths = {place(path): len(path.read_text().splitlines()) for path in _read()}

    too_long = {name: lines for name, lines in lengths.items() if lines > FILE_LINES}

    for name in sorted(lengths, key=lambda name: -lengths[name])[:10]:
        print(lengths[name], name)
    assert too_long == {}, listed(too_long.items())


def test_no_function_is_too_long() -> None:
    functions = [(path, function) for path in _read() for function in _functions(tree(path))]
    long = [(path, function) for path, function in functions if _span(function) > FUNCTION_LINES]
    lengths = {
        f"{place(path)}:{function.lineno} {function.name}": own_lines(function) for path, function in long
    }

    too_long = {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES}

    for name in sorted(lengths, key=lambda name: -lengths[name])[:10]:
        print(lengths[name], name)
    assert too_long == {}, listed(too_long.items())
    assert len(functions) > 100


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f():\n    return 1", 2),
        ('def f():\n    """Two\n    lines."""\n    return 1', 2),
        ("def f():\n    def g():\n        def h():\n            pass\n    return g", 2),
    ],
)
def test_own_lines_leave_out_words_and_inner_functions(source: str, lines: int) -> None:
    function = next(_functions(ast.parse(source)))

    assert own_lines(function) == lines
