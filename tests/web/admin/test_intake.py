"""Admins make forms, whose address is shown once, and see what was entered."""

from __future__ import annotations

import re

from sqlalchemy import update

from models.tables.leads import IntakeForm, IntakeSubmission
from tests.web.admin.conftest import ADA, BEN, Desk

PATH = "/admin/intake"


def test_a_form_is_shown_once_takes_something_and_is_revoked(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    made = desk.press(f"{PATH}/new", name="Contact", origins="https://acme.test", consent="<b>ok</b>")
    found = re.search(r"/api/v1/intake/in_[\w-]+", made.text)
    assert found is not None
    assert "&amp;lt;b&amp;gt;ok" in made.text  # as text in the HTML that is copied
    assert found[0] not in desk.browser.get(PATH).text

    sent = {"email": "jana@globex.test", "name": "<i>Jana</i>", "consent": "yes"}
    assert desk.browser.client.post(found[0], json=sent).status_code == 202
    page = desk.browser.get(PATH).text
    assert "&lt;i&gt;Jana" in page
    assert "waits" in page

    form = str(desk.id_of(IntakeForm, desk.tenants.ours))
    assert desk.press(f"{PATH}/revoke", form=form).status_code == 303
    assert desk.browser.client.post(found[0], json=sent).status_code == 401


def test_what_was_given_up_is_tried_again(desk: Desk) -> None:
    desk.browser.sign_in(ADA)
    made = desk.press(f"{PATH}/new", name="Contact")
    found = re.search(r"/api/v1/intake/in_[\w-]+", made.text)
    assert found is not None
    desk.browser.client.post(found[0], json={"email": "jana@globex.test"})
    with desk.database.writing_all() as session:
        session.execute(update(IntakeSubmission).values(state="dead", problem="Refused"))
    assert "Refused" in desk.browser.get(PATH).text

    number = str(desk.id_of(IntakeSubmission, desk.tenants.ours))
    assert desk.press(f"{PATH}/retry", submission=number).status_code == 303
    assert desk.press(f"{PATH}/retry", submission=number).status_code == 404


def test_it_is_for_admins(desk: Desk) -> None:
    desk.browser.sign_in(BEN)

    assert desk.browser.get(PATH).status_code == 403
    assert desk.press(f"{PATH}/new", name="Mine").status_code == 403
