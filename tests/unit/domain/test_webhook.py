"""What is sent to a webhook."""

import json

from pixelmill.domain.webhook import delivery_of, event_of
from tests.support.trail_records import ended


def test_a_message_has_the_task_as_it_is_everywhere() -> None:
    """Whoever reads it needs no other code than for `/task-status`."""
    task = ended().task
    delivery = delivery_of(event_of(task), "https://example.com/hook")
    assert json.loads(delivery.body)["data"] == task.model_dump(mode="json")
