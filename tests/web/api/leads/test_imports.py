"""Imports by REST: a file is looked at, its columns named, written, followed, undone."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from models.imports.csv_file import MOST_BYTES, MOST_ROWS
from models.tables import LeadImportRow
from tests.web.api.conftest import ACME, BOLT, Api
from web.api.leads.imports import PATH

FILE = "Name,Mail,Worth\nJana,jana@globex.test,500\nKim,=none,1\nKim,kim@globex.test,2\n"
MANY = "Name\n" + "x\n" * (MOST_ROWS + 1)


def upload(api: Api, content: str = FILE) -> str:
    return f"{PATH}/{api.data('POST', PATH, {'name': 'fair.csv', 'content': content})['id']}"


def test_a_file_is_looked_at_before_anything_is_written(api: Api) -> None:
    path = upload(api)
    found = api.data("GET", path)

    assert (found["state"], found["header"]) == ("draft", ["Name", "Mail", "Worth"])
    assert found["columns"] == {"name": 0, "email": 1}
    assert (found["preview"]["good"], found["preview"]["bad"]) == (2, 1)
    assert [(each["line"], each["lead"]["email"]) for each in found["preview"]["first"]] == [
        (2, "jana@globex.test"),
        (4, "kim@globex.test"),
    ]
    assert [each["line"] for each in found["reasons"]] == [3]
    assert "=none" in found["reasons"][0]["reason"]


def test_columns_are_named_and_what_is_left_out_stays(api: Api) -> None:
    path = upload(api)
    columns = {"name": 0, "email": 1, "value": 2}

    chosen = api.data("PATCH", path, {"columns": columns, "currency": "CZK"})
    assert (
        chosen["preview"]["first"][0]["lead"] | {"value": 500.0, "currency": "CZK"}
        == (chosen["preview"]["first"][0]["lead"])
    )
    routed = api.data("PATCH", path, {"routes": True})
    assert (routed["columns"], routed["currency"], routed["routes"]) == (columns, "CZK", True)
    for wrong in ({"columns": {"colour": 0}}, {"columns": {"name": 3}}, {"currency": "euro"}):
        assert api.call("PATCH", path, wrong).status_code == 400
    assert api.call("PATCH", path, {"columns": {"name": 0, "email": 0}}).status_code == 400


def test_an_import_is_started_once_followed_and_undone(api: Api) -> None:
    path = upload(api)
    started = api.data("POST", f"{path}/start")

    assert (started["state"], started["counts"]) == ("running", {"pending": 2, "failed": 1})
    assert started["preview"] is None
    assert [each["line"] for each in started["reasons"]] == [3]
    assert api.data("GET", f"{path}/failed")["csv"].splitlines()[1].startswith("Kim,'=none,1,3,")
    assert api.call("POST", f"{path}/start").status_code == 400
    assert api.call("DELETE", path).status_code == 400
    assert [each["counts"] for each in api.data("GET", PATH)] == [{"pending": 2, "failed": 1}]

    with api.database.writing(api.tenants[ACME]) as session:
        session.execute(update(LeadImportRow).where(LeadImportRow.line == 2).values(state="done"))
    undone = api.data("POST", f"{path}/undo")
    assert (undone["state"], undone["counts"]) == ("undoing", {"done": 1, "undone": 1, "failed": 1})
    assert api.call("POST", f"{path}/undo").status_code == 400


def test_a_repeat_with_its_key_writes_no_second_import(api: Api) -> None:
    body, key = {"content": FILE}, {"Idempotency-Key": "fair"}
    first, again = (api.data("POST", PATH, body, headers=key) for _ in range(2))
    start = f"{PATH}/{first['id']}/start"

    assert again == first
    assert len({str(api.data("POST", start, headers={"Idempotency-Key": "go"})) for _ in range(2)}) == 1


def test_a_draft_is_discarded(api: Api) -> None:
    path = upload(api)

    assert api.data("DELETE", path)["state"] == "draft"
    assert api.call("GET", path).status_code == 404


@pytest.mark.parametrize("content", ["", "Name\n", "Name\n\0", MANY, "x" * (MOST_BYTES + 1)])
def test_what_is_no_file_of_leads_is_refused(api: Api, content: str) -> None:
    assert api.call("POST", PATH, {"content": content}).status_code in (400, 413)


def test_another_team_and_other_roles_have_nothing_of_it(api: Api) -> None:
    path = upload(api)

    assert api.data("GET", PATH, token=api.token("admin", BOLT)) == []
    for method, address in (("GET", path), ("POST", f"{path}/start"), ("POST", f"{path}/undo")):
        assert api.call(method, address, token=api.token("admin", BOLT)).status_code == 404
        assert api.call(method, address, token=api.token("sales_rep")).status_code == 403
