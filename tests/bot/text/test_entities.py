import pytest

from bot.text.entities import another_object, new_object, noun_of, with_article
from models.languages.translate import speaking
from models.pipedrive.entity import ENTITIES


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_object_has_its_phrases_in_every_language(entity: str) -> None:
    english = [with_article(entity), new_object(entity), another_object(entity), noun_of(entity, 2)]
    label = ENTITIES[entity].label.lower()
    assert english[1:3] == [f"New {label}", f"another {label}"]
    assert english[0] in (f"a {label}", f"an {label}")
    with speaking("de"):
        assert with_article(entity).startswith("ein")
        assert new_object(entity).startswith("Neue")
        assert another_object(entity).startswith("ein")


def test_nouns_fit_their_number() -> None:
    assert [noun_of("person", 1), noun_of("person", 2), noun_of("activity", 2)] == [
        "person",
        "people",
        "activities",
    ]
