"""Finds the buttons of a card: by their text, and by their parameters."""

from collections.abc import Iterator, Mapping
from typing import Any


def _walk(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, Mapping):
        yield tree
        for inner in tree.values():
            yield from _walk(inner)
    elif isinstance(tree, list):
        for inner in tree:
            yield from _walk(inner)


def parameters_of(action: Mapping[str, Any]) -> dict[str, str]:
    """An action's `[{key, value}]` as a map."""
    return {pair["key"]: pair["value"] for pair in action.get("parameters", [])}


def action_with(tree: Any, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """The action of the button (or onChangeAction) with exactly these parameters; empty if there is none."""
    for node in _walk(tree):
        if "function" in node and parameters_of(node) == dict(parameters):
            return node
    return {}


def labelled(tree: Any, label: str) -> dict[str, str]:
    """The parameters of the button with the text `label`; raises ValueError if there is none."""
    for node in _walk(tree):
        if node.get("text") == label and "action" in node.get("onClick", {}):
            return parameters_of(node["onClick"]["action"])
    raise ValueError(f"no button reads {label!r}")
