"""The page of the team's data: how long history is kept, what is encrypted, how all of it goes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.clock import now
from models.maintenance.encryption import Encryption, encrypt_some, get_encryption
from models.tables import RetentionDays, Tenant
from tests.web.admin.conftest import ADA, BEN, MIA, Desk

PATH = "/admin/data"
WANTED = {"events": "30", "deliveries": "20", "attempts": "20", "audit": "365"}


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.browser.sign_in(ADA)
    return desk


def _chosen(desk: Desk) -> dict[str, int]:
    with desk.database.reading_all() as session:
        query = select(RetentionDays.kind, RetentionDays.days)
        return {row.kind: row.days for row in session.execute(query)}


def test_what_goes_is_shown_and_nothing_is_set_before_it_is_confirmed(ada: Desk) -> None:
    page = ada.press(f"{PATH}/retention", page=PATH, **WANTED)

    assert "Keep history like this?" in page.text
    assert "Deliveries: 20 days instead of 90 days" in page.text
    assert "Audit trail: 365 days instead of forever" in page.text
    assert _chosen(ada) == {}

    done = ada.press(f"{PATH}/retention", page=PATH, confirm="yes", **WANTED)
    assert done.headers["Location"] == f"{PATH}?said=retention#said"
    assert _chosen(ada) == {"events": 30, "deliveries": 20, "audit": 365}
    assert "retention.changed" in ada.browser.get("/admin/audit").text


@pytest.mark.parametrize(
    "wrong", [{"events": "91"}, {"events": ""}, {"events": "x"}, {"deliveries": "31"}, {"audit": "3"}]
)
def test_what_is_out_of_bounds_is_refused_in_words(ada: Desk, wrong: dict[str, str]) -> None:
    answer = ada.press(f"{PATH}/retention", page=PATH, confirm="yes", **(WANTED | wrong))

    assert answer.status_code == 400
    assert _chosen(ada) == {}


def test_a_manager_may_not(desk: Desk) -> None:
    desk.browser.sign_in(MIA)

    assert desk.browser.get(PATH).status_code == 403
    assert desk.press(f"{PATH}/retention", **WANTED).status_code == 403


def test_a_form_of_another_site_does_nothing(ada: Desk) -> None:
    for act in ("retention", "encryption", "export", "erase"):
        assert ada.browser.post(f"{PATH}/{act}", WANTED | {"confirm": "yes"}).status_code == 403


def _encryption(desk: Desk, tenant_id: int) -> Encryption:
    with desk.database.reading(tenant_id) as session:
        return get_encryption(session, tenant_id)


def test_contact_details_are_encrypted_and_decrypted_again_for_this_team_alone(ada: Desk) -> None:
    assert "not encrypted" in ada.browser.get(PATH).text

    on = ada.press(f"{PATH}/encryption", page=PATH, contact_details="on")
    assert on.headers["Location"] == f"{PATH}?said=encrypting#said"
    page = ada.browser.get(PATH).text
    assert "being encrypted" in page
    assert f"{_encryption(ada, ada.tenants.ours).total} rows so far" in page
    assert _encryption(ada, ada.tenants.ours).is_on
    assert _encryption(ada, ada.tenants.theirs) == Encryption()

    while not _encryption(ada, ada.tenants.ours).is_over:
        with ada.database.writing(ada.tenants.ours) as session:
            encrypt_some(session, ada.tenants.ours, now(), 100)
    assert "rows so far" not in ada.browser.get(PATH).text

    off = ada.press(f"{PATH}/encryption", page=PATH, contact_details="off")
    assert off.headers["Location"] == f"{PATH}?said=decrypting#said"
    assert "being decrypted" in ada.browser.get(PATH).text
    assert not _encryption(ada, ada.tenants.ours).is_on


def test_encryption_takes_on_or_off_and_nothing_else(ada: Desk) -> None:
    answer = ada.press(f"{PATH}/encryption", page=PATH, contact_details="maybe")

    assert (answer.status_code, "say on or off" in answer.text) == (400, True)
    assert _encryption(ada, ada.tenants.ours) == Encryption()


def test_who_is_no_admin_encrypts_nothing_and_reads_whom_to_ask(desk: Desk) -> None:
    for email in (MIA, BEN):
        desk.browser.sign_in(email)
        refused = desk.press(f"{PATH}/encryption", contact_details="on")
        assert refused.status_code == 403
        assert "Please ask" in refused.text
    assert _encryption(desk, desk.tenants.ours) == Encryption()


def test_a_file_of_the_team_is_sent_and_the_trail_says_so(ada: Desk) -> None:
    answer = ada.press(f"{PATH}/export", page=PATH)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = answer.get_json()["rows"]
    assert {row["email"] for row in rows["users"]} == {ADA, MIA, BEN}
    assert "events" not in rows
    assert "Theirs" not in answer.text
    assert "team.exported" in ada.browser.get("/admin/audit").text


def _erasing(desk: Desk) -> list[str]:
    with desk.database.reading_all() as session:
        return list(session.scalars(select(Tenant.name).where(Tenant.status == "erasing")))


def test_a_team_is_erased_after_what_goes_was_shown_and_its_name_typed(ada: Desk) -> None:
    page = ada.browser.get(f"{PATH}/erase").text
    with ada.database.reading_all() as session:
        name = session.get_one(Tenant, ada.tenants.ours).name

    assert "browsers that are signed in" in page
    assert "deliveries" in page
    wrong = ada.press(f"{PATH}/erase", page=f"{PATH}/erase", team="Another")
    assert (wrong.status_code, "nothing was erased" in wrong.text) == (400, True)
    assert _erasing(ada) == []

    done = ada.press(f"{PATH}/erase", page=f"{PATH}/erase", team=name)
    assert done.headers["Location"] == "/setup?said=erasing#said"
    assert _erasing(ada) == [name]


def test_only_an_admin_exports_or_erases_a_team(desk: Desk) -> None:
    desk.browser.sign_in(MIA)

    assert desk.browser.get(f"{PATH}/erase").status_code == 403
    for act in ("export", "erase"):
        assert desk.press(f"{PATH}/{act}", team="x").status_code == 403
