"""The process of a role that is one event loop: worker and cleanup crew."""

from collections.abc import Callable, Coroutine
from importlib.metadata import version

import uvloop

from pixelmill.settings import Settings
from pixelmill.telemetry import metrics
from pixelmill.telemetry.ending import one_sentence
from pixelmill.telemetry.logs import configure_logs


def run_role(role: str, run: Callable[[Settings], Coroutine[object, object, None]]) -> None:
    """Read the settings, set up the logs, and run a role until it ends.

    Args:
        role: Its name in logs.
        run: The role; an expected failure in it ends the process with one sentence.
    """
    with one_sentence():
        settings = Settings.from_environment()
        configure_logs(role=role, level=settings.log.level, log_format=settings.log.format)
        metrics.build.info({"version": version("pixelmill")})
        uvloop.run(run(settings))
