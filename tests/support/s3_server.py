"""A real S3 server for tests: SeaweedFS from its wheel, on loopback, with one user and one bucket."""

import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from typing import Final

import httpx
import obstore
from obstore.store import S3Store

from pixelmill.stack.process import Process
from tests.support.ports import free_port
from tests.support.servers import RunningProcess, Server

OWNER_KEY: Final = "owner"
ACCESS_KEY: Final = "pixelmill-tests"
SECRET_KEY: Final = "0123456789abcdef"  # noqa: S105 - of a server that lives as long as the tests
BUCKET: Final = "pixelmill"
REGION: Final = "us-east-1"


class S3Server(Server):
    """SeaweedFS: keeps what it is told, checks every signature, and knows multipart uploads and conditions."""

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.running = RunningProcess(self._process(), self.folder / "s3.log")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        """The variables that lead a store to this server, or to what stands before it."""
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def start(self) -> None:
        super().start()
        made = httpx.put(self.signed("PUT", ""))
        assert made.status_code in {httpx.codes.OK, httpx.codes.CONFLICT}, made.text
        # It makes its volumes with the first object, which may take longer than whoever asks it next is patient.
        obstore.put(self.objects(), "first", b"")
        obstore.delete(self.objects(), "first")

    def signed(self, method: "obstore.HTTP_METHOD", key: str) -> str:
        """A URL for a request to the bucket, or to one of its objects."""
        return obstore.sign(self.objects(), method, key, timedelta(minutes=1))

    def objects(self) -> S3Store:
        """The whole bucket, as another program sees it."""
        return S3Store(
            BUCKET,
            endpoint=self.endpoint,
            region=REGION,
            access_key_id=OWNER_KEY,
            secret_access_key=SECRET_KEY,
            client_options={"allow_http": True},
        )

    def list_sizes(self, prefix: str) -> dict[str, int]:
        """Everything below a prefix, with its size in bytes."""
        return {entry["path"]: entry["size"] for entry in obstore.list(self.objects(), prefix).collect()}

    def _answers(self) -> bool:
        self.running.assert_alive()
        try:
            # Its listener is up before what it stands on: only a bucket that can be asked about is a sign of life.
            return httpx.get(self.signed("GET", ""), timeout=5).status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}
        except httpx.TransportError:
            return False

    def _process(self) -> Process:
        # Who may do anything makes a bucket by naming it; a service should not, so it gets a user who may not.
        may = {OWNER_KEY: ["Admin"], ACCESS_KEY: [f"{action}:{BUCKET}" for action in ("Read", "Write", "List")]}
        users = {
            "identities": [
                {"name": name, "credentials": [{"accessKey": name, "secretKey": SECRET_KEY}], "actions": actions}
                for name, actions in may.items()
            ]
        }
        (self.folder / "users.json").write_text(json.dumps(users))
        (self.folder / "data").mkdir()
        options = {
            "dir": self.folder / "data",
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "s3": "true",
            "s3.config": self.folder / "users.json",
            "s3.port": self.port,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "filer.localSocket": self.folder / "filer.sock",
            "s3.localSocket": self.folder / "s3.sock",
            "master.volumeSizeLimitMB": 64,
            "volume.max": 100,
            **{f"{part}.port.grpc": free_port() for part in ("master", "volume", "filer", "s3")},
            **{f"{part}.port": free_port() for part in ("master", "volume", "filer")},
        }
        arguments = [f"-{name}={value}" for name, value in options.items()]
        command = (str(Path(sys.executable).with_name("weed")), "server", *arguments)
        return Process(name="s3", command=command, stop_signal=SIGKILL)


class Space:
    """A part of the bucket that nobody else uses.

    Args:
        server: Where it is.
        endpoint: What stands before the server, if anything does.
    """

    def __init__(self, server: S3Server, endpoint: str | None = None) -> None:
        self._server = server
        self.prefix = uuid.uuid4().hex
        self.url = f"s3://{BUCKET}/{self.prefix}"
        self.environment = server.environment(endpoint) | {"PIXELMILL_STORE_URL": self.url}

    def kept(self) -> set[str]:
        """What is kept, without the probes of those that use it."""
        return set(self.sizes())

    def sizes(self) -> dict[str, int]:
        """The same with sizes in bytes."""
        sizes = self._server.list_sizes(self.prefix).items()
        names = {key.removeprefix(f"{self.prefix}/"): size for key, size in sizes}
        return {name: size for name, size in names.items() if not name.startswith("probes/")}
