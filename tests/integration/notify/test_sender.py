"""Messages over real HTTP."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Final

import pytest
from aiohttp import ClientSession
from standardwebhooks import Webhook

from pixelmill.domain.webhook import Delivery, DeliveryFailedError, DeliveryRefusedError, Event, delivery_of
from pixelmill.fetch.dialer import open_connector
from pixelmill.notify.sender import Sender
from pixelmill.settings import FetchSettings
from tests.support.answers import body, failing, late, redirect, resetting
from tests.support.origin import Origin

OLD_SECRET: Final = "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2VydmljZQ=="  # noqa: S105 - of a test
SECRET: Final = "whsec_c2VjcmV0IG9mIHRoaXMgc2VydmljZQ=="  # noqa: S105 - of a test


@pytest.fixture
def receiver() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
async def sender(receiver: Origin) -> AsyncIterator[Sender]:
    fetch = FetchSettings(allowed_networks="127.0.0.0/8", allowed_ports=f"{receiver.port},9")
    async with ClientSession(connector=open_connector(fetch)) as session:
        yield Sender(session, [SECRET, OLD_SECRET], timeout_seconds=0.5)


def message(url: str) -> Delivery:
    return delivery_of(Event(type="webhook.test", timestamp=datetime.now(UTC)), url)


async def test_a_receiver_can_check_who_sent_it(receiver: Origin, sender: Sender) -> None:
    """With either secret, by the library of the specification."""
    delivery = message(receiver.serve("/hook", body(b"")))
    await sender.send(delivery)

    (request,) = receiver.requests
    assert request.method == "POST"
    assert request.headers["webhook-id"] == delivery.delivery_id
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(request.content, dict(request.headers)) == json.loads(delivery.body)


@pytest.mark.parametrize("status", [300, 400, 404, 429, 500, 503])
async def test_any_other_answer_is_a_failure(receiver: Origin, sender: Sender, status: int) -> None:
    """That names it, and says when the receiver wants to be asked again."""
    url = receiver.serve("/hook", failing(status, {"Retry-After": "70"}))

    with pytest.raises(DeliveryFailedError, match=str(status)) as failed:
        await sender.send(message(url))
    assert failed.value.retry_after_seconds == 70


async def test_a_redirect_is_not_followed(receiver: Origin, sender: Sender) -> None:
    """The message was not meant for anybody else; who reads of it learns what to do."""
    url = receiver.serve("/hook", redirect(receiver.serve("/elsewhere", body(b""))))

    with pytest.raises(DeliveryFailedError) as failed:
        await sender.send(message(url))
    assert str(failed.value) == (
        "the receiver answered 302: redirects are not followed, the webhook has to name the final address"
    )
    assert receiver.times_asked("/elsewhere") == 0


async def test_a_receiver_may_be_gone(receiver: Origin, sender: Sender) -> None:
    """410 ends it."""
    with pytest.raises(DeliveryRefusedError, match="410"):
        await sender.send(message(receiver.serve("/hook", failing(410))))


async def test_a_forbidden_address_is_refused(sender: Sender) -> None:
    """As for sources: webhook URLs come from callers."""
    with pytest.raises(DeliveryRefusedError, match="address"):
        await sender.send(message("http://169.254.169.254/hook"))


async def test_a_receiver_that_breaks_off_or_is_slow_is_asked_again(receiver: Origin, sender: Sender) -> None:
    """Neither holds the sender."""
    with pytest.raises(DeliveryFailedError, match="broke off"):
        await sender.send(message(receiver.serve("/reset", resetting())))
    with pytest.raises(DeliveryFailedError, match=r"0\.5 s"):
        await sender.send(message(receiver.serve("/late", late(body(b"")))))
    with pytest.raises(DeliveryFailedError, match="cannot be reached"):
        await sender.send(message("http://127.0.0.1:9/nobody-listens"))
