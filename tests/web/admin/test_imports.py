"""An admin chooses a file, sees what becomes of it, starts it, and is asked before it is undone."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from werkzeug.test import TestResponse

from models.tables.imports import LeadImport
from tests.web.admin.conftest import ADA, BEN, EVE, Desk
from tests.web.browser import csrf_of

PATH = "/admin/intake/imports"
FILE = "Name;E-Mail;Wert\r\n<b>Jürgen</b>;j@x.test;1.000\r\n=1+1;no mail;\r\n".encode("cp1252")


def upload(desk: Desk, raw: bytes = FILE, name: str = "<i>leads.csv") -> TestResponse:
    fields: dict[str, Any] = {"csrf": csrf_of(desk.browser.get(PATH)), "file": (BytesIO(raw), name)}
    return desk.browser.post(f"{PATH}/new", fields)


def test_a_file_is_looked_at_started_and_undone_after_a_question(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    answer = upload(desk)
    assert answer.status_code == 303
    number = str(desk.id_of(LeadImport, desk.tenants.ours))
    page = desk.browser.get(answer.location).text
    for words in (
        "&lt;b&gt;Jürgen",
        "1,000.00 EUR",
        "“no mail” is no e-mail address",
        "1 lead will be made",
    ):
        assert words in page
    assert "<i>leads" not in page

    chosen = {"column-title": "0", "column-email": "1", "currency": "czk", "routes": "yes"}
    assert desk.press(f"{PATH}/columns", **{"import": number}, **chosen).status_code == 303
    page = desk.browser.get(f"{PATH}/{number}").text
    assert 'name="routes" value="yes" checked' in page
    assert 'value="CZK"' in page

    assert desk.press(f"{PATH}/start", **{"import": number}).status_code == 303
    page = desk.browser.get(f"{PATH}/{number}").text
    assert "1 waiting, 1 failed" in page
    failed = desk.browser.get(f"{PATH}/{number}/failed.csv")
    assert failed.mimetype == "text/csv"
    assert "'=1+1,no mail,,3," in failed.text

    asked = desk.press(f"{PATH}/undo", **{"import": number})
    assert "Undo the import of" in asked.text
    assert "is written now" in desk.browser.get(PATH).text
    assert desk.press(f"{PATH}/undo", **{"import": number, "confirm": "yes"}).status_code == 303
    assert "is being undone" in desk.browser.get(PATH).text


def test_what_is_no_csv_file_is_refused_in_words(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    for raw, words in ((b"\x89PNG\x00", "no CSV file"), (b"", "The file is empty"), (b"Name\n", "no rows")):
        answer = upload(desk, raw)
        assert answer.status_code == 400
        assert words in answer.text
    assert "Choose a file" in desk.press(f"{PATH}/new", PATH).text


def test_a_draft_is_dropped(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    upload(desk)
    number = str(desk.id_of(LeadImport, desk.tenants.ours))
    assert desk.press(f"{PATH}/discard", **{"import": number}).status_code == 303
    assert desk.browser.get(f"{PATH}/{number}").status_code == 404


def test_it_is_for_admins_of_the_team(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    upload(desk)
    number = desk.id_of(LeadImport, desk.tenants.ours)
    desk.browser.sign_in(EVE)
    assert desk.browser.get(f"{PATH}/{number}").status_code == 404
    assert desk.browser.get(f"{PATH}/{number}/failed.csv").status_code == 404
    desk.browser.sign_in(BEN)
    for path in (PATH, f"{PATH}/{number}", f"{PATH}/{number}/failed.csv"):
        assert desk.browser.get(path).status_code == 403
