"""Routing by REST: a policy is made, tried and undone; who is unknown is refused; a lead is accepted."""

from __future__ import annotations

from tests.models.routing.team import come
from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import add_objects
from tests.web.api.routing_objects import routing_body
from web.api.routing import routes, schemas


def test_a_policy_is_made_tried_changed_and_undone(api: Api) -> None:
    own = add_objects(api, ACME)
    come(api.database, api.tenants[ACME], 1)
    made = api.data("POST", routes.PATH, routing_body(900))
    path = f"{routes.PATH}/{made['id']}"
    tried = api.data("POST", f"{routes.PATH}/try", routing_body(901))
    assert tried["looked_at"] >= sum(each["leads"] for each in tried["counts"]) > 0

    assert api.data("PATCH", path, {"enabled": False})["enabled"] is False
    assert api.data("POST", f"{path}/undo")["enabled"] is True
    accepted = api.data("POST", own.path(f"{routes.ASSIGNED}/<id>/accept"))
    assert accepted["state"] == "accepted"
    assert set(accepted) == set(schemas.AssignmentOut.model_fields)


def test_somebody_unknown_is_refused(api: Api) -> None:
    refused = api.call("POST", routes.PATH, {"name": "X", "members": ["nobody@acme.test"]})
    assert refused.status_code == 400
