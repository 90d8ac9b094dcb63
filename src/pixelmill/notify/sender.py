"""Sends messages: signed, with a time limit, to where they were meant to go and nowhere else."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientSession
from standardwebhooks import Webhook

from pixelmill.domain.retry_after import pause_seconds
from pixelmill.domain.webhook import Delivery, DeliveryFailedError, DeliveryRefusedError

MAX_RETRY_AFTER_SECONDS: Final = 24 * 3600
"""As long as the longest pause of the schedule."""

_REDIRECTED: Final = ": redirects are not followed, the webhook has to name the final address"


class Sender:
    """Sends messages by the Standard Webhooks specification.

    Args:
        session: Its connections may only go where sources may be fetched from: webhook URLs come from callers, too.
        secrets: `whsec_` and base64; a message is signed with each of them, so that they can be changed.
        timeout_seconds: How long a receiver may take.
    """

    def __init__(self, session: ClientSession, secrets: Sequence[str], timeout_seconds: float) -> None:
        self._session = session
        self._signers = [Webhook(secret) for secret in secrets]
        self._timeout_seconds = timeout_seconds

    async def send(self, delivery: Delivery) -> None:
        """Send a message once.

        Raises:
            DeliveryFailedError: It was not taken this time.
            DeliveryRefusedError: It will never be: the receiver is gone, or its address is forbidden.
        """
        try:
            async with (
                asyncio.timeout(self._timeout_seconds),
                self._session.post(
                    delivery.webhook_url,
                    data=delivery.body.encode(),
                    headers=self._headers(delivery, datetime.now(UTC)),
                    allow_redirects=False,  # a redirect is a failure, says the specification: it would leak the message
                ) as response,
            ):
                _judge(response)
        except TimeoutError:
            raise DeliveryFailedError(f"no answer within {self._timeout_seconds:g} s") from None
        except ClientConnectorError as error:
            if isinstance(error.os_error, PermissionError):  # raised by the policy of the session's connections
                raise DeliveryRefusedError("the address may not be connected to") from error
            raise DeliveryFailedError("the receiver cannot be reached") from error
        except (ClientError, OSError) as error:
            raise DeliveryFailedError("the connection broke off") from error

    def _headers(self, delivery: Delivery, now: datetime) -> dict[str, str]:
        signatures = [signer.sign(delivery.delivery_id, now, delivery.body) for signer in self._signers]
        return {
            "Content-Type": "application/json",
            "webhook-id": delivery.delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _judge(response: ClientResponse) -> None:
    if response.ok and response.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if response.status == HTTPStatus.GONE:
        raise DeliveryRefusedError("the receiver answered 410: it wants no more messages")
    asked = pause_seconds(response.headers.get("Retry-After")) or 0
    advice = _REDIRECTED if "Location" in response.headers and response.status < HTTPStatus.BAD_REQUEST else ""
    raise DeliveryFailedError(f"the receiver answered {response.status}{advice}", min(asked, MAX_RETRY_AFTER_SECONDS))
