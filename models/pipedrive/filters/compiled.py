"""Compiled filters, kept by what they say: the same conditions are compiled once, whoever asks for them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import orjson

from models.languages.translate import current_locale
from models.pipedrive.filters.filters import ALWAYS, Filter, parse
from models.pipedrive.names import Json, Names

MOST_KEPT: Final = 4096
_CUSTOM: Final = b'"custom.'


def compiled(tree: Json, entities: Sequence[str], names: Names) -> Filter:
    """As `filters.parse`, without compiling again what it has compiled lately. Raises InvalidFilter.

    Only custom fields need names, which change, so filters that may use some are always compiled. A filter
    has its words in the language it was compiled in, so each language has its own.
    """
    if tree is None:
        return ALWAYS
    try:
        text = orjson.dumps(tree)
    except TypeError:  # deeper or larger than orjson writes: let the parser say what is wrong
        return parse(tree, entities, names)
    return parse(tree, entities, names) if _CUSTOM in text else _kept(text, tuple(entities), current_locale())


@lru_cache(maxsize=MOST_KEPT)
def _kept(text: bytes, entities: tuple[str, ...], _locale: str) -> Filter:
    return parse(orjson.loads(text), entities)
