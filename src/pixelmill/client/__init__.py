"""The Python client library: submit images, follow tasks, fetch results.

with Client("http://127.0.0.1:8080") as client:
    task = client.wait(client.submit("https://example.com/cat.jpg", width=800), timeout_seconds=60)
"""

from pixelmill.client.client import Client
from pixelmill.client.parameters import Parameters
from pixelmill.client.problems import ApiProblem, ClientError, DownloadDamaged, ServiceUnreachable
from pixelmill.client.resize_url import resize_url
from pixelmill.client.webhook import InvalidWebhook, verify_webhook

__all__ = [
    "ApiProblem",
    "Client",
    "ClientError",
    "DownloadDamaged",
    "InvalidWebhook",
    "Parameters",
    "ServiceUnreachable",
    "resize_url",
    "verify_webhook",
]
