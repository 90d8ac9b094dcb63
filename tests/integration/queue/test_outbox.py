"""Messages that wait, are sent, fail and are sent again, on real BullMQ."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from pixelmill.domain.webhook import (
    Delivery,
    DeliveryFailedError,
    DeliveryRefusedError,
    DeliveryStatus,
    Event,
    ShownDelivery,
    delivery_of,
)
from pixelmill.queue.cancellation import cancel
from pixelmill.queue.outbox import RETRY_SECONDS, Outbox
from pixelmill.queue.outbox_consumer import OutboxConsumer, Send
from tests.support.tasks import a_task_id, quick_settings
from tests.support.wait import wait_until_async

_numbers = count()


@pytest.fixture
async def outbox(redis_url: str) -> AsyncIterator[Outbox]:
    outbox = Outbox(quick_settings(redis_url))
    yield outbox
    await outbox.close()


@asynccontextmanager
async def sending(redis_url: str, send: Send) -> AsyncIterator[None]:
    running = asyncio.create_task(OutboxConsumer(quick_settings(redis_url), send).run())
    try:
        yield
    finally:
        await cancel(running)


def a_delivery(task_id: str | None = None) -> Delivery:
    event = Event(type="webhook.test", timestamp=datetime.now(UTC))
    delivery = delivery_of(event, f"https://example.com/{next(_numbers)}")
    return delivery.model_copy(update={"task_id": task_id})


async def the_only(outbox: Outbox) -> ShownDelivery:
    (shown,) = await outbox.newest(10)
    return shown


async def until(outbox: Outbox, status: DeliveryStatus, attempts: int = 1) -> ShownDelivery:
    async def is_so() -> bool:
        shown = await the_only(outbox)
        return shown.status is status and shown.attempts == attempts

    await wait_until_async(is_so)
    return await the_only(outbox)


async def test_a_message_is_sent_once(outbox: Outbox, redis_url: str) -> None:
    """However often it is put in."""
    sent: list[Delivery] = []

    async def send(delivery: Delivery) -> None:
        sent.append(delivery)

    delivery = a_delivery()
    for _ in range(3):
        await outbox.put(delivery)
    async with sending(redis_url, send):
        await until(outbox, DeliveryStatus.DELIVERED)
        await outbox.put(delivery)

    assert sent == [delivery]


async def test_a_failed_message_waits_for_its_next_turn(outbox: Outbox, redis_url: str) -> None:
    """By the schedule; meanwhile it says why."""

    async def send(_delivery: Delivery) -> None:
        raise DeliveryFailedError("the receiver answered 500")

    await outbox.put(a_delivery())
    async with sending(redis_url, send):

        async def has_failed() -> bool:
            return (await the_only(outbox)).error is not None

        await wait_until_async(has_failed)
        shown = await the_only(outbox)

    assert (shown.status, shown.attempts, shown.error) == (DeliveryStatus.PENDING, 1, "the receiver answered 500")
    assert shown.next_attempt_at is not None
    assert timedelta(seconds=1) < shown.next_attempt_at - datetime.now(UTC) <= timedelta(seconds=RETRY_SECONDS[0])


async def test_a_receiver_says_when_to_come_back(outbox: Outbox, redis_url: str) -> None:
    """`Retry-After` is honored where it is longer than the schedule."""

    async def send(_delivery: Delivery) -> None:
        raise DeliveryFailedError("the receiver answered 429", retry_after_seconds=3000)

    await outbox.put(a_delivery())
    async with sending(redis_url, send):

        async def waits_long() -> bool:
            planned = (await the_only(outbox)).next_attempt_at
            return planned is not None and planned - datetime.now(UTC) > timedelta(seconds=2900)

        await wait_until_async(waits_long)


async def test_a_refused_message_is_given_up_until_it_is_sent_again(outbox: Outbox, redis_url: str) -> None:
    """The operator may have it sent again; then it starts anew."""
    refuses = True

    async def send(_delivery: Delivery) -> None:
        if refuses:
            raise DeliveryRefusedError("the receiver answered 410: it wants no more messages")

    delivery = a_delivery()
    await outbox.put(delivery)
    async with sending(redis_url, send):
        given_up = await until(outbox, DeliveryStatus.FAILED)
        assert given_up.error == "the receiver answered 410: it wants no more messages"
        refuses = False
        assert await outbox.send_again(delivery.delivery_id)
        delivered = await until(outbox, DeliveryStatus.DELIVERED)

    assert delivered.error is None


async def test_what_waits_is_not_sent_again(outbox: Outbox) -> None:
    """It is sent anyway; what is not there cannot be."""
    delivery = a_delivery()
    await outbox.put(delivery)

    assert not await outbox.send_again(delivery.delivery_id)
    assert not await outbox.send_again("msg_" + "0" * 32)


async def test_the_newest_come_first(outbox: Outbox) -> None:
    """And no more than asked for."""
    deliveries = [a_delivery() for _ in range(3)]
    for delivery in deliveries:
        await outbox.put(delivery)

    newest = await outbox.newest(2)

    assert [each.delivery_id for each in newest] == [deliveries[2].delivery_id, deliveries[1].delivery_id]


async def test_messages_are_found_by_how_they_stand_and_by_their_task(outbox: Outbox, redis_url: str) -> None:
    """Wherever they are in the queue; what a message says of other tasks is not looked at."""
    mine, other = a_task_id("mine"), a_task_id("other")
    given_up, delivered, waiting = a_delivery(mine), a_delivery(mine), a_delivery(mine)
    quoting = a_delivery(other).model_copy(update={"body": f'{{"task_id":"{mine}"}}'})
    test = a_delivery()

    async def send(delivery: Delivery) -> None:
        if delivery == given_up:
            raise DeliveryRefusedError("gone")
        if delivery == waiting:
            raise DeliveryFailedError("not now")

    async def found(status: DeliveryStatus | None = None, task_id: str | None = None, limit: int = 10) -> set[str]:
        listed = await outbox.newest(limit, status=status, task_id=task_id)
        return {each.delivery_id for each in listed}

    async def have_been_sent() -> bool:
        return (
            all(each.attempts == 1 for each in await outbox.newest(10))
            and len(await found(DeliveryStatus.DELIVERED)) == 3
        )

    everything = [given_up, delivered, waiting, quoting, test]
    for delivery in everything:
        await outbox.put(delivery)
    assert await found(DeliveryStatus.PENDING, mine) == {each.delivery_id for each in (given_up, delivered, waiting)}
    async with sending(redis_url, send):
        await wait_until_async(have_been_sent)

        assert await found() == {each.delivery_id for each in everything}
        assert await found(DeliveryStatus.FAILED) == {given_up.delivery_id}
        assert await found(DeliveryStatus.PENDING) == {waiting.delivery_id}
        assert await found(task_id=mine) == {each.delivery_id for each in (given_up, delivered, waiting)}
        assert await found(DeliveryStatus.DELIVERED, mine) == {delivered.delivery_id}
        assert await found(task_id=mine, limit=2) == {delivered.delivery_id, waiting.delivery_id}
        assert await found(task_id=a_task_id("nobody")) == set()
