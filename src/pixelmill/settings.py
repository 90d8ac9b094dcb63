"""Every setting of every role, in one place: environment variables with the prefix `PIXELMILL_`.

A role reads them once, in its `main.py`, and hands each part the group it needs. Lists are comma-separated.
`docs/reference/settings.md` is generated from this file.
"""

import json
import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pixelmill.domain.expectation import complaint, received
from pixelmill.domain.limits import MEBIBYTE, MEGAPIXEL
from pixelmill.domain.object_url import is_bucket_url
from pixelmill.domain.preset import Preset, PresetName
from pixelmill.domain.signature import MIN_KEY_CHARACTERS
from pixelmill.domain.url import UrlOrigin, normalize_host, normalize_url, origin_of
from pixelmill.domain.webhook import is_webhook_secret

GIBIBYTE = 1024 * MEBIBYTE
HOUR_SECONDS = 3600
DAY_SECONDS = 24 * HOUR_SECONDS

Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """One or more settings cannot be used; the message has a line for each."""


def _split(value: Any) -> Any:  # noqa: ANN401 - whatever the environment or a caller gives
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _networks(value: Any) -> Any:  # noqa: ANN401 - as above
    return [ip_network(item) if isinstance(item, str) else item for item in _split(value)]


def _host_pattern(text: str) -> str:
    """A host as in a normalized URL, or `*.` and one."""
    name = text.removeprefix("*.")
    try:
        return text.removesuffix(name) + normalize_host(name)
    except ValueError as error:
        raise ValueError("expected hosts such as example.com or *.example.com") from error


def _bucket_url(text: str) -> str:
    if not is_bucket_url(text):
        raise ValueError("expected buckets such as s3://photos")
    return text


_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?")
_OUR_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "range", "transfer-encoding", "user-agent"}
)


def _host_headers(value: Any) -> Any:  # noqa: ANN401 - whatever the environment or a caller gives
    if not isinstance(value, str):
        return value
    try:
        read = json.loads(value)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ValueError('expected JSON such as {"https://example.com": {"Authorization": "Bearer ..."}}')  # noqa: TRY004 - pydantic reports this one
    return {_url_origin(url): _headers(url, headers) for url, headers in read.items()}


def _url_origin(url: str) -> UrlOrigin:
    normal = normalize_url(url)
    if normal.count("/") > len("//") + 1 or "?" in normal or not normal.endswith("/"):
        raise ValueError("expected the scheme, host and port of an origin, such as https://example.com")
    return origin_of(normal)


def _headers(url: str, headers: Any) -> dict[str, str]:  # noqa: ANN401 - whatever the JSON holds
    if not isinstance(headers, dict) or not headers:
        raise ValueError(f"expected an object of headers for {url}")
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise ValueError(f"expected names of headers that may be added for {url}")
        if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise ValueError(f"expected printable ASCII as the value of {name} for {url}")
    return headers


HostPatterns = Annotated[tuple[Annotated[str, AfterValidator(_host_pattern)], ...], NoDecode, BeforeValidator(_split)]
BucketUrls = Annotated[tuple[Annotated[str, AfterValidator(_bucket_url)], ...], NoDecode, BeforeValidator(_split)]
HostHeaders = Annotated[dict[UrlOrigin, dict[str, SecretStr]], NoDecode, BeforeValidator(_host_headers)]


def _parsed(value: Any) -> Any:  # noqa: ANN401 - as above
    try:
        return json.loads(value or "{}") if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"expected JSON: {error}") from error


Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]
Ports = Annotated[tuple[Port, ...], NoDecode, BeforeValidator(_split)]
Presets = Annotated[dict[PresetName, Preset], NoDecode, BeforeValidator(_parsed)]

SigningKey = Annotated[SecretStr, Field(min_length=MIN_KEY_CHARACTERS)]
SigningKeys = Annotated[tuple[SigningKey, ...], NoDecode, BeforeValidator(_split)]


def _webhook_secret(secret: SecretStr) -> SecretStr:
    if not is_webhook_secret(secret.get_secret_value()):
        raise ValueError("expected whsec_ and base64 of 24 to 64 bytes, as `openssl rand -base64 32` makes it")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
