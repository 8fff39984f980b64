from bot.rules.draw import fields_of
from models.pipedrive.names import NO_NAMES, Name, Names


def test_the_fields_are_those_of_the_chosen_entity() -> None:
    deal, person = (dict(fields_of([on], NO_NAMES)) for on in ("deal.won", "person.created"))
    assert {"value", "stage", "owner", "who"} <= set(deal)
    assert "stage" not in person
    assert not any(key.endswith("_id") for key in deal)


def test_a_wildcard_offers_the_fields_of_all_within_one_dropdown() -> None:
    fields = fields_of(["*"], NO_NAMES)
    assert {"value", "done"} <= {key for key, _ in fields}
    assert len({key for key, _ in fields}) == len(fields)


def test_custom_fields_are_named_and_only_equal_names_use_their_hash() -> None:
    one, two, three = "a" * 40, "b" * 40, "c" * 40
    names = Names(
        {
            ("deal_field", one): Name("Region"),
            ("deal_field", two): Name("Size"),
            ("deal_field", three): Name("size"),
        }
    )
    custom = [key for key, _ in fields_of(["deal.won"], names) if key.startswith("custom.")]
    assert custom == ["custom.Region", f"custom.{two}", f"custom.{three}"]
