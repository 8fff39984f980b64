"""A token is sent to Pipedrive's hosts only."""

import pytest

from jobs.to_pipedrive.hosts import PIPEDRIVE_API, api_base
from jobs.to_pipedrive.oauth import NotConnected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("https://acme.pipedrive.com", "https://acme.pipedrive.com"),
        ("acme.pipedrive.com", "https://acme.pipedrive.com"),
        (None, PIPEDRIVE_API),
        ("", PIPEDRIVE_API),
    ],
)
def test_a_company_is_asked_where_pipedrive_says(domain: str | None, expected: str) -> None:
    assert api_base(domain) == expected


@pytest.mark.parametrize(
    "domain",
    [
        "http://acme.pipedrive.com",
        "https://evil.example",
        "https://pipedrive.com.evil.example",
        "https://evilpipedrive.com",
        "https://acme.pipedrive.com@evil.example",
        "https://user@acme.pipedrive.com",
        "https://acme.pipedrive.com:8443",
        "https://127.0.0.1",
        "file:///etc/passwd",
        "https://[acme.pipedrive.com",
    ],
)
def test_a_token_goes_to_no_other_host(domain: str) -> None:
    with pytest.raises(NotConnected):
        api_base(domain)
