"""The name servers nginx asks for the host of a bucket."""

from pathlib import Path

import pytest

from pixelmill.stack.servers.nginx import name_servers


@pytest.mark.parametrize(
    ("content", "servers"),
    [
        ("nameserver 10.0.0.2\nnameserver 10.0.0.3\n", ["10.0.0.2", "10.0.0.3"]),
        ("# nameserver 10.0.0.9\nsearch example.com\n\n  nameserver\t10.0.0.2 # ours\n", ["10.0.0.2"]),
        ("nameserver fd00::2\nnameserver fe80::1%eth0\n", ["[fd00::2]"]),
        ("options edns0\nnameserver\n", ["127.0.0.1"]),
    ],
)
def test_the_systems_are_written_as_nginx_writes_addresses(tmp_path: Path, content: str, servers: list[str]) -> None:
    """All that can be written; the machine's own if none is left."""
    (tmp_path / "resolv.conf").write_text(content)
    assert name_servers(tmp_path / "resolv.conf") == servers


def test_a_system_without_such_a_file_has_its_own(tmp_path: Path) -> None:
    """An nginx that serves from a folder has to start as well."""
    assert name_servers(tmp_path / "resolv.conf") == ["127.0.0.1"]
