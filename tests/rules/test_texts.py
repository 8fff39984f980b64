"""Every text that people read is marked for translation, so that a new command speaks all languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.rules.house import files, listed, place, tree

# A text of several words, or one word that begins a title; not `rule list`, which names a command.
_TEXT: Final = re.compile(r"(?s)(?=.*[A-Za-z]{2})(?:.*\S\s+\S.*[A-Za-z].*|[A-Z][a-z]+[.!?…:]?)")
_COMMAND: Final = re.compile(r"(?s)[a-z]+ [a-z]+|[a-z.]*|/.*|https?:.*|<[ab].*|\{\{.*|Pipenotify:")
_MARKS: Final = ("tr", "tr_in", "tr_plural", "marked", "marked_plural", "plural", "command")
# What these take is no text for people: names of actions, patterns, log events, programmers' errors.
_NO_TEXT: Final = (
    "press", "press_of", "Press", "dialog", "compile", "get", "getattr", "removeprefix", "removesuffix",
    "startswith", "endswith", "match", "TypeVar", "ValueError", "TypeError", "Registry", "info", "error",
    "exception", "find_card", "act", "record", "_fields", "split", "translate", "NotFound",
    "UnreadableInteraction",
)  # fmt: skip
# Files without texts of their own for people, and why.
_EXEMPT: Final = {
    "bot/phrases/words.py": "the English words of a sentence, which is read and not shown",
    "bot/command_words.py": "words that are typed",
    "bot/widgets/mail_page.py": "markup of a mail, whose texts it is given",
    "bot/widgets/__init__.py": "names of classes",
    "bot/registry.py": "names of types",
    "bot/version.py": "a version",
}
_ALLOWED: Final = (
    "Pipenotify", "Pipedrive", "Untitled", "Open", "CustomTemplate", "Button", "Row", "TEST", "kept as it is",
)  # fmt: skip


def unmarked(path: Path) -> Iterator[str]:
    """Yield where a text for people stands in a file without its mark."""
    yield from _walk(tree(path), place(path))


def _walk(node: ast.AST, where: str) -> Iterator[str]:
    if isinstance(node, ast.Call) and _name(node) in (*_MARKS, *_NO_TEXT):
        named = [each for each in node.keywords if each.arg == "user_message"]
        for given in [*named, *(node.keywords if _name(node) in _MARKS else [])]:
            if not isinstance(given.value, ast.Constant) or given.arg == "user_message":
                yield from _walk(given, where)
        return
    for child in _shown(node):
        if _is_text(child):
            yield f"{where}:{getattr(child, 'lineno', 0)}: {ast.unparse(child)[:80]}"
        else:
            yield from _walk(child, where)


def _shown(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node that may be shown: no docstrings, keys, annotations, comparisons."""
    if isinstance(node, ast.Compare | ast.Subscript | ast.arg | ast.Import | ast.ImportFrom):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_pattern(node.elts[0]):
        yield node.elts[1]
    elif isinstance(node, ast.AnnAssign):
        yield from [node.value] if node.value else []
    elif isinstance(node, ast.FunctionDef):
        yield from (*node.decorator_list, *node.args.defaults, *node.body)
    else:
        yield from ast.iter_child_nodes(node)


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        plain = " ".join(str(each.value) for each in node.values if isinstance(each, ast.Constant))
        return bool(re.search(r"[A-Za-z]{2,}\s+[A-Za-z]|^[A-Z][a-z]+ ", plain)) and not _is_command(plain)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    text = node.value.strip()
    return text not in _ALLOWED and bool(_TEXT.fullmatch(text)) and not _is_command(text)


def _is_command(text: str) -> bool:
    return bool(_COMMAND.fullmatch(text))


def _is_pattern(node: ast.AST) -> bool:
    """Tell whether this is what the check of a rule says, which the text beside it replaces."""
    text = node.value if isinstance(node, ast.Constant) else ""
    return isinstance(text, str) and bool(re.match(r"must |unknown |several |to\b|template: |on\(", text))


def test_texts_for_people_are_marked() -> None:
    found = [each for path in files("bot") if place(path) not in _EXEMPT for each in unmarked(path)]

    assert found == [], listed(
        [*found, "mark them with tr(...), see docs/extending.md; then python -m tests.texts de"]
    )


def test_the_exceptions_are_still_needed() -> None:
    assert [each for each in _EXEMPT if not any(place(path) == each for path in files("bot"))] == []


def test_a_text_without_its_mark_is_found() -> None:
    source = """
def f(x):
    'Not shown to anybody.'
    return Text("Not marked"), tr("Marked text"), f"{x} is not marked"
"""

    assert len(list(_walk(ast.parse(source), "a.py"))) == 2