WebhookSecrets = Annotated[tuple[WebhookSecret, ...], NoDecode, BeforeValidator(_split)]


class _Group(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class LogSettings(_Group):
    """Logs: JSON lines unless a person watches."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_LOG_")

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Lowest level written.")
    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto` writes JSON unless the output is a terminal."
    )


class ApiSettings(_Group):
    """The HTTP role."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_API_")

    host: str = Field(default="127.0.0.1", description="Address the api listens on.")
    port: Port = Field(default=5000, description="Port the api listens on.")
    access: Literal["loopback", "keys", "open"] = Field(
        default="loopback",
        description="Who may use the service: `loopback`, this machine, so it listens nowhere else; `keys`, who shows "
        "an API key; `open`, who reaches it.",
    )
    threads: int = Field(default=64, ge=4, le=512, description="Requests served at once by one process.")
    max_uploads: int = Field(default=16, ge=1, le=512, description="Uploads received at once; more get 503.")
    max_streams: int = Field(
        default=256, ge=1, le=512, description="Event streams one process has open at once; each takes a thread more."
    )
    max_wait_seconds: Seconds = Field(default=30.0, description="Longest `Prefer: wait` that is honoured.")
    submissions_per_minute: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="What each tenant, or each address without a key, may submit; 0 is any number.",
    )
    reads_per_minute: int = Field(
        default=0, ge=0, le=1_000_000, description="How often each of them may ask for tasks; 0 is any number."
    )
    signing_keys: SigningKeys = Field(
        default=(),
        repr=False,
        description="Keys that `/resize` URLs may be signed with, the current one first; without any, they need no "
        "signature.",
    )

    def require_access(self, host: str) -> None:
        """Raise `SettingsError` if others reach an address to listen on, and nothing says who of them may come in."""
        if self.access == "loopback" and not is_loopback(host):
            raise SettingsError(
                f"PIXELMILL_API_ACCESS: expected `keys` or `open`, since others than this machine reach {host}"
            )


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, whatever its resolver says."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SubmitSettings(_Group):
    """What requests may ask for."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_")

    presets: Presets = Field(
        default={},
        description="Sets of variants that requests may name, beside `responsive`: JSON such as "
        '`{"avatar": {"small": {"width": 48, "height": 48}, "large": {"width": 192, "height": 192}}}`.',
    )


class QueueSettings(_Group):
    """The queue, in Redis 7+ or Valkey."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_QUEUE_")

    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        validation_alias="REDIS_URL",
        description="Redis 7+ or Valkey, with `appendfsync always` and `maxmemory-policy noeviction`.",
    )
    name: str = Field(default="resize", pattern=r"^[a-z0-9_-]+$", description="Name of the BullMQ queue.")
    max_waiting: int = Field(default=100_000, ge=1, description="Tasks that may wait; more are refused with 503.")
    attempts: int = Field(default=3, ge=1, le=10, description="How often a task is tried before it is a dead letter.")
    backoff_seconds: Seconds = Field(default=1.0, description="Pause before the second attempt; doubles, with jitter.")
    lease_seconds: Seconds = Field(default=10.0, description="How long a silent worker keeps a task.")
    stalled_interval_seconds: Seconds = Field(default=5.0, description="How often dead workers' tasks are looked for.")


