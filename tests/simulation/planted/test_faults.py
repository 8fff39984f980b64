"""The simulation finds what is planted into the engine: else a green seed would say little."""

from __future__ import annotations

from typing import Final

import pytest

from tests.simulation.ground import Ground
from tests.simulation.planted.faults import FAULTS
from tests.simulation.world import run_seed

# A seed that finds the fault.
FOUND_BY: Final = {
    "a webhook is acknowledged though it was not stored": 8,
    "a repeated webhook is another event": 1,
    "a delivery of a batch is forgotten": 1,
    "deliveries are created in the wrong order": 26,
    "a lane has no lease": 1,
    "a coalesced event is forgotten": 3,
    "a 429 counts as delivered": 1,
    "a 409 ABORTED counts as delivered": 38,
    "a 503 counts as delivered": 11,
    "a closed space counts as delivered": 13,
    "each attempt has ids of its own": 1,
    "all cards go to one space": 1,
    "a space is written without rest": 1,
    "a new delivery is sent into a space that is written or rests": 9,
    "a hanging request holds up all others": 7,
    "a new urgent card overtakes one that waits for its retry in a burst": 682,
    "the quota of the project is ignored": 40,
    "a plain resend is not counted": 247,
    "a breaker does not close for hours": 21,
    "a restricted deal is shown": 1,
    "a reply loses its thread": 3,
    "a mute is ignored": 5,
    "quiet hours are ignored": 1,
    "what is urgent is held, too": 1,
    "a digest is ignored": 2,
    "an hour off while daylight is saved": 1,
    "what was held is released twice": 22,
    "what was kept back is never summed up": 2,
    "a summary counts one event too few": 3,
    "a note is written again after an unclear answer": 7,
    "a write is repeated before the first one can be read": 38,
    "of two who press, the second one overwrites the first": 16,
    "a repeated interaction counts twice": 30,
    "the end of a press reaches no card": 66,
    "what was pressed on a card comes as another card": 7,
    "what a killed worker had begun waits for ever": 49,
    "a worker that stood still writes beside another": 404,
    "a space that rests is written by another worker": 93,
    "a mail has a new Message-ID at each repeat": 4,
    "a webhook has a new id at each repeat": 20,
    "a mail whose answer is lost counts as delivered": 28,
    "a mail that is refused for good is sent again": 61,
    "a receiver that is gone gets more": 17,
    "a failing receiver is never given up": 61,
    "what is paused gets more": 119,
    "a mail uses the quota of Chat": 6,
    "a fallback gets nothing": 17,
    "a fallback gets everything twice": 17,
    "a fallback shows what is restricted": 96,
}


def test_each_planted_fault_has_a_seed() -> None:
    assert FOUND_BY.keys() == FAULTS.keys()


@pytest.mark.parametrize(("name", "seed"), FOUND_BY.items())
def test_a_planted_fault_is_found(
    name: str, seed: int, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[name](monkeypatch)

    assert run_seed(seed, ground).violations != []
