"""Texts that an attacker, or a careless colleague, may write into a CRM."""

from hypothesis import strategies as st

TITLES = (
    "<script>alert(1)</script>",
    "<b>bold</b> & <a href='https://evil.example'>click</a>",
    "<users/all> please pay",
    "*bold* _italic_ ~gone~ `code`",
    "<https://evil.example|Open in Pipedrive>",
    "\u202egnp.exe\u2066 \u200b\u200d\ufeff",
    "\x00\x07\x1b[31mred",
    "😀" * 10_000,
    "漢" * 40_000,
    "&" * 20_000,
    '"' * 20_000,
    "\ud800 half",
    "a\nb\r\nc\u2028d",
    "   ",
    "",
    "{{ deal.title }} {% raw %}",
    "x" * 200_000,
)

titles = st.one_of(
    st.sampled_from(TITLES),
    st.text(max_size=400),
    st.text(alphabet="<>/&;*_~`|usersall:b \u202e\u200b😀漢\ud800", max_size=300),
    st.builds(lambda part, times: part * times, st.text(min_size=1, max_size=4), st.integers(1, 20_000)),
)
