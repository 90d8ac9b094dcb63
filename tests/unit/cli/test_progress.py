"""Progress."""

import pytest

from pixelmill.cli.progress import progress


def test_progress_is_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log of it can be read, and standard output stays free for results."""
    with progress() as report:
        report("cat.jpg", "fetching")
        report("cat.jpg", "transforming")

    captured = capsys.readouterr()
    assert captured.err == "cat.jpg: fetching\ncat.jpg: transforming\n"
    assert captured.out == ""


def test_progress_is_live_at_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each source; brackets in a name are text, not markup."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    with progress() as report:
        report("[red]cat.jpg", "fetching")
        report("[red]cat.jpg", "transforming")

    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "[red]cat.jpg transforming" in line]
