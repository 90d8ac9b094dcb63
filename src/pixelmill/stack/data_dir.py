"""The data directory: everything a stack keeps, and its lock.

    engine.json         which server, in which major version, wrote the data
    postgres-password   made once, mode 0600
    valkey/ postgres/   the servers' data
    store/              uploads and results
    prometheus/         where Prometheus is installed
    logs/               one file a process
    run/                of the running stack only: configuration, sockets, scratch files

`pixelmill.stack.opening` makes and locks it.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pixelmill.stack.failures import DataOfAnotherVersion


@dataclass(frozen=True)
class DataDir:
    """A data directory that this process has locked.

    Attributes:
        root: The directory.
        sockets: Folder for Unix sockets: `run/`, or a short one in the system's temporary folder.
    """

    root: Path
    sockets: Path

    @property
    def run(self) -> Path:
        """Files of the running stack only."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.root / "logs"

    @property
    def store(self) -> Path:
        """Uploads and results, unless they are kept elsewhere."""
        return self.root / "store"

    def folder(self, name: str) -> Path:
        """A folder of a server, made when it is not there."""
        path = self.root / name
        path.mkdir(exist_ok=True)
        return path

    @property
    def password_file(self) -> Path:
        """The database's password."""
        return self.root / "postgres-password"

    def password(self) -> str:
        """The database's password; made at the first call."""
        if not self.password_file.exists():
            _write_whole(self.password_file, secrets.token_urlsafe(24))
        return self.password_file.read_text()

    def webhook_secret(self) -> str:
        """What messages to webhooks are signed with; made at the first call."""
        file = self.root / "webhook-secret"
        if not file.exists():
            _write_whole(file, f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")
        return file.read_text()

    def claim(self, engines: dict[str, str]) -> None:
        """Record which engines write the data, and refuse data that others wrote.

        Args:
            engines: Engine and major version by what it keeps, such as `{"queue": "valkey 9"}`.

        Raises:
            DataOfAnotherVersion: The data was written by another engine or major version.
        """
        file = self.root / "engine.json"
        recorded = _read_record(file)
        for kept, engine in engines.items():
            if recorded.get(kept, engine) != engine:
                raise DataOfAnotherVersion(
                    f"the {kept} in {self.root} was written by {recorded[kept]}, but this Pixelmill brings {engine}: "
                    f"use the Pixelmill that wrote it, or another --data-dir."
                )
        if recorded | engines != recorded:
            _write_whole(file, json.dumps(recorded | engines, indent=2) + "\n")


def _write_whole(file: Path, content: str) -> None:
    """Write a file for this user alone, whole or not at all: a start that is cut short must not spoil the next."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.touch(mode=0o600)
    unfinished.write_text(content)
    unfinished.replace(file)


def _read_record(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    try:
        return TypeAdapter(dict[str, str]).validate_json(file.read_bytes())
    except ValidationError:
        raise DataOfAnotherVersion(f"{file} cannot be read: nobody knows which version wrote this data.") from None
