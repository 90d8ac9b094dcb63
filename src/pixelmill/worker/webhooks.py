"""The worker's part in webhooks: it tells of ends, and sends what is in the outbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, DummyCookieJar
from redis.asyncio import Redis

from pixelmill.fetch.dialer import open_connector
from pixelmill.notify.sender import Sender
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.outbox import Outbox
from pixelmill.queue.outbox_consumer import OutboxConsumer
from pixelmill.settings import Settings
from pixelmill.worker.background import in_background


@asynccontextmanager
async def webhooks(settings: Settings, redis: Redis) -> AsyncIterator[Announcer]:
    """Send messages in the background for as long as the context lasts; what it gives puts them in.

    Args:
        settings: All of them: receivers are reached by the rules for sources.
        redis: A client of the queue's server.
    """
    secrets = [secret.get_secret_value() for secret in settings.webhook.secrets]
    headers = {"User-Agent": settings.fetch.user_agent}
    proxy = settings.fetch.proxy_url.get_secret_value() if settings.fetch.proxy_url else None
    outbox = Outbox(settings.queue)
    try:
        async with ClientSession(
            connector=open_connector(settings.fetch), cookie_jar=DummyCookieJar(), headers=headers, proxy=proxy
        ) as session:
            consumer = OutboxConsumer(settings.queue, Sender(session, secrets, settings.webhook.timeout_seconds).send)
            async with in_background("outbox", consumer.run):
                yield Announcer(redis, settings.queue, outbox)
    finally:
        await outbox.close()
