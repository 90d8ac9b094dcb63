"""Messages as their receiver sees them."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from standardwebhooks import Webhook

from pixelmill.client.webhook import InvalidWebhook, verify_webhook
from pixelmill.domain.webhook import Event

SECRET: Final = "whsec_c2VjcmV0IG9mIHRoaXMgc2VydmljZSwgcXVpdGUgbG9uZw=="  # noqa: S105 - of a test
EVENT: Final = Event(type="webhook.test", timestamp=datetime(2026, 11, 24, tzinfo=UTC))
CONTENT: Final = EVENT.model_dump_json().encode()


def signed(at: datetime) -> dict[str, str]:
    signature = Webhook(SECRET).sign("msg_1", at, CONTENT.decode())
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}


def test_a_message_of_the_service_is_read() -> None:
    """Whatever the case of its headers."""
    assert verify_webhook(CONTENT, signed(datetime.now(UTC)), SECRET) == EVENT


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(datetime.now(UTC) - timedelta(minutes=10)),
        signed(datetime.now(UTC)) | {"Webhook-Signature": "nonsense"},
        signed(datetime.now(UTC)) | {"Webhook-Signature": "v1,AAAA"},
        signed(datetime.now(UTC)) | {"Webhook-Id": "msg_2"},
    ],
    ids=["none", "old", "no-signature", "other-signature", "other-id"],
)
def test_any_other_message_is_refused(headers: dict[str, str]) -> None:
    """By one exception."""
    with pytest.raises(InvalidWebhook):
        verify_webhook(CONTENT, headers, SECRET)


def test_a_changed_message_is_refused() -> None:
    """Even by a space."""
    with pytest.raises(InvalidWebhook):
        verify_webhook(CONTENT + b" ", signed(datetime.now(UTC)), SECRET)


@pytest.mark.parametrize("secret", ["nonsense!", "", "whsec_", "whsec_ü", "whsec_A"])
def test_a_malformed_secret_is_the_receivers_mistake(secret: str) -> None:
    """No message could ever be trusted: it must not look as if the sender were at fault."""
    with pytest.raises(ValueError, match="expected a webhook secret"):
        verify_webhook(CONTENT, signed(datetime.now(UTC)), secret)
