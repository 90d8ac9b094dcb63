"""The Python client library: submit images, follow tasks, fetch results.

with Client("http://127.0.0.1:8080") as client:
    result = client.resize("https://example.com/cat.jpg", width=800, format="webp")
    client.download(result.variants["image"], Path("cat.webp"))
"""

from pixelmill.client.async_client import AsyncClient
from pixelmill.client.client import Client
from pixelmill.client.parameters import Parameters
from pixelmill.client.problems import ApiProblem, ClientError, DownloadDamaged, ServiceUnreachable, TaskFailed
from pixelmill.client.resize_url import resize_url
from pixelmill.client.webhook import InvalidWebhook, verify_webhook

__all__ = [
    "ApiProblem",
    "AsyncClient",
    "Client",
    "ClientError",
    "DownloadDamaged",
    "InvalidWebhook",
    "Parameters",
    "ServiceUnreachable",
    "TaskFailed",
    "resize_url",
    "verify_webhook",
]
