import pytest

from models.pipedrive.entity import ENTITIES, Entity, Kind
from tests.models.pipedrive.fields_page import tables, written
from tests.models.pipedrive.webhook import known, sample

ALL = pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)


def test_page_of_fields_equals_the_declarations() -> None:
    assert written() == tables()


@ALL
def test_keys_are_declared_once_and_the_title_is_a_field(entity: Entity) -> None:
    keys = [field.key for field in entity.declared]
    assert len(keys) == len(set(keys))
    assert entity.title in keys
    assert set(entity.signals) <= {*entity.derived, "scored"}  # a deal has a score as a lead


@ALL
def test_every_name_has_its_id_beside_it(entity: Entity) -> None:
    for field in entity.declared:
        if field.names:
            assert field.source in entity.fields
            assert field.kind in (Kind.CHOICE, Kind.PERSON, Kind.SET)


@pytest.mark.parametrize("entity", [key for key in ENTITIES if key != "project"])
def test_published_keys_are_declared(entity: str) -> None:
    """Objects and pictures are left out: there is nothing to compare."""
    silent = {"custom_fields", "prices", "access", "icon_url", "update_user_id"}
    state = known(sample(f"v2_docs_create_{entity}.json")).state
    assert set(state) - silent <= set(ENTITIES[entity].fields)


@pytest.mark.parametrize(
    ("entity", "path"),
    [("deal", "/deal/7"), ("person", "/person/7"), ("organization", "/organization/7"), ("note", "")],
)
def test_page_of_an_object(entity: str, path: str) -> None:
    assert ENTITIES[entity].path("7") == path
