"""Our own webhooks: registered, complete, no extra ones, through crashes, limits and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.to_pipedrive.api import PipedriveApi
from models.clock import now
from models.connections import checks
from models.connections.problems import PARTIAL, ProblemCode
from models.database.engine import Database
from models.pipedrive.rest.webhooks import WANTED
from tests.jobs.caring import Died, Household, address, check, dies_at, is_whole
from web.playground.faults import Fault


def test_a_webhook_is_registered_for_each_entity_with_credentials_of_our_own(home: Household) -> None:
    assert check(home) == frozenset()

    assert is_whole(home)
    (credential,) = home.credentials()
    deal = home.hooks()["deal"][0]
    assert (deal.name, deal.action) == ("Pipenotify: deal", "*")
    assert (deal.user, deal.password) == (credential.user_name, home.password(credential))
    assert home.row().checked_at is not None
    assert (list(home.gaps()), home.told()) == ([], [])


def test_a_second_look_asks_for_the_list_alone(home: Household) -> None:
    check(home)
    home.crm.requests.clear()
    check(home)

    assert [one[:2] for one in home.crm.requests] == [("GET", "/v1/webhooks")]
    assert is_whole(home)


def test_strays_of_ours_go_and_webhooks_of_others_stay(home: Household) -> None:
    check(home)
    stray = home.stray(address("older-key"))
    twin = home.stray(home.hooks()["deal"][0].url, "deal")
    other = home.crm.register("https://other.example.com/hook").id
    assert check(home) == frozenset()

    assert not {stray, twin} & home.crm.subscriptions.all.keys()
    assert home.crm.subscriptions.all.pop(other).url == "https://other.example.com/hook"
    assert is_whole(home)


@pytest.mark.parametrize("steps", range(1, len(WANTED) + 1))
def test_whoever_dies_while_making_them_is_followed_and_none_is_made_twice(
    home: Household, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(PipedriveApi, "add_webhook", dies_at(steps, PipedriveApi.add_webhook))
        with pytest.raises(Died):
            check(home)
    assert sum(map(len, home.hooks().values())) == steps
    home.change(check_lease_until=None)
    check(home)

    assert is_whole(home)
    assert home.asked("POST", "/v1/webhooks") == len(WANTED)
    assert len(home.credentials()) == 1
    assert list(home.gaps()) == []


def test_a_lost_answer_makes_no_second_webhook(home: Household) -> None:
    home.crm.faults.order(Fault(where="/v1/webhooks"))  # the list is answered
    home.crm.faults.order(Fault(where="/v1/webhooks", drop=True))
    with pytest.raises(Exception, match="Pipedrive"):
        check(home)
    home.change(check_lease_until=None)
    check(home)

    assert is_whole(home)


def rotate(home: Household) -> None:
    """Request new credentials, and let the first check create one; the next one uses it."""
    with home.database.writing(home.tenant_id) as session:
        checks.ask_to_rotate(session, home.tenant_id)
    before = len(home.credentials())
    assert check(home) == frozenset()
    assert len(home.credentials()) == before + 1


def test_a_new_credential_is_known_to_every_door_before_a_webhook_carries_it(home: Household) -> None:
    check(home)
    home.crm.requests.clear()
    rotate(home)

    assert home.crm.requests == []
    at = home.row().next_check_at
    assert at is not None
    assert now() - timedelta(seconds=5) < at < now() + timedelta(seconds=5)
    assert home.row().rotates
    check(home)
    assert is_whole(home)
    assert not home.row().rotates


def test_a_rotation_makes_new_ones_first_and_leaves_both_credentials_valid(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(home)
    (old,) = home.credentials()
    least = []
    removed = PipedriveApi.remove_webhook

    def noted(api: PipedriveApi, id: int | str) -> None:
        removed(api, id)
        least.append(min(len(home.hooks().get(entity, [])) for entity in WANTED))
        assert all(each.expires_at is None for each in home.credentials())

    monkeypatch.setattr(PipedriveApi, "remove_webhook", noted)
    rotate(home)
    assert check(home) == frozenset()

    assert min(least) == 1
    assert is_whole(home)
    before, after = home.credentials()
    assert (before.key, after.expires_at, home.row().rotates) == (old.key, None, False)
    assert before.expires_at is not None
    assert timedelta(minutes=9) < before.expires_at - now() < timedelta(minutes=11)
    assert home.password(after) != home.password(before)
    assert home.hooks()["deal"][0].password == home.password(after)
    assert (list(home.gaps()), home.told()) == ([], [])


@pytest.mark.parametrize("call", ["add_webhook", "remove_webhook"])
@pytest.mark.parametrize("steps", [1, 5, len(WANTED)])
def test_whoever_dies_while_rotating_is_followed_and_nothing_is_lost_between(
    home: Household, monkeypatch: pytest.MonkeyPatch, call: str, steps: int
) -> None:
    check(home)
    rotate(home)
    with monkeypatch.context() as dying:
        dying.setattr(PipedriveApi, call, dies_at(steps, getattr(PipedriveApi, call)))
        with pytest.raises(Died):
            check(home)
    assert set(home.hooks()) == set(WANTED)
    assert [each.expires_at for each in home.credentials()] == [None, None]
    home.change(check_lease_until=None)
    check(home)

    assert is_whole(home)
    assert home.asked("POST", "/v1/webhooks") == 2 * len(WANTED)
    assert [each.expires_at is None for each in home.credentials()] == [False, True]


def test_the_limit_of_forty_is_said_and_what_could_be_made_works(home: Household) -> None:
    for number in range(35):
        home.crm.register(f"https://other.example.com/{number}")
    assert check(home) == {ProblemCode.FULL}

    assert len(home.our_rows()) == 5
    for webhook in [one for one in home.crm.subscriptions.all.values() if "other" in one.url]:
        home.crm.subscriptions.remove(webhook.id)
    assert check(home) == frozenset()
    assert is_whole(home)


def test_a_rotation_at_the_limit_removes_the_old_ones_first_and_has_the_moment_looked_through(
    home: Household,
) -> None:
    check(home)
    for number in range(40 - len(WANTED)):
        home.crm.register(f"https://other.example.com/{number}")
    rotate(home)
    assert check(home) == frozenset()

    for webhook in [one for one in home.crm.subscriptions.all.values() if "other" in one.url]:
        home.crm.subscriptions.remove(webhook.id)
    assert is_whole(home)
    assert [gap.reason for gap in home.gaps()] == ["Webhooks changed hands"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, ProblemCode.UNREACHABLE),
        (422, ProblemCode.FULL),
        (403, ProblemCode.FORBIDDEN),
        (402, ProblemCode.UNPAID),
    ],
)
def test_a_refusal_to_make_one_is_said_in_words(home: Household, status: int, sentence: str) -> None:
    home.crm.faults.order(Fault(where="/v1/webhooks"))  # the list is answered
    home.crm.faults.order(Fault(where="/v1/webhooks", status=status))

    assert check(home) == {sentence}
    assert home.our_rows() == {}


@pytest.mark.parametrize(("status", "sentence"), [(403, ProblemCode.FORBIDDEN), (402, ProblemCode.UNPAID)])
def test_a_refusal_to_list_them_changes_nothing(home: Household, status: int, sentence: str) -> None:
    check(home)
    home.crm.faults.order(Fault(where="/v1/webhooks", status=status))

    assert check(home) == {sentence}
    assert is_whole(home)


def test_who_connected_as_no_admin_needs_notice_once_that_it_hears_a_part(home: Household) -> None:
    home.change(is_admin=False)
    check(home)
    check(home)

    assert home.told() == [PARTIAL.title]


def test_another_tenant_is_not_touched(home: Household, database: Database, theirs: int) -> None:
    home.connect(theirs, keeps_webhooks=False, next_check_at=None)
    check(home)

    owners = {row.tenant_id for row in home.credentials()} | {
        row.tenant_id for row in home.our_rows().values()
    }
    assert owners == {home.tenant_id}
    assert home.row(theirs).checked_at is None


def test_all_of_ours_are_taken_away_and_nobody_elses(home: Household) -> None:
    check(home)
    other = home.crm.register("https://other.example.com/hook").id
    home.keeping.take_away(home.claim())

    assert list(home.crm.subscriptions.all) == [other]
