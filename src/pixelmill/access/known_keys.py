"""The keys as an api knows them: read again and again, so that no request waits for Postgres."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from pixelmill.access.key_text import MAX_CHARACTERS, digest_of
from pixelmill.domain.access import ApiKey
from pixelmill.domain.errors import ApiKeysUnavailable, InvalidApiKey

REFRESH_SECONDS: Final = 2.0
"""How long a key that was revoked is good for at most, as long as Postgres answers."""

LOOK_AGAIN_SECONDS: Final = 0.1
"""How often unknown keys, which may be new ones, have the keys read at most: they wait for each other."""

TURN_SECONDS: Final = 0.5
"""How long an unknown key waits for others that have the keys read."""

_log = structlog.get_logger()


class KnownKeys:
    """Keys by their texts. While Postgres is away, the keys that were known stay good.

    Args:
        read: Reads the keys that are good, by the digests of their texts. Raises `ApiKeysUnavailable`.
        clock: Seconds that only grow.
        pause: Waits for some seconds, if they are more than none.
    """

    def __init__(
        self,
        read: Callable[[], Mapping[bytes, ApiKey]],
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = lambda seconds: time.sleep(max(0.0, seconds)),
    ) -> None:
        self._read = read
        self._clock = clock
        self._pause = pause
        self._reading = threading.Lock()
        self._keys: Mapping[bytes, ApiKey] | None = None
        self._looked_at = -math.inf
        self._stopped = threading.Event()

    def start(self) -> None:
        """Keep up with Postgres from now on, in a thread of its own."""
        threading.Thread(target=self._keep_up, name="api keys", daemon=True).start()

    def stop(self) -> None:
        """Keep up no longer."""
        self._stopped.set()

    def find(self, text: str) -> ApiKey:
        """The key with this text.

        Raises:
            InvalidApiKey: There is none, or it was revoked.
            ApiKeysUnavailable: Postgres has not answered since this process started.
        """
        digest = digest_of(text) if len(text) <= MAX_CHARACTERS else None
        key = (self._keys or {}).get(digest) if digest else None
        if key is None and digest:  # just made, perhaps
            self._look_again()
            key = (self._keys or {}).get(digest)
        if self._keys is None:
            raise ApiKeysUnavailable
        if key is None:
            raise InvalidApiKey("No API key of this service has this text, or it was revoked.")
        return key

    def _look_again(self) -> None:
        asked_at = self._clock()
        if not self._reading.acquire(timeout=TURN_SECONDS):
            return  # Postgres is silent: whoever invents keys is not to hold the threads of the server
        try:
            if self._looked_at < asked_at:  # else another one that waited has had them read since
                self._pause(self._looked_at + LOOK_AGAIN_SECONDS - asked_at)
                self._looked_at = self._clock()
                self._refresh()
        finally:
            self._reading.release()

    def _keep_up(self) -> None:
        while not self._stopped.wait(REFRESH_SECONDS):
            with self._reading:
                self._refresh()

    def _refresh(self) -> None:
        try:
            self._keys = self._read()
        except ApiKeysUnavailable:
            pass  # logged where it was asked
        except Exception:  # noqa: BLE001 - a thread that ended would never learn what is revoked
            _log.exception("api_keys_not_read")
