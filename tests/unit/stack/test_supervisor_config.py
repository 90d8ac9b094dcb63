"""The configuration of supervisord says what was meant, whatever is in a path."""

import shlex
from pathlib import Path

from supervisor.options import ServerOptions

from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.process import Process
from pixelmill.stack.supervisor_config import write_supervisor_config


def read(path: Path) -> ServerOptions:
    options = ServerOptions()
    options.realize(["--configuration", str(path), "--nodaemon", "--user", "root"])
    return options


def test_supervisord_reads_the_commands_as_they_were_written(tmp_path: Path) -> None:
    """Spaces, quotes and percent signs included."""
    data = DataDir(tmp_path, tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    command = ("/bin/echo", "two words", "100% 'quoted'", 'and "more"')
    path = tmp_path / "supervisord.conf"

    write_supervisor_config(path, data, tmp_path / "socket", [Process(name="echo", command=command)])

    (group,) = read(path).process_group_configs
    (program,) = group.process_configs
    assert shlex.split(program.command)[-4:] == list(command)
    assert program.autorestart
    assert not program.autostart


def test_processes_stop_in_reverse_order_of_their_start(tmp_path: Path) -> None:
    """What is used stops after its users."""
    data = DataDir(tmp_path, tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "run").mkdir()
    path = tmp_path / "supervisord.conf"
    processes = [Process(name=name, command=("/bin/true",)) for name in ("valkey", "worker", "nginx")]

    write_supervisor_config(path, data, tmp_path / "socket", processes)

    groups = sorted(read(path).process_group_configs, key=lambda group: group.priority)
    assert [group.name for group in groups] == ["valkey", "worker", "nginx"]
