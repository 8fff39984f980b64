"""URLs of scripts and styles with a hash of their content, so that browsers may cache them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.security import safe_join

FIELD: Final = "v"
FOR_EVER: Final = "public, max-age=31536000, immutable"
DIGITS: Final = 12


def fingerprint(app: Flask) -> None:
    """Add `?v=<hash>` to the URL of every static file; with the right hash it may be cached for a year.

    Without it, or with that of another release, the file is fetched again each time.
    """
    folder = app.static_folder
    if folder is None:
        return

    @cache
    def hash_of(name: str) -> str | None:
        path = safe_join(folder, name)
        if path is None or not Path(path).is_file():
            return None
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:DIGITS]

    @app.url_defaults
    def _add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and (found := hash_of(values.get("filename", ""))):
            values.setdefault(FIELD, found)

    @app.after_request
    def _keep(response: Response) -> Response:
        asked = request.args.get(FIELD)
        if request.endpoint == "static" and asked and response.status_code in {200, 304}:
            name = (request.view_args or {}).get("filename", "")
            if hash_of(name) == asked:
                response.headers["Cache-Control"] = FOR_EVER
        return response
