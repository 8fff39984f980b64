"""Filters of rules: a tree of all, any and not over conditions, in three-valued logic, with explanations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters import conditions
from models.pipedrive.filters.conditions import Condition, Decide, Problems
from models.pipedrive.filters.index_keys import IndexKeys
from models.pipedrive.filters.values import Unknown, Verdict
from models.pipedrive.names import NO_NAMES, Json, Names

if TYPE_CHECKING:
    from models.pipedrive.change import Change

DEEPEST = 16
MOST_CONDITIONS = 100
_GROUPS = ("all", "any", "not")
_HEADS = {"all": "all of", "any": "at least one of", "not": "not"}


class InvalidFilter(ValueError):
    """The filter cannot be saved; `problems` are all its problems, as (path, message)."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("\n".join(f"{path}: {message}" for path, message in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """One line of an explanation; `holds` is None if undecidable, `depth` is its indentation."""

    words: str
    holds: bool | None
    why: str = ""
    depth: int = 0

    def __str__(self) -> str:
        answer = "cannot say" if self.holds is None else "yes" if self.holds else "no"
        return f"{'  ' * self.depth}{self.words}: {answer}{f', {self.why}' if self.why else ''}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a filter holds (None: undecidable, so the rule does not match), and why, step by step."""

    holds: bool | None
    _explain: Callable[[], list[ConditionResult]]

    @property
    def steps(self) -> list[ConditionResult]:
        """Computed on demand, since most decisions are never explained."""
        return self._explain()


@dataclass(frozen=True, slots=True)
class _Group:
    """All, any or not, over conditions and groups."""

    word: str
    parts: "tuple[Condition | _Group, ...]"
    decide: Decide


class Filter:
    """A filter ready to evaluate; made once by `parse`, used for many changes."""

    __slots__ = ("_decide", "_root")

    def __init__(self, root: Condition | _Group) -> None:
        self._root = root
        self._decide = root.decide

    def decide(self, change: "Change", names: Names = NO_NAMES) -> Decision:
        verdict = self._decide(change, names)
        return Decision(_truth(verdict), lambda: self._steps(change, names))

    def failures(self, change: "Change", names: Names = NO_NAMES) -> list[Condition]:
        """The conditions that keep the filter from holding: they fail or are undecidable.

        Empty if it holds. Two stand for any larger number.
        """
        return _failures(self._root, change, names, True)

    def words(self) -> str:
        """The filter in one sentence; "always" for the empty one."""
        return _words(self._root) or "always"

    def fields(self) -> frozenset[str]:
        """The names of all fields it uses."""
        return frozenset(_fields(self._root))

    def index_keys(self, entity: str, cost: Callable[[IndexKeys], int]) -> IndexKeys | None:
        """The cheapest index keys of which a change of the entity must have one for the filter to hold.

        None means that it cannot be indexed; no keys at all, that it holds for no change of the entity.
        """
        return _index_keys(self._root, entity, cost)

    def _steps(self, change: "Change", names: Names) -> list[ConditionResult]:
        root = self._root
        if isinstance(root, _Group) and root.word == "all":  # "all of" at the top would be noise
            return [step for part in root.parts for step in _steps(part, change, names, 0)]
        return _steps(root, change, names, 0)


def parse(tree: Json, entities: Sequence[str], names: Names = NO_NAMES, path: str = "when") -> Filter:
    """Return the filter of a tree, for rules that match these entities; None is the filter that always holds.

    Names are needed for `custom.<name>` alone. If none of the entities is known, all are used.
    Raises InvalidFilter with all problems.
    """
    if tree is None:
        return ALWAYS
    problems: Problems = []
    entities = tuple(key for key in entities if key in ENTITIES) or tuple(ENTITIES)
    root = _node(tree, path, 0, lambda node, where: conditions.parse(node, entities, names, where), problems)
    if root is not None and sum(1 for _ in _fields(root)) > MOST_CONDITIONS:
        problems.append((path, f"must not have more than {MOST_CONDITIONS} conditions"))
    if root is None or problems:
        raise InvalidFilter(problems)
    return Filter(root)


_Leaf = Callable[[dict[str, Json], str], Condition | Problems]


def _node(tree: Json, path: str, depth: int, leaf: _Leaf, problems: Problems) -> Condition | _Group | None:
    """One node of the tree; None if it has a problem, which is then among the problems."""
    words = [word for word in _GROUPS if isinstance(tree, dict) and word in tree]
    complaint = _shape(tree, words, depth)
    if complaint:
        problems.append((path, complaint))
        return None
    if words:
        return _group(words[0], tree[words[0]], f"{path}.{words[0]}", depth, leaf, problems)
    found = leaf(tree, path)
    if isinstance(found, Condition):
        return found
    problems.extend(found)
    return None


