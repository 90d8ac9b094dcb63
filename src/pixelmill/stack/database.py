"""Prepares the embedded Postgres: who it runs as, and its cluster, made once and whole."""

import os
import shutil
import subprocess
from pathlib import Path

from pixelmill.stack import guardian
from pixelmill.stack.data_dir import DataDir
from pixelmill.stack.failures import NotPermitted, ProcessFailed
from pixelmill.stack.last_words import last_words
from pixelmill.stack.process import Identity, Process
from pixelmill.stack.servers import postgres
from pixelmill.stack.servers.postgres import Cluster

INITIALIZE_SECONDS = 120


def prepare_cluster(data: DataDir) -> Cluster:
    """The cluster of a data directory, made if there is none.

    Raises:
        NotPermitted: As root: it cannot be run as anybody else here.
        ProcessFailed: The cluster could not be made.
    """
    cluster = _as_permitted(data)
    if not cluster.data_dir.exists():
        _make(cluster, data)
    cluster.forget_last_run()
    return cluster


def _as_permitted(data: DataDir) -> Cluster:
    identity = postgres.usual_identity()
    if identity is Identity.NAMESPACE and not _may_become(identity):
        return _for_nobody(data)
    return Cluster(data.root / "postgres", data.sockets, identity, postgres.programs("postgres").parent)


def _may_become(identity: Identity, *needed: Path) -> bool:
    """Whether a process of ours can take an identity, and can then read and enter all of `needed`."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == 0
    try:
        guardian.take_identity(identity)
        os._exit(0 if all(os.access(path, os.R_OK | os.X_OK) for path in needed) else 1)
    except (OSError, KeyError):
        os._exit(1)


def _for_nobody(data: DataDir) -> Cluster:
    """Where root may not make user namespaces: let the user `nobody` in as far as its files.

    Only passage is given, not listing. Programs that `nobody` cannot read (an environment under /root) are copied.
    """
    for folder in (data.root, data.sockets):
        folder.chmod(0o711)
    sockets = data.sockets / "postgres"
    sockets.mkdir(mode=0o700, exist_ok=True)
    clusters = data.folder("postgres-of-nobody")
    programs = postgres.programs("postgres").parent
    if not _may_become(Identity.NOBODY, programs / "postgres"):
        programs = _copy_programs(programs, data.folder("postgres-programs"))
    for path in (sockets, clusters):
        shutil.chown(path, "nobody")
    if not _may_become(Identity.NOBODY, programs / "postgres", clusters, sockets):
        raise NotPermitted(
            f"Postgres does not run as root, user namespaces are blocked here, and the user nobody cannot enter "
            f"{data.root}: choose a --data-dir such as /var/lib/pixelmill, or run as a normal user."
        )
    data.password()
    shutil.chown(data.password_file, "nobody")
    return Cluster(clusters / "data", sockets, Identity.NOBODY, programs)


def _copy_programs(programs: Path, destination: Path) -> Path:
    """Copy the server with the libraries beside its package, which it finds by their relative place."""
    package = programs.parents[1]
    destination.chmod(0o755)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, destination / folder.name, dirs_exist_ok=True)
    return destination / programs.relative_to(package.parent)


def _make(cluster: Cluster, data: DataDir) -> None:
    """Make the cluster under another name: one that was interrupted is made again."""
    data.password()
    unfinished = cluster.data_dir.with_name("unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    draft = Cluster(unfinished, cluster.socket_dir, cluster.identity, cluster.programs_dir)
    _run(draft.initialization(data.password_file), data)
    _run(draft.statements(), data, statements=f"CREATE DATABASE {postgres.DATABASE};\n")
    unfinished.rename(cluster.data_dir)


def _run(process: Process, data: DataDir, statements: str = "") -> None:
    with (data.logs / "postgres.log").open("ab") as log:
        try:
            subprocess.run(  # noqa: S603 - the command is ours
                process.guarded(hold=data.run),
                input=statements.encode(),
                stdout=log,
                stderr=log,
                timeout=INITIALIZE_SECONDS,
                check=True,
            )
        except subprocess.SubprocessError as error:
            raise ProcessFailed(f"the database could not be made: {last_words(data, 'postgres')}") from error
