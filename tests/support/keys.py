"""API keys of a running service, made as its operator makes them."""

import subprocess

from tests.support.service import PROGRAM, Service


def create_key(service: Service, tenant: str, *scopes: str) -> str:
    """Make a key; without scopes it submits and reads.

    Raises:
        subprocess.CalledProcessError: The command refused.
    """
    options = [word for scope in scopes for word in ("--scope", scope)]
    command = [PROGRAM, "api-keys", "create", tenant, *options, "--data-dir", str(service.data_dir)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def revoke_key(service: Service, key: str) -> None:
    """Have a key open nothing any more, within seconds.

    Raises:
        subprocess.CalledProcessError: The command refused.
    """
    command = [PROGRAM, "api-keys", "revoke", key.split("_")[1], "--data-dir", str(service.data_dir)]
    subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