class ResultSettings(_Group):
    """How long the ends of tasks are kept."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_RESULT_")

    life_seconds: int = Field(default=HOUR_SECONDS, ge=1, description="How long a result is served.")
    failure_life_seconds: int = Field(
        default=60, ge=1, description="How long a lasting failure answers the same request again."
    )
    dead_letter_life_seconds: int = Field(default=7 * DAY_SECONDS, ge=60, description="How long dead letters are kept.")


class FetchSettings(_Group):
    """What may be fetched, and how long it may take."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_FETCH_")

    allowed_networks: Networks = Field(
        default=(), description="CIDRs that may be fetched from although they are not public addresses."
    )
    allowed_ports: Ports = Field(default=(80, 443), description="Ports that may be connected to.")
    allowed_sources: HostPatterns = Field(
        default=(),
        description="Hosts that may be fetched from, such as `example.com,*.example.com`; any, if none is named.",
    )
    allowed_buckets: BucketUrls = Field(
        default=(),
        description="Buckets that may be read from, such as `s3://photos,gs://photos,az://photos`. Endpoint and "
        "credentials come from the environment, as for a store in a bucket.",
    )
    host_headers: HostHeaders = Field(
        default={},
        repr=False,
        description="Headers for requests to one origin and no other, as JSON: "
        '`{"https://example.com": {"Authorization": "Bearer ..."}}`. Secret.',
    )
    proxy_url: SecretStr | None = Field(
        default=None,
        repr=False,
        description="An HTTP proxy that makes all connections instead of the worker. It has to judge the addresses "
        "that names resolve to: the worker never sees them. Proxies of the environment are not used. Secret.",
    )
    max_bytes: int = Field(default=32 * MEBIBYTE, ge=1024, description="Largest source, fetched or uploaded.")
    max_redirects: int = Field(default=3, ge=0, le=10, description="Redirects followed.")
    connect_seconds: Seconds = Field(default=5.0, description="Time to connect.")
    first_byte_seconds: Seconds = Field(default=10.0, description="Time to the first byte, and between two reads.")
    total_seconds: Seconds = Field(default=30.0, description="Time for the whole download.")
    user_agent: str = Field(default="Pixelmill/0.1", description="User-Agent of the fetch.")
    host_concurrency: int = Field(default=16, ge=1, le=1024, description="Downloads of one worker from one host.")
    cache_bytes: int = Field(
        default=GIBIBYTE, ge=0, description="Most that fetched sources kept for other sizes take in the store."
    )
    cache_life_seconds: int = Field(
        default=HOUR_SECONDS,
        ge=1,
        description="How long a source nobody asks for is kept; and how long one is used without asking its origin "
        "again, even if that allows longer.",
    )


class TransformSettings(_Group):
    """Limits on the work with pixels."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_TRANSFORM_")

    processes: int = Field(default=0, ge=0, le=256, description="Decoding child processes; 0 means one per core.")
    timeout_seconds: Seconds = Field(default=30.0, description="Deadline of one task's transform; then SIGKILL.")
    memory_bytes: int = Field(default=GIBIBYTE * 3 // 2, ge=256 * MEBIBYTE, description="Memory of one child.")
    max_frame_pixels: int = Field(default=64 * MEGAPIXEL, ge=1, description="Most pixels of one source frame.")
    max_total_pixels: int = Field(default=128 * MEGAPIXEL, ge=1, description="Most pixels of all source frames.")
    max_frames: int = Field(default=256, ge=1, description="Most frames of an animated source.")
    allow_truncated: bool = Field(
        default=False,
        description="Make what is there of a JPEG, PNG or GIF that ends early, the rest gray, black or left out; "
        "by default it is refused as damaged. Other formats always are. What was made before stays until it expires.",
    )
    recycle_tasks: int = Field(default=500, ge=1, description="Tasks after which a child is replaced by a fresh one.")
    recycle_bytes: int = Field(
        default=256 * MEBIBYTE,
        ge=128 * MEBIBYTE,
        description="Memory that a child may still occupy after a task; one that occupies more is replaced.",
    )


class WorkerSettings(_Group):
    """The worker role."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_WORKER_")

    host: str = Field(default="127.0.0.1", description="Address of the worker's metrics and health.")
    port: Port = Field(default=8000, description="Port of the worker's metrics and health.")
    concurrency: int = Field(default=32, ge=1, le=1024, description="Tasks in flight, most of them fetching.")
    scratch_dir: Path | None = Field(
        default=None, description="Folder for downloads and unfinished variants; a temporary one by default."
    )
    grace_seconds: Seconds = Field(default=20.0, description="Time to finish running tasks after SIGTERM.")