def _shape(tree: Json, words: list[str], depth: int) -> str:
    if not isinstance(tree, dict) or not tree:
        return "must be a condition {field, op, value} or one of all, any, not"
    if words and len(tree) > 1:
        other = next(str(key)[:80] for key in tree if key != words[0])
        return f"{words[0]!r} must stand alone, without {other!r}"
    return "is nested too deep" if depth > DEEPEST else ""


def _group(word: str, held: Json, path: str, depth: int, leaf: _Leaf, problems: Problems) -> _Group | None:
    parts: tuple[Condition | _Group | None, ...]
    if word == "not":
        parts = (_node(held, path, depth + 1, leaf, problems),)
    elif not isinstance(held, list) or not held:
        problems.append((path, "must be a list of at least one condition"))
        return None
    else:
        parts = tuple(
            _node(each, f"{path}[{number}]", depth + 1, leaf, problems) for number, each in enumerate(held)
        )
    sound = tuple(part for part in parts if part is not None)
    return _Group(word, sound, _DECIDE[word](sound)) if len(sound) == len(parts) else None


def _all(parts: Sequence[Condition | _Group]) -> Decide:
    return _until(False, [part.decide for part in parts])


def _any(parts: Sequence[Condition | _Group]) -> Decide:
    return _until(True, [part.decide for part in parts])


def _until(settles: bool, tests: list[Decide]) -> Decide:
    """One part that `settles` decides it; else an undecidable one leaves it undecided."""

    def decide(change: "Change", names: Names) -> Verdict:
        doubt: Verdict = not settles
        for test in tests:
            verdict = test(change, names)
            if verdict is settles:
                return settles
            if verdict.__class__ is Unknown:
                doubt = verdict
        return doubt

    return decide


def _not(parts: Sequence[Condition | _Group]) -> Decide:
    test = parts[0].decide

    def decide(change: "Change", names: Names) -> Verdict:
        verdict = test(change, names)
        return verdict if isinstance(verdict, Unknown) else not verdict

    return decide


_DECIDE: dict[str, Callable[[Sequence[Condition | _Group]], Decide]] = {"all": _all, "any": _any, "not": _not}


def _truth(verdict: Verdict) -> bool | None:
    return None if isinstance(verdict, Unknown) else verdict


def _steps(node: Condition | _Group, change: "Change", names: Names, depth: int) -> list[ConditionResult]:
    holds = _truth(node.decide(change, names))
    if isinstance(node, Condition):
        return [ConditionResult(node.words, holds, node.why(change, names), depth)]
    inner = [step for part in node.parts for step in _steps(part, change, names, depth + 1)]
    return [ConditionResult(_HEADS[node.word], holds, "", depth), *inner]


def _failures(
    node: Condition | _Group,
    change: "Change",
    names: Names,
    wanted: bool,
) -> list[Condition]:
    """The conditions that keep a node from being `wanted`, as `Filter.failures`."""
    if isinstance(node, Condition):
        return [] if node.decide(change, names) is wanted else [node]
    if node.word == "not":
        return _failures(node.parts[0], change, names, not wanted)
    needs_all = (node.word == "all") is wanted
    found: list[Condition] = []
    for part in node.parts:
        if isinstance(part, Condition):  # a call less for each of them: a backtest asks 100,000 times
            failures = [] if part.decide(change, names) is wanted else [part]
        else:
            failures = _failures(part, change, names, wanted)
        if not failures and not needs_all:
            return []
        found += failures
        if needs_all and len(found) > 1:
            break
    return found[:2]


def _words(node: Condition | _Group) -> str:
    if isinstance(node, Condition):
        return node.words
    if node.word == "not":
        return f"not ({_words(node.parts[0])})"
    inner = (_words(part) for part in node.parts)
    joined = [f"({text})" if _mixed(part) else text for text, part in zip(inner, node.parts, strict=True)]
    return (" and " if node.word == "all" else " or ").join(joined)


def _mixed(part: Condition | _Group) -> bool:
    return isinstance(part, _Group) and part.word != "not" and len(part.parts) > 1


def _fields(node: Condition | _Group) -> list[str]:
    if isinstance(node, Condition):
        return [node.field]
    return [field for part in node.parts for field in _fields(part)]


def _index_keys(node: Condition | _Group, entity: str, cost: Callable[[IndexKeys], int]) -> IndexKeys | None:
    if isinstance(node, Condition):
        return node.index_keys(entity)
    if node.word == "not":
        return None
    found = [_index_keys(part, entity, cost) for part in node.parts]
    known = [index_keys for index_keys in found if index_keys is not None]
    if node.word == "all":
        return min(known, key=cost, default=None)
    return (
        tuple(index_key for index_keys in known for index_key in index_keys)
        if len(known) == len(found)
        else None
    )


ALWAYS = Filter(_Group("all", (), _all(())))
