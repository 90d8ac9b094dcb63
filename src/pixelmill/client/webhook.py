"""The receiver's side of webhooks: is a message the service's, and what does it say."""

from collections.abc import Mapping

from standardwebhooks import Webhook
from standardwebhooks.exceptions import WebhookVerificationError

from pixelmill.client.problems import ClientError
from pixelmill.domain.webhook import Event, is_webhook_secret


class InvalidWebhook(ClientError):
    """A message that the service did not send, or not in the last five minutes."""


def verify_webhook(content: bytes, headers: Mapping[str, str], secret: str) -> Event:
    """Check a message and read it. Its `webhook-id` header stays the same when it is sent again.

    Args:
        content: The body, as it arrived.
        headers: Its headers.
        secret: One of the service's webhook secrets, `whsec_` and base64.

    Raises:
        InvalidWebhook: It is not to be trusted.
        ValueError: No secret looks like this.
    """
    if not is_webhook_secret(secret):
        raise ValueError("expected a webhook secret of the service: whsec_ and base64 of 24 to 64 bytes")
    try:
        Webhook(secret).verify(content, dict(headers), json_parse=False)
        return Event.model_validate_json(content)
    except (WebhookVerificationError, ValueError) as error:
        raise InvalidWebhook("This is no message of the service, or an old one.") from error