class CleanupSettings(_Group):
    """The cleanup crew role."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_CLEANUP_")

    host: str = Field(default="127.0.0.1", description="Address of the crew's metrics and health.")
    port: Port = Field(default=8001, description="Port of the crew's metrics and health.")
    interval_seconds: Seconds = Field(default=30.0, description="Pause between two sweeps.")


class StoreSettings(_Group):
    """Where uploads and results lie."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_STORE_")

    url: str = Field(
        default="file:///var/lib/pixelmill/store",
        description=(
            "`file:///folder`, shared by api, worker, cleanup crew and nginx; or a bucket: `s3://bucket/prefix`, "
            "`gs://bucket/prefix`, `az://container/prefix`. Its credentials and endpoint are the usual variables: "
            "`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`; "
            "`GOOGLE_APPLICATION_CREDENTIALS`; `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`."
        ),
    )
    timeout_seconds: Seconds = Field(
        default=30.0, description="Time for one request to a bucket; with its retries a call may take twice that."
    )


class WebhookSettings(_Group):
    """Messages to whoever wants to be told that a task has ended."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_WEBHOOK_")

    secrets: WebhookSecrets = Field(
        default=(),
        repr=False,
        description="Secrets that messages are signed with, each `whsec_` and base64 of 24 to 64 bytes; without any, "
        "`webhook_url` is refused.",
    )
    timeout_seconds: Seconds = Field(default=15.0, description="How long a receiver may take to answer.")


class NginxSettings(_Group):
    """The public front; in the container the same variables fill in its template."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_NGINX_")

    requests_per_second: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="Requests an address, in IPv6 a /64 network, may make; loopback is exempt.",
    )
    burst: int = Field(default=200, ge=1, le=100_000, description="Requests an address may make at once before that.")


class AuditSettings(_Group):
    """The trail, in PostgreSQL 15+."""

    model_config = SettingsConfigDict(env_prefix="PIXELMILL_AUDIT_")

    database_url: str = Field(
        default="postgresql://pixelmill@127.0.0.1:5432/pixelmill",
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15+.",
    )
    batch_rows: int = Field(default=500, ge=1, le=10_000, description="Most rows of one batch.")
    batch_seconds: Seconds = Field(default=0.5, description="Longest wait for a batch to fill.")
    max_stream_entries: int = Field(
        default=200_000, ge=1000, description="Entries kept in Redis while Postgres is away, about 1 kB each."
    )
    retention_days: int = Field(default=365, ge=0, le=36_500, description="How long tasks are kept; 0 is for ever.")


class Settings:
    """All groups, read once from the environment.

    Raises:
        SettingsError: With a line for every setting that cannot be used.
    """

    log: LogSettings
    api: ApiSettings
    submit: SubmitSettings
    queue: QueueSettings
    result: ResultSettings
    fetch: FetchSettings
    transform: TransformSettings
    worker: WorkerSettings
    cleanup: CleanupSettings
    store: StoreSettings
    webhook: WebhookSettings
    nginx: NginxSettings
    audit: AuditSettings

    @classmethod
    def groups(cls) -> dict[str, type[_Group]]:
        """The groups by name, in the order they are documented."""
        return {name: group for name, group in cls.__annotations__.items() if issubclass(group, _Group)}

    @classmethod
    def from_environment(cls) -> Self:
        """Read every group; report every bad setting at once."""
        settings, complaints = cls(), []
        for name, group in cls.groups().items():
            try:
                setattr(settings, name, group())
            except ValidationError as error:
                complaints += [_complaint(group, details) for details in error.errors()]
        if complaints:
            raise SettingsError("\n".join(complaints))
        return settings


def environment_name(group: type[_Group], field: str) -> str:
    """The environment variable a setting is read from."""
    alias = group.model_fields[field].validation_alias if field in group.model_fields else None
    return str(alias) if alias else f"{group.model_config.get('env_prefix', '')}{field}".upper()


def _complaint(group: type[_Group], details: ErrorDetails) -> str:
    field, *places = (str(place) for place in details["loc"] or ("",) if not isinstance(place, int))
    # What is not shown with its group is a secret: nor is it shown when it is wrong.
    is_secret = field in group.model_fields and not group.model_fields[field].repr
    said = complaint(details, is_secret=is_secret)
    if details["type"] == "value_error" and not is_secret:
        said += f", received {received(details['input'])}"
    if any(isinstance(place, int) for place in details["loc"]):
        said += "; entries are separated by commas"
    # Marks are pydantic's, not a part of what was written.
    where = ".".join(place for place in places if not place.startswith("["))
    named = ": ".join(part for part in (environment_name(group, field), where) if part)
    return f"{named}: {said}"
