from tests.chat import Chat


def test_the_home_card_counts_rules(chat: Chat) -> None:
    assert chat.say().has("1 on")
    chat.say("rule off wins")
    assert chat.say("home").has("0 on, 1 off")


def test_status_names_team_and_quota(chat: Chat) -> None:
    reply = chat.say("status")
    assert reply.has("Acme")
    assert reply.has("1,000 cards a month")
