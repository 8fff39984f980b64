"""Mail servers and receivers of webhooks with their faults, behind the interfaces of our clients."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from random import Random
from typing import Final

import orjson

from jobs.mail import smtp
from jobs.to_webhook import client
from models.destinations.outside import OutgoingWebhook
from models.errors import AppError, TemporaryFailure
from models.security.signed_webhooks import sign
from tests.simulation.chat import Shown
from tests.simulation.outside.place import EMAIL, Place
from tests.simulation.outside.plan import FOREVER, Outside
from tests.simulation.ports import Borders
from tests.simulation.scheduler import Killed
from tests.simulation.story import Story

TIMEOUT_S: Final = 15.0
FAILURES: Final = (500, 503, 429, 404, 302)  # of a receiver of webhooks
SECRET: Final = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
TAKEN: Final = "taken"
FAILED: Final = "failed"
REFUSED: Final = "refused"
GONE: Final = "gone"


def email_of(place: Place) -> str:
    return f"{place.space.lower()}@example.com"


def webhook_of(place: Place) -> OutgoingWebhook:
    return OutgoingWebhook(f"https://example.com/{place.space}", SECRET)


@dataclass(eq=False)
class Call:
    """An attempt to send `key` to a place at a moment: whether it arrived, and what its sender learned of it.

    `outcome` is empty for a sender that died before.
    """

    place: str
    key: str
    at: float
    has_arrived: bool = False
    outcome: str = ""


class Receivers:
    """All that takes mails and webhooks. What arrives for the first time is among what is `shown`."""

    def __init__(
        self, borders: Borders, story: Story, random: Random, plan: Outside, shown: list[Shown]
    ) -> None:
        self.calls: list[Call] = []
        self.share = plan.share
        self._plan = plan
        self._borders = borders
        self._story = story
        self._random = random
        self._shown = shown
        self._unfit: set[str] = set()  # what is refused, at each attempt
        self._by_address = {email_of(each): each for each in plan.places}
        self._by_url = {webhook_of(each).url: each for each in plan.places}

    @property
    def are_there(self) -> bool:
        return bool(self._by_address or self._by_url)

    def send(self, mail: EmailMessage) -> None:
        """As `jobs.mail.smtp.Mailer.send`."""
        text = mail.get_body(("plain",))
        assert text is not None
        key = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        place = self._by_address[mail["To"].addresses[0].addr_spec]
        self._take(place, key, str(mail["Subject"]), text.get_content())

    def post(self, webhook: OutgoingWebhook, content: bytes, headers: dict[str, str]) -> None:
        """As `jobs.to_webhook.client.WebhookClient.post`."""
        key, stamp = headers["webhook-id"], headers["webhook-timestamp"]
        assert headers["webhook-signature"] == sign(SECRET, f"{key}.{stamp}.".encode() + content)
        self._take(self._by_url[webhook.url], key, orjson.loads(content)["data"]["title"], content.decode())

    def recover(self) -> None:
        """End all faults but of those that are gone."""
        self.share = 0.0
        self._plan.down.clear()
        self._unfit.clear()

    def _take(self, place: Place, key: str, title: str, body: str) -> None:
        """Take something as the network does, and note what its sender learns of it."""
        call = Call(place.space, key, self._borders.scheduler.at)
        self.calls.append(call)
        try:
            self._try(call, place, title, body)
        except AppError:
            call.outcome = call.outcome or FAILED
            raise
        call.outcome = TAKEN

    def _try(self, call: Call, place: Place, title: str, body: str) -> None:
        scheduler, random, kind = self._borders.scheduler, self._random, self._fault(place)
        self._borders.stop_here("before a call of a receiver")
        if kind in ("hang", "late"):
            if kind == "late":
                wait = TIMEOUT_S + random.uniform(0, 5)
                scheduler.start(scheduler.outside, lambda: self._arrive(call, title, body), wait)
            self._lose(place, TIMEOUT_S)
        try:
            scheduler.pause(random.uniform(0.01, 0.2) + (random.uniform(1, 8) if kind == "slow" else 0.0))
        except Killed:
            if random.random() < 0.5 and not kind:  # it was on its way
                self._arrive(call, title, body)
            raise
        self._refuse(call, place, kind)
        self._arrive(call, title, body)
        self._borders.stop_here("before a reply of a receiver")
        if kind == "lost reply":
            self._lose(place, random.choice((0.0, TIMEOUT_S)))
        scheduler.pause(random.uniform(0.01, 0.1))

    def _fault(self, place: Place) -> str:
        begins, ends = self._plan.down.get(place.space, (0.0, 0.0))
        if begins <= self._borders.scheduler.at < ends:
            return self._random.choice((FAILED, FAILED, "hang"))
        return self._random.choice(self._plan.kinds) if self._random.random() < self.share else ""

    def _lose(self, place: Place, wait_s: float) -> None:
        """Let the sender wait in vain."""
        self._story.tell("is not heard", actor=place.space)
        self._borders.scheduler.pause(wait_s)
        raise TemporaryFailure("no answer")

    def _refuse(self, call: Call, place: Place, kind: str) -> None:
        """Raise what our clients make of a refusal, if it is refused."""
        is_mail = place.kind == EMAIL
        if kind == REFUSED and is_mail:
            self._unfit.add(call.key)
        if kind == GONE or self._borders.scheduler.at >= self._plan.gone_from.get(place.space, FOREVER):
            call.outcome = GONE
            refusal = smtp._refusal(550, "5.1.1 no such mailbox") if is_mail else client._refusal(410)
        elif call.key in self._unfit:
            call.outcome, refusal = REFUSED, smtp._refusal(554, "5.7.1 not wanted")
        elif kind in (FAILED, REFUSED):
            code = self._random.choice(FAILURES)
            refusal = smtp._refusal(451, "4.3.0 come again") if is_mail else client._refusal(code)
        else:
            return
        self._story.tell("answers %s", refusal, actor=place.space)
        raise refusal

    def _arrive(self, call: Call, title: str, body: str) -> None:
        call.has_arrived = True
        request, at = call.key.removeprefix("client-"), self._borders.scheduler.at
        if any((each.space, each.request_id) == (call.place, request) for each in self._shown):
            self._story.tell("gets “%s” (%s) once more", title, request[:6], actor=call.place)
            return
        self._shown.append(Shown(call.place, request, call.key, body, title, at, False, "the app", ""))
        self._story.tell("gets “%s” (%s)", title, request[:6], actor=call.place)
