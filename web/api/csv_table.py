"""Lists of REST as CSV, for spreadsheets: a text that a spreadsheet would take for a formula is disarmed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from flask import Response, request
from pydantic import BaseModel

from models.imports.csv_file import FORMULA

CSV: Final = "text/csv"
_FORMULA: Final = (*FORMULA, "\n")


def wants_csv(params: Any) -> bool:
    """Return whether a request asks for CSV, by `format=csv` or by its header Accept."""
    asked: str | None = params.format
    if asked is not None:
        return asked == "csv"
    return request.accept_mimetypes.best_match(("application/json", CSV)) == CSV


def csv_answer(schema: type[BaseModel], items: Sequence[Any], names: Sequence[str] = ()) -> Response:
    """Return the items as a table with the names of their keys above; `names` are all that they have left."""
    answer = Response(b"".join(csv_lines(schema, items, names)), mimetype=CSV)
    answer.vary.add("Accept")
    return answer


def csv_lines(schema: type[BaseModel], items: Iterable[Any], names: Sequence[str] = ()) -> Iterator[bytes]:
    """Yield the lines of a table of items, each as it is asked for."""
    shown = names or list(schema.model_fields)
    yield _line(shown)
    for item in items:
        drawn = item if names else schema.model_validate(item).model_dump(mode="json")
        yield _line([_cell(drawn[name]) for name in shown])


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a value that no spreadsheet runs: a quote before what begins like a formula."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
