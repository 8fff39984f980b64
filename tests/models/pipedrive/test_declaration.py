"""Declarations of entities: the sources of fields, and what every entity has automatically."""

import pytest

from models.pipedrive.declaration import (
    ORGANIZATION,
    OWNER,
    Entity,
    Field,
    Kind,
    dates,
    dotted,
    flags,
    ids,
    internal,
    labels,
    numbers,
    texts,
)

CAT = Entity("cat", "Cat", title="name", declared=(*texts(("name", "Name")), OWNER), derived=("purred",))


@pytest.mark.parametrize(
    ("made", "kind"),
    [(texts, Kind.TEXT), (numbers, Kind.NUMBER), (dates, Kind.DATE), (flags, Kind.FLAG)],
)
def test_pairs_become_fields_of_one_kind(made: object, kind: Kind) -> None:
    assert callable(made)
    assert made(("a", "A"), ("b", "B")) == (Field("a", "A", kind), Field("b", "B", kind))


def test_ids_and_words_of_programs_are_internal() -> None:
    assert ids(("a", "A")) == internal(Kind.ID, ("a", "A")) == (Field("a", "A", Kind.ID, is_internal=True),)


def test_a_field_is_read_from_its_source_else_from_its_own_key() -> None:
    assert (OWNER.key, OWNER.where) == ("owner", "owner_id")
    assert Field("value", "Value", Kind.MONEY).where == "value"


def test_a_dotted_field_reads_the_same_under_a_longer_key() -> None:
    longer = dotted(ORGANIZATION)
    assert (longer.key, longer.label) == ("organization.name", "Organization name")
    assert (longer.where, longer.names, longer.beside, longer.kind) == (
        ORGANIZATION.where,
        ORGANIZATION.names,
        ORGANIZATION.beside,
        ORGANIZATION.kind,
    )


def test_labels_come_by_name_and_by_id() -> None:
    by_name, by_id = labels("cat_label")
    assert (by_name.key, by_name.where, by_name.names) == ("label", "label_ids", "cat_label")
    assert (by_id.key, by_id.names) == ("label_ids", "")


def test_every_entity_knows_who_changed_it() -> None:
    assert list(CAT.fields) == ["name", "owner", "who", "who_id"]
    assert (CAT.fields["who"].names, CAT.fields["who_id"].kind) == ("user", Kind.ID)


def test_event_types_are_the_base_ones_and_then_the_derived() -> None:
    assert CAT.event_types == ("cat.created", "cat.updated", "cat.deleted", "cat.purred")


@pytest.mark.parametrize(
    ("link", "path"), [("/cat/{id}", "/cat/7"), ("", ""), ("/cats?one={id}", "/cats?one=7")]
)
def test_the_page_of_an_object_has_its_id(link: str, path: str) -> None:
    assert Entity("cat", "Cat", title="name", declared=(), link=link).path("7") == path


def test_braces_in_an_id_open_nothing() -> None:
    assert Entity("cat", "Cat", title="name", declared=(), link="/cat/{id}").path("{id}{0}") == "/cat/{id}{0}"
