from dataclasses import replace

from bot.chat.interaction import ChatUser, Dialect, Interaction, InteractionKind

CLICK = Interaction(
    InteractionKind.CLICK, Dialect.CLASSIC, ChatUser("users/1"), event_time="2026-11-20T10:00:00Z", do="a"
)


def test_both_dialects_of_one_interaction_have_one_key() -> None:
    assert replace(CLICK, dialect=Dialect.ADDON).key == CLICK.key


def test_parameters_in_another_order_make_no_difference() -> None:
    one = replace(CLICK, parameters={"a": "1", "b": "2"})
    assert one.key == replace(CLICK, parameters={"b": "2", "a": "1"}).key
    assert one.key != CLICK.key


def test_the_inputs_of_a_form_make_no_difference() -> None:
    assert replace(CLICK, inputs={"name": ["x"]}).key == CLICK.key
