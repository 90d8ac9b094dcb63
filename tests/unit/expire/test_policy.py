"""What may go, for all times, keys and states."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.expire.policy import STORING_GRACE, is_upload, may_go, owner_of, past_slots, revisit_at
from pixelmill.queue.kept import State
from pixelmill.settings import ResultSettings
from pixelmill.store.keys import SLOT_LENGTH, Kind, result_key, slot_end, slot_of, source_key, upload_key
from tests.support.kept_tasks import kept_in, uploaded, work_of

TASK_ID = "5f1c0d9e8b7a6f5e4d3c2b1a09f8e7d6"
SLOT = "20261124T0430"
MINE = result_key(SLOT, TASK_ID, "1f0c8a52", "image.webp")
OF_A_DEAD_EXECUTION = result_key(SLOT, TASK_ID, "deadbeef", "image.webp")
DIGEST = 2 * TASK_ID
UPLOAD = upload_key(SLOT, DIGEST)

PENDING = [State.WAITING, State.ACTIVE, State.RETRYING]
ENDED = [State.COMPLETED, State.FAILED]

moments = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
lives = st.integers(1, 10**8).map(lambda seconds: ResultSettings(life_seconds=seconds))
task_ids = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(created_at=moments, age=st.timedeltas(timedelta(), timedelta(days=5000)), results=lives)
def test_a_slot_is_past_once_its_last_file_has_lived(
    created_at: datetime, age: timedelta, results: ResultSettings
) -> None:
    """Never before a result created in it is over; always by one slot's length later."""
    slot, now = slot_of(created_at), created_at + age
    is_past = past_slots(Kind.RESULTS, [slot], results, now) == [slot]
    life = timedelta(seconds=results.life_seconds)

    assert not is_past or age >= life
    assert is_past or age < life + SLOT_LENGTH


@given(created_at=moments, age=st.timedeltas(timedelta(), timedelta(days=5000)), results=lives)
def test_an_upload_has_time_to_be_enqueued(created_at: datetime, age: timedelta, results: ResultSettings) -> None:
    """However short results live: until then Redis does not know the task that needs it."""
    slot = slot_of(created_at)

    if past_slots(Kind.UPLOADS, [slot], results, created_at + age):
        assert age >= STORING_GRACE


@pytest.mark.parametrize("name", ["", "lost+found", "20261124", "20261124T04300", "20261399T0430", "2026-11-24T04:30"])
def test_what_is_no_slot_is_never_past(name: str) -> None:
    """Somebody else's folder stays."""
    assert past_slots(Kind.RESULTS, [name], ResultSettings(), datetime(2100, 1, 1, tzinfo=UTC)) == []


@given(task_id=task_ids, execution_id=st.text("0123456789abcdef", min_size=8, max_size=32), slot=moments.map(slot_of))
def test_every_key_of_ours_has_an_owner(task_id: str, execution_id: str, slot: str) -> None:
    """The task it was made for, or the source it is; an upload is known as one."""
    assert owner_of(result_key(slot, task_id, execution_id, "thumb-2x.avif")) == task_id
    assert owner_of(source_key(slot, task_id, 2 * task_id[:8])) == task_id
    assert is_upload(upload_key(slot, 2 * task_id))


@given(st.text() | st.lists(st.text("abc0/.", max_size=40), max_size=6).map("/".join))
def test_nothing_else_has_one(key: str) -> None:
    """What the sweep does not know it leaves alone."""
    assert owner_of(key) is None
    assert not is_upload(key)


@pytest.mark.parametrize(
    "key",
    [
        f"results/{SLOT}/{TASK_ID}",
        f"results/{SLOT}/{TASK_ID}/1f0c8a52/image.webp/more",
        f"results/{SLOT}/{TASK_ID}/1f0c8a52/Image.WEBP",
        f"results/yesterday/{TASK_ID}/1f0c8a52/image.webp",
        f"uploads/{SLOT}/{DIGEST}/more",
        f"uploads/{SLOT}/{TASK_ID}",
        f"sources/{SLOT}/{TASK_ID}",
        f"uploads/{SLOT}/notes.txt",
        f"unfinished/{TASK_ID}",
        f"other/{SLOT}/{TASK_ID}",
    ],
)
def test_a_key_that_is_almost_ours_has_none(key: str) -> None:
    """Only whole, well-formed keys are recognized."""
    assert owner_of(key) is None
    assert not is_upload(key)


@pytest.mark.parametrize("key", [MINE, UPLOAD])
def test_a_file_of_no_task_may_go(key: str) -> None:
    """Redis forgets a task only after its result's life."""
    assert may_go(key, None)


@pytest.mark.parametrize("key", [MINE, OF_A_DEAD_EXECUTION, UPLOAD])
@pytest.mark.parametrize("state", PENDING)
def test_a_file_of_a_pending_task_stays(state: State, key: str) -> None:
    """It may be the one the task is about to refer to, or is being read."""
    assert not may_go(key, kept_in(state, work_of(TASK_ID)))
    assert not may_go(key, kept_in(state, work_of(TASK_ID, uploaded(UPLOAD))))


def test_a_result_a_kept_task_refers_to_stays() -> None:
    """Somebody was told that it is there."""
    other = result_key(SLOT, TASK_ID, "1f0c8a52", "other.webp")
    kept = kept_in(State.COMPLETED, work_of(TASK_ID), other, MINE)

    assert not may_go(MINE, kept)
    assert not may_go(other, kept)


@pytest.mark.parametrize("state", ENDED)
def test_a_result_of_a_dead_execution_may_go(state: State) -> None:
    """Its worker died before it completed the task; another has run it since."""
    assert may_go(OF_A_DEAD_EXECUTION, kept_in(state, work_of(TASK_ID), MINE))


@pytest.mark.parametrize("state", ENDED)
def test_an_upload_a_kept_task_refers_to_stays(state: State) -> None:
    """A dead letter is requeued with it."""
    assert not may_go(UPLOAD, kept_in(state, work_of(TASK_ID, uploaded(UPLOAD))))


@pytest.mark.parametrize("state", ENDED)
def test_an_upload_of_an_earlier_submission_may_go(state: State) -> None:
    """The task was submitted anew, with a fresh copy."""
    newer = upload_key("20261124T0520", DIGEST)

    assert may_go(UPLOAD, kept_in(state, work_of(TASK_ID, uploaded(newer))))
    assert may_go(UPLOAD, kept_in(state, work_of(TASK_ID)))


@given(created_at=moments, waits=st.lists(st.timedeltas(timedelta(), timedelta(seconds=60)), max_size=20))
def test_a_held_slot_is_looked_at_ever_more_rarely(created_at: datetime, waits: list[timedelta]) -> None:
    """Always later, and never by more than a tenth of how old it is by then."""
    slot = slot_of(created_at)
    now = slot_end(slot) + timedelta(seconds=1)

    for wait in waits:
        again = revisit_at(slot, now)
        assert timedelta() < again - now <= (now - slot_end(slot)) / 10 + timedelta(microseconds=1)
        now = again + wait


def test_what_is_held_for_a_week_costs_some_fifty_looks() -> None:
    """Not the twenty thousand of a look every half a minute."""
    now = slot_end(SLOT) + timedelta(hours=1)
    looks = 0
    while now < slot_end(SLOT) + timedelta(days=7):
        now = revisit_at(SLOT, now)
        looks += 1

    assert looks < 60
