"""The real browser that the page is tested in: where it is, and how it is started."""

import os
import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ENVIRONMENT_NAME: Final = "PIXELMILL_TEST_CHROMIUM"
MISSING: Final = f"no Chromium: install it (`apt-get install chromium`) or set {ENVIRONMENT_NAME}"

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""As root Chromium has no sandbox; the rest keeps it from talking to anybody but the service."""


def find_chromium(playwright: Playwright) -> Path | None:
    """The browser named by the environment, the system's, or the one Playwright installed."""
    named = os.environ.get(ENVIRONMENT_NAME)
    candidates = [named] if named else [*map(shutil.which, NAMES), playwright.chromium.executable_path]
    return next((Path(path) for path in candidates if path and Path(path).exists()), None)


def start_chromium(playwright: Playwright, executable: Path) -> Browser:
    """Start a browser without a window."""
    return playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
