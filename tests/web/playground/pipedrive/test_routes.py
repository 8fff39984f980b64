"""Routes are found by method and path, and each has a working method."""

import pytest

from web.playground.pipedrive.rest import CrmRest
from web.playground.pipedrive.routes import ROUTES, find


@pytest.mark.parametrize(
    ("method", "path", "template", "places"),
    [
        ("GET", "/api/v2/deals/7", "/api/v2/deals/{id}", {"id": "7"}),
        ("GET", "/api/v2/deals/search", "/api/v2/deals/search", {}),
        ("GET", "/api/v2/deals/archived", "/api/v2/deals/archived", {}),
        ("GET", "/api/v1/users/me", "/v1/users/me", {}),
        ("GET", "/v1/users/me", "/v1/users/me", {}),
        ("PUT", "/v1/notes/3", "/v1/notes/{id}", {"id": "3"}),
    ],
)
def test_a_door_is_found(method: str, path: str, template: str, places: dict[str, str]) -> None:
    found = find(method, path)
    assert found is not None
    assert (found[0].template, found[1]) == (template, places)
    assert found[0].version in template


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/deals"),
        ("GET", "/api/v1/deals/1"),
        ("GET", "/v1/persons/1"),
        ("PUT", "/v1/deals/1"),
        ("GET", "/v1/dealFields"),
        ("GET", "/v2/deals"),
        ("PATCH", "/v1/notes/1"),
        ("PATCH", "/api/v2/stages/1"),
        ("GET", "/api/v2/deals/1/2"),
    ],
)
def test_what_v2_took_over_and_what_never_was_is_not(method: str, path: str) -> None:
    assert find(method, path) is None


def test_every_door_has_its_work() -> None:
    assert [route.does for route in ROUTES if not callable(getattr(CrmRest, route.does, None))] == []
