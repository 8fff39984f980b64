"""Every kind of name has one API call, and the playground answers it."""

from collections.abc import Iterator

import pytest

from jobs.names.sources import QUESTION_OF, QUESTIONS
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.http import PipedriveWire
from models.pipedrive.entity import ENTITIES
from web.playground.pipedrive.server import FakePipedrive


@pytest.fixture
def api() -> Iterator[PipedriveApi]:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive:
        yield PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
    wire.close()


def test_every_kind_an_entity_declares_can_be_asked_for() -> None:
    declared = {field.names for entity in ENTITIES.values() for field in entity.declared if field.names}
    custom = {kind for entity in ENTITIES.values() for kind in entity.custom}
    assert declared | custom <= QUESTION_OF.keys()


def test_no_kind_has_two_questions() -> None:
    kinds = [kind for question in QUESTIONS for kind in question.kinds]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("stage", "Negotiation"),
        ("user", "Ada Lovelace"),
        ("organization", "Globex"),
        ("person", "Grace Hopper"),
        ("deal", "Globex renewal"),
        ("pipeline", "Renewals"),
        ("deal_label", "Hot"),
        ("deal_field", "Priority"),
        ("person_label", "Warm"),
        ("person_field", "Role"),
        ("organization_label", "Cold"),
        ("organization_field", "Segment"),
        ("lead_label", "Hot"),
    ],
)
def test_a_question_is_answered_with_names_of_its_kind(api: PipedriveApi, kind: str, expected: str) -> None:
    names = QUESTION_OF[kind].ask(api, {"1"}).of(kind)
    assert expected in {name.text for name in names.values()}
