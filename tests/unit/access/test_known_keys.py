"""The keys as an api knows them: a clock that is turned by hand, and a database that is a dictionary."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from pixelmill.access.key_text import MAX_CHARACTERS, digest_of
from pixelmill.access.known_keys import LOOK_AGAIN_SECONDS, REFRESH_SECONDS, KnownKeys
from pixelmill.domain.access import ApiKey, Scope
from pixelmill.domain.errors import ApiKeysUnavailable, InvalidApiKey
from tests.support.wait import wait_until

KEY = ApiKey(key_id="0" * 12, tenant="shop", scopes=[Scope.READ], created_at=datetime.now(UTC))


class Database:
    """The keys that are good, how often they were read, and whether they can be; and the time."""

    def __init__(self) -> None:
        self.texts: set[str] = {"pm_good"}
        self.reads = 0
        self.failure: Exception | None = None
        self.seconds = 0.0

    def read(self) -> Mapping[bytes, ApiKey]:
        self.reads += 1
        if self.failure is not None:
            raise self.failure
        return {digest_of(text): KEY for text in self.texts}

    def clock(self) -> float:
        self.seconds += 0.001
        return self.seconds

    def pause(self, seconds: float) -> None:
        self.seconds += max(0.0, seconds)


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def known(database: Database) -> KnownKeys:
    return KnownKeys(database.read, database.clock, database.pause)


def test_a_known_key_asks_nobody(known: KnownKeys, database: Database) -> None:
    """The first one has the keys read; then no request waits for the database."""
    assert [known.find("pm_good") for _ in range(3)] == [KEY] * 3
    assert database.reads == 1


def test_a_new_key_is_good_at_once(known: KnownKeys, database: Database) -> None:
    """However many were made up or made just before."""
    for number in range(5):
        with pytest.raises(InvalidApiKey):
            known.find(f"pm_made_up_{number}")
        database.texts.add(f"pm_new_{number}")
        assert known.find(f"pm_new_{number}") == KEY


def test_made_up_keys_do_not_keep_the_database_busy(known: KnownKeys, database: Database) -> None:
    """They wait for each other."""
    for _ in range(50):
        with pytest.raises(InvalidApiKey):
            known.find("pm_made_up")
    assert database.reads <= database.seconds / LOOK_AGAIN_SECONDS + 1


def test_who_waits_for_the_same_reading_has_no_other_one(database: Database) -> None:
    """A crowd of strangers costs one question."""
    may_read = threading.Event()
    known = KnownKeys(lambda: database.read() if may_read.wait(10) else {})
    with ThreadPoolExecutor(8) as crowd:
        found = [crowd.submit(known.find, "pm_good") for _ in range(8)]
        may_read.set()
        assert [each.result(timeout=10) for each in found] == [KEY] * 8
    assert database.reads <= 2


def test_without_the_database_known_keys_stay_good(known: KnownKeys, database: Database) -> None:
    """Postgres is on the path of no request."""
    known.find("pm_good")
    database.failure = ApiKeysUnavailable()
    with pytest.raises(InvalidApiKey):
        known.find("pm_other")
    assert known.find("pm_good") == KEY


def test_before_the_keys_were_ever_read_nobody_is_told_that_a_key_is_wrong(
    known: KnownKeys, database: Database
) -> None:
    """A good key that is called wrong is thrown away."""
    database.failure = ApiKeysUnavailable()
    with pytest.raises(ApiKeysUnavailable):
        known.find("pm_good")

    database.failure = None
    assert known.find("pm_good") == KEY


def test_what_is_far_too_long_is_not_even_looked_at(known: KnownKeys, database: Database) -> None:
    """A header may have 16 kB."""
    known.find("pm_good")
    with pytest.raises(InvalidApiKey):
        known.find("x" * (MAX_CHARACTERS + 1))
    assert database.reads == 1


@pytest.mark.parametrize("failure", [ApiKeysUnavailable(), RuntimeError("a row nobody understands")])
def test_a_revoked_key_is_noticed_whatever_went_wrong_before(
    database: Database, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that keeps up never ends."""
    monkeypatch.setattr("pixelmill.access.known_keys.REFRESH_SECONDS", REFRESH_SECONDS / 200)
    known = KnownKeys(database.read)
    assert known.find("pm_good") == KEY
    database.failure = failure
    known.start()
    try:
        reads = database.reads
        wait_until(lambda: database.reads > reads)
        database.failure = None
        database.texts.clear()
        reads = database.reads
        wait_until(lambda: database.reads > reads + 1)
        with pytest.raises(InvalidApiKey):
            known.find("pm_good")
    finally:
        known.stop()
