"""What every company has from the start."""

from web.playground.pipedrive.catalogue import built_in_fields, currencies


def test_money_without_decimals_is_known() -> None:
    assert {one["code"]: one["decimal_points"] for one in currencies()}["JPY"] == 0


def test_labels_are_options_of_a_field() -> None:
    (label,) = [one for one in built_in_fields("deal") if one["field_code"] == "label"]
    assert [option["label"] for option in label["options"]] == ["Hot", "Warm", "Cold"]
    assert "label" not in [one["field_code"] for one in built_in_fields("product")]
