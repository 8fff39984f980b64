"""The costs of calls are those in Pipedrive's own documents."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.to_pipedrive.api import FIELD_LISTS
from jobs.to_pipedrive.costs import COSTS

SPECIFICATIONS = Path(__file__).parents[4] / "shared" / "pipedrive_openapi"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@pytest.mark.parametrize(("prefix", "file"), [("/v1/", "upstream_v1.yaml"), ("/api/v2/", "upstream_v2.yaml")])
def test_every_call_costs_what_pipedrive_says(prefix: str, file: str) -> None:
    if not SPECIFICATIONS.is_dir():
        pytest.skip(f"{SPECIFICATIONS} is not here: Pipedrive's own figures were not compared")
    paths = yaml.load((SPECIFICATIONS / file).read_text(), LOADER)["paths"]
    ours = {call: cost for call, cost in COSTS.items() if call[1].startswith(prefix)}
    theirs = {
        (method, path): paths[path.removeprefix(prefix.rstrip("/"))][method.lower()]["x-token-cost"]
        for method, path in ours
    }

    assert ours
    assert ours == theirs


def test_every_list_of_fields_has_its_price() -> None:
    assert all(("GET", f"/api/v2/{name}") in COSTS for name in FIELD_LISTS.values())
