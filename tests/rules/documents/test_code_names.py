"""Files, names in them, variables and metrics that the documents mention are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from models.settings import variables
from tests.rules.house import PACKAGES, ROOT, files, listed, modules

PLACE: Final = re.compile(
    rf"`((?:{'|'.join((*PACKAGES, 'tests', 'docs'))})/[\w./-]*)(?![\w./<{{*-])(?:: (\w+))?"
)
VARIABLE: Final = re.compile(r"`([A-Z][A-Z]+_[A-Z_]+)(?:=[^`]*)?`")
METRIC: Final = re.compile(r"\bpipenotify_(?!app\b)[a-z_]+")  # that is a role in PostgreSQL
# Of the pipeline, and one of which we say that it is not read.
OF_OTHERS: Final = {
    "GCP_WORKLOAD_IDENTITY_PROVIDER",
    "GCP_PROJECT",
    "GCP_SERVICE_ACCOUNT",
    "UPGRADE_DATABASE_URL",
    "HTTPS_PROXY",
}


def _documents() -> list[Path]:
    return [ROOT / "README.md", *files("docs", "*.md")]


def _code() -> str:
    return "".join(path.read_text() for path in (*modules(), *files("tests")) if path != Path(__file__))


def test_files_that_documents_name_are_there_and_have_what_is_named() -> None:
    wrong = [
        f"{page.name}: {place}: {name}"
        for page in _documents()
        for place, name in PLACE.findall(page.read_text())
        if not _has(place, name)
    ]

    assert wrong == [], listed(wrong)


def _has(place: str, name: str) -> bool:
    path = ROOT / place
    if not name:
        return path.exists() or path.with_suffix(".py").exists()
    return (
        path.is_file()
        and re.search(rf"^\s*(?:class |def )?{name}\b", path.read_text(), re.MULTILINE) is not None
    )


def test_variables_that_documents_name_are_read() -> None:
    code = _code()
    wrong = [
        f"{page.name}: {name}"
        for page in _documents()
        for name in VARIABLE.findall(page.read_text())
        if name not in OF_OTHERS and name not in variables() and name not in code
    ]

    assert wrong == [], listed(wrong)


def test_metrics_that_documents_name_are_exposed_and_all_are_explained() -> None:
    code = set(re.findall(r'"(pipenotify_[a-z_]+)"', (ROOT / "web/health/metrics.py").read_text()))
    page = set(METRIC.findall((ROOT / "docs/operating.md").read_text()))
    named = {name for each in _documents() for name in METRIC.findall(each.read_text())}

    assert {name.removesuffix("_total") for name in named} == code
    assert named == page
