"""Pages of the simulations escape their texts."""

from web.playground.plain_page import choice, plain_page, redirect


def test_whatever_they_say_is_text() -> None:
    answer = plain_page("<b>", "a & b", choice("<i>", "", "/x", {"a": '"&'}), 400)
    page = answer.body.decode()
    assert answer.status == 400
    assert "<h1>&lt;b&gt;</h1><p>a &amp; b</p>" in page
    assert '<a class="choice" href="/x?a=%22%26">&lt;i&gt;</a>' in page


def test_a_redirect_keeps_the_query_that_is_there() -> None:
    assert redirect("http://x/?a=1", {"b": "2"}).headers["Location"] == "http://x/?a=1&b=2"
