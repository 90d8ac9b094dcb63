"""The servers the tests run on are those of `pixelmill up`."""

from collections.abc import Callable

import psycopg
import redis

from tests.support.servers import PostgresServer, ValkeyServer


def test_a_fresh_valkey_is_empty_and_durable(redis_url: str) -> None:
    """A write is on disk before it is answered, and nothing is ever evicted."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.dbsize() == 0
        assert client.config_get("append*")["appendfsync"] == "always"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_valkey_keeps_what_it_acknowledged_over_a_kill(valkey: Callable[[], ValkeyServer]) -> None:
    """SIGKILL loses no acknowledged write."""
    server = valkey()
    with redis.Redis.from_url(server.url) as client:
        client.set("kept", "1")

    server.kill()
    server.start()

    with redis.Redis.from_url(server.url) as client:
        assert client.get("kept") == b"1"


def test_a_fresh_database_is_empty(database_url: str) -> None:
    """Every test has its own database."""
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_postgres_keeps_what_it_acknowledged_over_a_kill(postgres: Callable[[], PostgresServer]) -> None:
    """SIGKILL loses no committed row, and leaves no process of the server behind."""
    server = postgres()
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    server.kill()
    server.start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
