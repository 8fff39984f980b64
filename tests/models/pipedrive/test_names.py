from models.pipedrive.names import NO_NAMES, Name
from tests.models.pipedrive.bodies import NAMES


def test_ids_are_found_as_text_and_as_numbers() -> None:
    assert NAMES.text("stage", 1) == NAMES.text("stage", "1") == "Qualified"
    assert NAMES.text("stage", 999) is None
    assert NO_NAMES.text("stage", 1) is None


def test_names_of_one_kind_come_by_key() -> None:
    assert NAMES.of("pipeline") == {"1": Name("Sales")}
    assert NAMES.of("nothing") == {}
