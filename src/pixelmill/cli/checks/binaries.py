"""The servers that `pixelmill up` starts from wheels: are they there, do they run, which version are they."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from pixelmill.cli.checks.finding import Finding, ok, problem, warning
from pixelmill.stack.failures import ServerMissing
from pixelmill.stack.servers import nginx, postgres, valkey

ANSWER_SECONDS: Final = 10.0

_BINARIES: Final[dict[str, tuple[Callable[[], Path], str]]] = {
    "valkey": (valkey.binary, "--version"),
    "postgres": (partial(postgres.programs, "postgres"), "--version"),
    "nginx": (nginx.binary, "-v"),
}
_OPTIONAL: Final = {"prometheus": "prometheus", "redis_exporter": "prometheus-redis-exporter"}


def check() -> Iterator[Finding]:
    """Run each binary for its version; look for what is started only where it is found."""
    for name, (find, version_option) in _BINARIES.items():
        yield _run(name, find, version_option)
    for name, package in _OPTIONAL.items():
        if not any(shutil.which(program) for program in (name, package)):
            yield warning(name, "not on PATH, so it is not started", f"Install it, on Debian: apt install {package}")


def _run(name: str, find: Callable[[], Path], version_option: str) -> Finding:
    about = f"{name} from its wheel"
    try:
        answer = subprocess.run(  # noqa: S603 - the path is that of an installed wheel
            [find(), version_option], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=True
        )
    except ServerMissing as error:
        return problem(about, str(error), "pip install 'pixelmill[up]'")
    except (OSError, subprocess.SubprocessError) as error:
        return problem(about, f"does not run: {error}", "pip install --force-reinstall 'pixelmill[up]'")
    return ok(about, (answer.stdout or answer.stderr).strip().splitlines()[0])
