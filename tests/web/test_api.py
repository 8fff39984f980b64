"""REST as a whole: every answer has the envelope, whatever is sent."""

from __future__ import annotations

import web.api
from web.api import blueprint


def test_every_route_says_what_it_does_and_which_scope_it_needs() -> None:
    routes = [route for noun in blueprint.NOUNS for route in noun]

    assert web.api.__doc__
    assert all(route.summary and (route.scope or route.is_open) for route in routes)
    assert len({(route.method, route.path) for route in routes}) == len(routes)
