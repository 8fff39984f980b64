"""Lists of REST as CSV, for spreadsheets: a text that a spreadsheet would take for a formula is disarmed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from flask import Response, request
from pydantic import BaseModel

CSV: Final = "text/csv"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def wants_csv(params: Any) -> bool:
    """Return whether a request asks for CSV, by `format=csv` or by its header Accept."""
    asked: str | None = params.format
    if asked is not None:
        return asked == "csv"
    return request.accept_mimetypes.best_match(("application/json", CSV)) == CSV


def csv_answer(schema: type[BaseModel], items: Sequence[Any]) -> Response:
    """Return the items as a table with the names of their keys above."""
    names = list(schema.model_fields)
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(names)
    for item in items:
        drawn = schema.model_validate(item).model_dump(mode="json")
        table.writerow([_cell(drawn[name]) for name in names])
    answer = Response(text.getvalue(), mimetype=CSV)
    answer.vary.add("Accept")
    return answer


def _cell(value: Any) -> Any:
    """Return a value that no spreadsheet runs: a quote before what begins like a formula."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
