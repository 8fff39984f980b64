"""YAML or JSON as plain values with their line numbers.

Scalars follow YAML 1.2: `on` is a word and `19:00` is text, which YAML 1.1 would read as true and 1140.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from models.pipedrive.names import Json

_TAG: Final = "tag:yaml.org,2002:"
_FLOAT: Final = r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]{1,4})?$"
IMPLICIT_TAGS: Final[tuple[tuple[str, re.Pattern[str], list[str]], ...]] = (  # tag, form, first characters
    (f"{_TAG}null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
    (f"{_TAG}bool", re.compile(r"^(?:true|false)$"), ["t", "f"]),
    (f"{_TAG}int", re.compile(r"^[-+]?[0-9]{1,40}$"), list("-+0123456789")),
    (f"{_TAG}float", re.compile(_FLOAT), list("-+.0123456789")),
)
_DEEPEST: Final = 100
_MOST_REPEATED: Final = 20_000  # values that aliases repeat in one document
_TOO_DEEP: Final = f"nesting deeper than {_DEEPEST} levels is not supported"
_CLOSED_UP: Final = re.compile(r"!kept(?=[,\]}])")  # libyaml wants a space there, YAML 1.2 does not


class Kept:
    """The value `!kept`: the stored value stays."""

    def __repr__(self) -> str:
        return "!kept"


KEPT: Final = Kept()


@dataclass(slots=True)
class YamlSource:
    """One document. `lines` maps a path such as `rules[1].name` to its line; `file` is "" for a single."""

    file: str = ""
    value: Json = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    is_readable: bool = True

    def refuse(self, path: str, message: str, *, at: str | None = None) -> None:
        """Report a problem at a path; its line is that of `at`, or of the nearest enclosing part."""
        line = self._line(path if at is None else at)
        where = f"line {line} in {self.file}" if self.file else f"line {line}"
        text = f"{path}: {message}" if path else message
        self.problems.append((line, f"{text} ({where})"))

    def _line(self, path: str) -> int:
        while path and path not in self.lines:
            path = re.sub(r"(?:\.?[^.\[\]]*|\[\d+\])$", "", path)
        return self.lines.get(path, 1)


class _TooDeep(yaml.MarkedYAMLError):
    pass


class _Loader(yaml.CSafeLoader):
    """Counts how deep a node lies: the parser calls itself in C, and some 30,000 levels end the process."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML reads it from the class
    _depth = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:  # noqa: ARG002 - PyYAML's signature
        """Enter a node; raises _TooDeep."""
        self._depth += 1
        if current_node is not None and self._depth > _DEEPEST:
            raise _TooDeep(problem_mark=current_node.start_mark)

    def ascend_resolver(self) -> None:
        """Leave a node."""
        self._depth -= 1


for _tag, _form, _firsts in IMPLICIT_TAGS:
    _Loader.add_implicit_resolver(_tag, _form, _firsts)


def read_sources(text: str, file: str = "") -> Iterator[YamlSource]:
    """Yield each document of a text; one that is no YAML is a source with that problem."""
    with suppress(ValueError, RecursionError):
        yield _read_json(json.loads(text), text, file)
        return
    try:
        yield from _read_yaml(text, file)
    except yaml.YAMLError as wrong:
        yield _unreadable(wrong, file)


def _read_yaml(text: str, file: str) -> list[YamlSource]:
    """Read every document, also with a `{password: !kept}`; raises yaml.YAMLError."""
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.YAMLError:
        if not _CLOSED_UP.search(text):
            raise
        nodes = list(yaml.compose_all(_CLOSED_UP.sub("!kept ", text), Loader=_Loader))
    return [_read_node(node, file) for node in nodes]


def _read_json(value: Json, text: str, file: str) -> YamlSource:
    """Parse JSON by its own rules; YAML, nearly a superset, gives the line numbers as far as it can."""
    source = YamlSource(file, value)
    try:
        for node in yaml.compose_all(text.replace("\t", " "), Loader=_Loader):
            source = _read_node(node, file)
    except _TooDeep as wrong:
        return _unreadable(wrong, file)
    except yaml.YAMLError:
        pass  # it is JSON all the same, without line numbers
    source.value = value
    return source


def _unreadable(wrong: yaml.YAMLError, file: str) -> YamlSource:
    source = YamlSource(file, is_readable=False)
    mark = getattr(wrong, "problem_mark", None)
    source.lines[""] = mark.line + 1 if mark else 1
    if isinstance(wrong, _TooDeep):
        source.refuse("", _TOO_DEEP)
        return source
    text = getattr(wrong, "problem", None) or getattr(wrong, "reason", None) or "cannot be read"
    source.refuse("", f"this is neither YAML nor JSON: {text}")
    return source


def _read_node(node: yaml.Node, file: str) -> YamlSource:
    source = YamlSource(file)
    source.value = _Walk(source).value(node, "")
    return source


class _Walk:
    """Converts nodes to values.

    A node met again is an alias (`*name`). Its content is read again, so that every problem has its own path.
    Nested aliases multiply, so what they add together is bounded.
    """

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self._seen: set[int] = set()
        self._around: list[int] = []  # the nodes that enclose the present one
        self._room = _MOST_REPEATED

    def value(self, node: yaml.Node, path: str) -> Json:
        if id(node) in self._around:
            self._source.refuse(path, "an alias must not contain itself")
            return None
        if len(self._around) >= _DEEPEST:
            self._source.refuse(path, _TOO_DEEP)
            return None
        if not self._has_room(node, path):
            return None
        self._source.lines.setdefault(path, node.start_mark.line + 1)
        self._around.append(id(node))
        try:
            return self._convert(node, path)
        finally:
            self._around.pop()

    def _has_room(self, node: yaml.Node, path: str) -> bool:
        if id(node) not in self._seen:
            self._seen.add(id(node))
            return True
        self._room -= 1
        if self._room == -1:
            self._source.refuse(path, f"aliases repeat more than {_MOST_REPEATED:,} values")
        return self._room >= 0

    def _convert(self, node: yaml.Node, path: str) -> Json:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, f"{path}[{number}]") for number, each in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Json]:
        merged: dict[str, Json] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                merged = self._merged(value_node, path) | merged
        found: dict[str, Json] = {}
        for key_node, value_node in node.value:
            if _is_merge(key_node):
                continue
            key = str(key_node.value)
            where = f"{path}.{key}" if path else key
            self._source.lines[where] = key_node.start_mark.line + 1
            if key in found:
                self._source.refuse(where, "is there twice")
            found[key] = self.value(value_node, where)
        return merged | found

    def _merged(self, node: yaml.Node, path: str) -> dict[str, Json]:
        """The keys that `<<: *name` or `<<: [*one, *other]` brings; of equal ones the first counts."""
        merged: dict[str, Json] = {}
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            found = self.value(each, path) if isinstance(each, yaml.MappingNode) else None
            if isinstance(found, dict):
                merged = found | merged
            else:
                self._source.refuse(f"{path}.<<" if path else "<<", "must be a mapping, or a list of such")
        return merged

    def _scalar(self, node: yaml.Node, path: str) -> Json:
        text, tag = str(node.value), node.tag.removeprefix(_TAG)
        if tag == "!kept":
            return KEPT
        if tag not in _SCALARS:
            self._source.refuse(path, f"unknown tag {tag[:40]!r}")
            return None
        return _SCALARS[tag](text)


def _is_merge(key: yaml.Node) -> bool:
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and not key.style


_SCALARS: Final[dict[str, Callable[[str], Json]]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text == "true",
    "int": int,
    "float": float,
}
