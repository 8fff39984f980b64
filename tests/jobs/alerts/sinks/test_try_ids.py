"""An alert keeps its id until it was taken; its end and the next one have others."""

from jobs.alerts.sinks.try_ids import TryIds
from models.operating.alerts.codes import Alert, AlertCode


def test_an_alert_keeps_its_id_until_it_was_taken() -> None:
    ids, late = TryIds(), Alert(AlertCode.LATE, "It waits for 9 minutes.")
    first = ids.id_of(late)
    assert ids.id_of(Alert(AlertCode.LATE, "It waits for 10 minutes.")) == first
    others = {ids.id_of(Alert(AlertCode.LATE, "", is_over=True)), ids.id_of(Alert(AlertCode.DISK, ""))}
    assert len(others | {first}) == 3
    ids.forget(late)
    assert ids.id_of(late) != first
