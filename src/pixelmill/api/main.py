"""The api: settings are read, and the process that serves is started.

That process makes the parts (`pixelmill.api.composition`); this one only watches it, and loads nothing it does not use.
"""

from functools import partial
from typing import TYPE_CHECKING

from pixelmill.api import ROLE
from pixelmill.api.serving import serve
from pixelmill.settings import Settings
from pixelmill.telemetry.ending import one_sentence
from pixelmill.telemetry.logs import configure_logs

if TYPE_CHECKING:
    from flask import Flask


def main() -> None:
    """Run the api until it is told to stop; what keeps it from running ends it with one sentence."""
    with one_sentence():
        settings = Settings.from_environment()
        configure_logs(role=ROLE, level=settings.log.level, log_format=settings.log.format)
        settings.api.require_access(settings.api.host)
        serve(settings.api, partial(load, settings))


def load(settings: Settings) -> "Flask":
    """Make the application, in the process that serves it: threads and connections do not survive a fork."""
    from pixelmill.api.composition import load_application  # noqa: PLC0415 - a second of work, for this process only

    return load_application(settings)


if __name__ == "__main__":
    main()
