from tests.chat import Chat


def test_connect_leads_to_the_setup_page(chat: Chat) -> None:
    assert chat.say("connect").has("https://pipenotify.example.com/setup")
