"""Reads one mapping of a rules file key by key, and reports the problems of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from typing import TypeVar

from models.pipedrive.names import Json
from models.rules_file.yaml_source import KEPT, Kept, YamlSource

_UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
Value = TypeVar("Value")


class SectionReader:
    """A mapping at a path. Every getter reports an invalid value and returns a placeholder for it."""

    def __init__(self, source: YamlSource, path: str, value: Json, known: Sequence[str]) -> None:
        self.source, self.path = source, path
        self._held: dict[str, Json] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.refuse("", f"must be a mapping with {', '.join(known)}")
        for key in self._held:
            if key not in known:
                near = get_close_matches(key[:80], known, n=1, cutoff=0.6)
                hint = f", did you mean {near[0]!r}?" if near else f", known are {', '.join(known)}"
                self.refuse(key, f"unknown key{hint}")

    def __contains__(self, key: str) -> bool:
        return key in self._held

    def where(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path and key else self.path or key

    def refuse(self, key: str, message: str) -> None:
        self.source.refuse(self.where(key), message)

    def value(self, key: str) -> Json:
        return self._held.get(key)

    def text(self, key: str, *, least: int = 1, most: int = 255, default: str | None = None) -> str:
        """Return a trimmed text; without a default the key is required."""
        if key not in self._held:
            if default is None and self._held:
                self.refuse(key, "is missing")
            return default or ""
        value = self._held[key]
        if not isinstance(value, str):
            self.refuse(key, f"must be text, not {_kind(value)}")
            return ""
        if _UNKEEPABLE.search(value) or not least <= len(value.strip()) <= most:
            self.refuse(key, f"must have {least} to {most:,} plain characters")
        return value.strip()

    def optional(self, key: str, *, most: int = 255) -> str | None:
        """Return a trimmed text, None for a key that is absent or null."""
        return None if self._held.get(key) is None else self.text(key, most=most)

    def secret(self, key: str, most: int = 2000) -> str | Kept:
        return KEPT if self._held.get(key) is KEPT else self.text(key, most=most)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._held.get(key, default)
        if isinstance(value, bool):
            return value
        self.refuse(key, f"must be true or false, not {_kind(value)}")
        return default

    def choice(self, key: str, among: Collection[str], *, default: str | None = None) -> str:
        value = self.text(key, default=default)
        if value and value not in among:
            near = get_close_matches(value[:80], among, n=1, cutoff=0.6)
            hint = f", did you mean {near[0]!r}?" if near else ""
            self.refuse(key, f"must be one of {', '.join(among)}, not {value[:80]!r}{hint}")
        return value

    def matching(self, key: str, form: re.Pattern[str], expected: str) -> str:
        value = self.text(key, most=2000)
        if value and not form.fullmatch(value):
            self.refuse(key, f"must look like {expected}")
        return value

    def texts(self, key: str, *, single: bool) -> list[str]:
        """Return a list of texts; a single text becomes a list if `single` allows it."""
        value = self._held.get(key)
        if single and isinstance(value, str):
            return [value]
        if not isinstance(value, list):
            self.refuse(key, "is missing" if key not in self._held else "must be a list of texts")
            return []
        for number, each in enumerate(value):
            if not isinstance(each, str):
                self.refuse(f"{key}[{number}]", f"must be text, not {_kind(each)}")
        return [each for each in value if isinstance(each, str)]


def _kind(value: Json) -> str:
    names = {
        str: "text",
        dict: "a mapping",
        list: "a list",
        bool: "true or false",
        type(None): "nothing",
        Kept: "!kept",
    }
    return names.get(type(value), "a number")
