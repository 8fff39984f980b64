"""Rules are switched, moved and deleted in bulk, and back; exported, and imported after a preview."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Select, select
from werkzeug.test import TestResponse

from models.tables import Destination, Rule, RuleDestination
from tests.web.admin.conftest import ADA, BEN, NOBODY, Desk
from tests.web.browser import csrf_of

PATH = "/admin/rules"


@pytest.fixture
def ruled(desk: Desk) -> Desk:
    """Each team has two rules that post to its space."""
    with desk.database.writing_all() as session:
        for each, team in zip(desk.tenants, ("Ours", "Theirs"), strict=True):
            place = session.scalars(select(Destination.id).where(Destination.tenant_id == each)).one()
            for name in ("A", "B"):
                rule = Rule(tenant_id=each, name=f"{name} of {team}", event_types=["deal.won"])
                session.add(rule)
                session.flush()
                session.add(
                    RuleDestination(tenant_id=each, rule_id=rule.id, destination_id=place, position=0)
                )
    desk.browser.sign_in(ADA)
    return desk


def _states(desk: Desk, tenant_id: int) -> dict[str, bool]:
    with desk.database.reading(tenant_id) as session:
        query = select(Rule.name, Rule.is_enabled).where(Rule.tenant_id == tenant_id)
        return dict(session.execute(query).all())


def _change(desk: Desk, change: str, *ids: int) -> TestResponse:
    fields: dict[str, object] = {
        "csrf": csrf_of(desk.browser.get(PATH)),
        "change": change,
        "id": [*map(str, ids)],
    }
    return desk.browser.post(f"{PATH}/change", fields)  # type: ignore[arg-type]  # a field with many values


def _add_wall(desk: Desk) -> int:
    with desk.database.writing_all() as session:
        place = {"kind": "incoming_webhook", "address": "x", "lane": "wall"}
        wall = Destination(tenant_id=desk.tenants[0], name="Wall", **place)
        session.add(wall)
        session.flush()
        return wall.id


def _undo(desk: Desk, page: TestResponse) -> TestResponse:
    form = page.text.split("/admin/rules/undo")[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(csrf|change|id)" value="([^"]*)"', form))
    return desk.browser.post(f"{PATH}/undo", fields)


@pytest.mark.parametrize(
    ("change", "left"), [("off", {"A of Ours": False, "B of Ours": True}), ("delete", {"B of Ours": True})]
)
def test_chosen_rules_change_and_an_undo_brings_them_back(
    ruled: Desk, change: str, left: dict[str, bool]
) -> None:
    ours, theirs = ruled.tenants
    before = _states(ruled, ours)

    page = _change(
        ruled, change, ruled.id_of(Rule, ours, name="A of Ours"), ruled.id_of(Rule, theirs), NOBODY
    )

    assert _states(ruled, ours) == left
    assert _states(ruled, theirs) == {"A of Theirs": True, "B of Theirs": True}
    assert "Theirs" not in page.text
    assert _undo(ruled, page).status_code == 200
    assert _states(ruled, ours) == before


def test_a_viewer_sees_rules_and_changes_none(ruled: Desk) -> None:
    ruled.browser.sign_in(BEN)
    page = ruled.browser.get(PATH).text

    assert "A of Ours" in page
    assert 'type="checkbox"' not in page
    assert _change(ruled, "off", ruled.id_of(Rule, ruled.tenants.ours)).status_code == 403
    assert ruled.browser.get(f"{PATH}/export").status_code == 403


def test_a_document_is_previewed_and_then_imported(ruled: Desk) -> None:
    text = ruled.browser.get(f"{PATH}/export").text
    changed = text.replace("B of Ours", "C of Ours")

    preview = ruled.press(f"{PATH}/import", document=changed).text
    assert "This would change" in preview
    assert "C of Ours" not in _states(ruled, ruled.tenants.ours)
    assert "Import it" in preview
    assert "Imported." in ruled.press(f"{PATH}/import", document=changed, confirm="yes").text
    assert set(_states(ruled, ruled.tenants.ours)) == {"A of Ours", "C of Ours"}
    assert "Nothing was imported" in ruled.press(f"{PATH}/import", document="rules: 7").text


def test_what_to_do_has_to_be_chosen_and_a_form_of_another_site_does_nothing(ruled: Desk) -> None:
    assert _change(ruled, "nonsense").status_code == 400
    for act in ("change", "undo", "import"):
        assert ruled.browser.post(f"{PATH}/{act}", {"change": "off"}).status_code == 403


def test_chosen_rules_move_to_another_place_and_back(ruled: Desk) -> None:
    wall = _add_wall(ruled)
    with ruled.database.reading_all() as session:
        first, foreign = (
            session.scalars(select(Rule.id).where(Rule.name == name)).one()
            for name in ("A of Ours", "A of Theirs")
        )
        before = session.scalars(_places_of(first)).all()
    page = ruled.browser.get(PATH)
    assert "Move, with undo" in page.text
    fields: dict[str, object] = {"csrf": csrf_of(page), "change": "move", "to": "Wall", "from": ""}
    fields["id"] = [str(first), str(foreign)]
    moved = ruled.browser.post(f"{PATH}/change", fields)  # type: ignore[arg-type]  # a field with many values
    assert "Moved: 1 rule (A of Ours)" in moved.text
    with ruled.database.reading_all() as session:
        assert session.scalars(_places_of(first)).all() == [wall]
        assert session.scalars(_places_of(foreign)).all() != [wall]
    assert "Undone: 1 rule" in _undo(ruled, moved).text
    with ruled.database.reading_all() as session:
        assert session.scalars(_places_of(first)).all() == before


def _places_of(rule_id: int) -> Select[int]:
    return select(RuleDestination.destination_id).where(RuleDestination.rule_id == rule_id)
