"""What a process wrote last: most often why it ended."""

from pathlib import Path

from pixelmill.stack.data_dir import DataDir

_TAIL_BYTES = 4096


def last_words(data: DataDir, name: str) -> str:
    """The last line of a process' log, and where the rest is."""
    log = data.logs / f"{name}.log"
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    return f"{lines[-1].strip() if lines else 'it said nothing'} (see {log})"


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        return file.read().decode(errors="replace")
