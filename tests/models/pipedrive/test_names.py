from models.pipedrive.names import NO_NAMES, RESTRICTED, Name, Names
from tests.models.pipedrive.webhook import NAMES


def test_ids_are_found_as_text_and_as_numbers() -> None:
    assert NAMES.text("stage", 1) == NAMES.text("stage", "1") == "Qualified"
    assert NAMES.text("stage", 999) is None
    assert NO_NAMES.text("stage", 1) is None


def test_names_of_one_kind_come_by_key() -> None:
    assert NAMES.of("pipeline") == {"1": Name("Sales")}
    assert NAMES.of("nothing") == {}


def test_names_of_what_not_everybody_may_see_can_be_left_out() -> None:
    mixed = Names({**NAMES, ("deal", "9"): Name("Project Falcon", {RESTRICTED: True})})
    assert mixed.for_everybody() == NAMES
    assert NAMES.for_everybody() is NAMES
