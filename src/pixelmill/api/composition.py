"""Makes the api's parts and binds them together, in the process that serves."""

from functools import partial
from importlib.metadata import version

from flask import Flask

from pixelmill.access.keys import ApiKeys
from pixelmill.access.known_keys import KnownKeys
from pixelmill.api import ROLE
from pixelmill.api.access import Access
from pixelmill.api.app import Services, create_app
from pixelmill.api.following import Followings
from pixelmill.api.history_export import Exports
from pixelmill.api.rate_limiting import READS, SUBMISSIONS, RateLimiting
from pixelmill.api.serving import on_stop
from pixelmill.api.tasks import Tasks
from pixelmill.api.webhooks import Webhooks
from pixelmill.audit.stream import TrailJournal
from pixelmill.audit.trail import Trail
from pixelmill.queue.announcer import Announcer
from pixelmill.queue.answers import KeptAnswers
from pixelmill.queue.blocking import QueueThread
from pixelmill.queue.connection import connect_for_requests
from pixelmill.queue.outbox import Outbox
from pixelmill.queue.rate_limits import CallCounts, RateLimit
from pixelmill.queue.task_queue import TaskQueue
from pixelmill.queue.watcher import Watcher
from pixelmill.settings import ApiSettings, Settings
from pixelmill.store.store import Store
from pixelmill.submit.idempotency import OnceSubmitter
from pixelmill.submit.presets import Presets
from pixelmill.submit.submitter import Submitter
from pixelmill.telemetry import metrics
from pixelmill.telemetry.ending import one_sentence
from pixelmill.telemetry.logs import configure_logs


def load_application(settings: Settings) -> Flask:
    """Make the application and start its threads; what keeps it from serving ends the process with one sentence."""
    configure_logs(role=ROLE, level=settings.log.level, log_format=settings.log.format)
    metrics.build.info({"version": version("pixelmill")})
    with one_sentence():
        services = make_services(settings)
    services.tasks.start()
    services.access.start()
    on_stop(partial(_let_go, services))
    return create_app(services)


def make_services(settings: Settings) -> Services:
    """Make the parts and bind them together; nothing is connected to before its first use.

    Raises:
        SettingsError: A setting cannot be used.
        StoreUnavailable: The folder of the store cannot be made.
    """
    queue = TaskQueue(settings.queue, settings.result, TrailJournal(settings.audit))
    store = Store.open(settings.store)
    thread, watcher = QueueThread(), Watcher(settings.queue, queue)
    outbox = Outbox(settings.queue)
    presets = Presets(settings.submit.presets)
    can_sign = bool(settings.webhook.secrets)
    announcer = Announcer(connect_for_requests(settings.queue.redis_url), settings.queue, outbox) if can_sign else None
    tasks = Tasks(
        thread=thread,
        queue=queue,
        watcher=watcher,
        submitter=OnceSubmitter(
            Submitter(queue, store, presets, announcer),
            KeptAnswers(settings.queue, settings.result),
        ),
        announcer=announcer,
        threads=settings.api.threads,
    )
    trail = Trail(settings.audit)
    api_keys = ApiKeys(settings.audit)
    return Services(
        access=_access(settings.api, api_keys),
        api_keys=api_keys,
        tasks=tasks,
        presets=presets,
        followings=Followings(thread=thread, watcher=watcher, max_streams=settings.api.max_streams),
        rate_limiting=_rate_limiting(settings),
        webhooks=Webhooks(thread, outbox, can_sign=can_sign),
        trail=trail,
        exports=Exports(trail),
        store=store,
        signing_keys=tuple(key.get_secret_value() for key in settings.api.signing_keys),
        max_image_bytes=settings.fetch.max_bytes,
        max_uploads=settings.api.max_uploads,
        max_wait_seconds=settings.api.max_wait_seconds,
    )


def _rate_limiting(settings: Settings) -> RateLimiting:
    wanted = {SUBMISSIONS: settings.api.submissions_per_minute, READS: settings.api.reads_per_minute}
    limits = [RateLimit(name, per_minute) for name, per_minute in wanted.items() if per_minute]
    return RateLimiting(CallCounts(settings.queue), limits)


def _access(settings: ApiSettings, keys: ApiKeys) -> Access:
    return Access(
        KnownKeys(keys.good) if settings.access == "keys" else None,
        is_signed=bool(settings.signing_keys),
        is_for_machine=settings.access == "loopback",
    )


def _let_go(services: Services) -> None:
    """Answer everybody who waits or follows: the process is about to end."""
    services.access.stop()
    services.followings.end_all()
    services.exports.end_all()
    services.tasks.end_waits()
