"""The simulations, running, with clients."""

from collections.abc import Iterator

import httpx
import pytest

from tests.web.playground.app_stub import AppStub, app_stub
from tests.web.playground.chat_talk import token_of
from tests.web.playground.google_talk import BACK
from web.playground.chat.quota import Quota
from web.playground.chat.server import FakeChat
from web.playground.google.server import FakeGoogle
from web.playground.pipedrive.server import FakePipedrive


@pytest.fixture
def chat_app() -> Iterator[AppStub]:
    """The app that the simulated Chat calls."""
    with app_stub() as stub:
        yield stub


@pytest.fixture
def chat(chat_app: AppStub) -> Iterator[FakeChat]:
    with FakeChat(chat_app.url, quota=Quota(None, None)) as running:
        yield running


@pytest.fixture
def chat_api(chat: FakeChat) -> Iterator[httpx.Client]:
    """A client of Chat's API with the app's bearer from the token endpoint."""
    with httpx.Client(base_url=chat.url, headers={"Authorization": f"Bearer {token_of(chat)}"}) as client:
        yield client


@pytest.fixture
def pipedrive() -> Iterator[FakePipedrive]:
    with FakePipedrive(time_scale=0.001) as running:
        yield running


@pytest.fixture
def pipedrive_api(pipedrive: FakePipedrive) -> Iterator[httpx.Client]:
    bearer = {"Authorization": f"Bearer {pipedrive.oauth.grant(1)['access_token']}"}
    with httpx.Client(base_url=pipedrive.url, headers=bearer) as client:
        yield client


@pytest.fixture
def subscriber(pipedrive: FakePipedrive) -> Iterator[AppStub]:
    """A subscriber to all webhooks, with Basic auth."""
    with app_stub() as stub:
        pipedrive.register(stub.url, "pd", "s3cret")
        yield stub


@pytest.fixture
def google() -> Iterator[FakeGoogle]:
    with FakeGoogle() as running:
        running.sign_in.redirect_uris = {BACK}
        yield running
