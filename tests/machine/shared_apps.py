"""What every app and client of a process makes anew, made once for all tests.

A process of the product has one app. The tests make thousands: half of their time went into compiling the
builders of two hundred addresses, which hardly any test builds, the same templates, and the list of trusted
authorities.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import flask
import jinja2
import pytest
from httpx._config import create_ssl_context
from httpx._transports import default as transports
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_compile_builder: Final = Rule._compile_builder
_create_environment: Final = flask.Flask.create_jinja_environment


class _Compiled(jinja2.BytecodeCache):
    """Compiled templates by their name and the hash of their source."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (kept := self._kept.get((bucket.key, bucket.checksum))) is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED: Final = _Compiled()


def share_apps(patch: pytest.MonkeyPatch) -> None:
    """Let the apps and HTTP clients of this process share what depends on nothing of a test."""
    patch.setattr(Rule, "_compile_builder", _compile_when_used)
    patch.setattr(flask.Flask, "create_jinja_environment", _with_compiled_templates)
    patch.setattr(transports, "create_ssl_context", cache(create_ssl_context))


def _compile_when_used(rule: Rule, append_unknown: bool = True) -> Any:
    compiled: Any = None

    def build(self: Rule, **values: Any) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = _compile_builder(rule, append_unknown)
        return compiled(self, **values)

    return build


def _with_compiled_templates(app: flask.Flask) -> Any:
    environment = _create_environment(app)
    environment.bytecode_cache = _COMPILED
    return environment
