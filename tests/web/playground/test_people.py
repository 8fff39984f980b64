"""The people of the playground."""

from web.playground.people import ADA, BEN


def test_a_person_is_drawn_as_chat_names_its_users() -> None:
    assert ADA.resource() == {
        "name": "users/1001",
        "displayName": "Ada Lovelace",
        "email": "ada@example.com",
        "type": "HUMAN",
        "domainId": "playground",
    }


def test_no_two_people_share_a_name_or_an_address() -> None:
    assert ADA.name != BEN.name
    assert ADA.email != BEN.email
