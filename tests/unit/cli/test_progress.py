"""Progress."""

import re

import pytest

from pixelmill.cli.progress import progress


def test_progress_is_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log of it can be read: each state once, however far it is. Standard output is for results."""
    with progress(2) as display:
        display.tell("cat.jpg", "fetching", 0.1)
        display.tell("cat.jpg", "fetching", 0.2)
        display.tell("cat.jpg", "transforming")
        display.result("cat-8x6.jpg")
        display.end("cat.jpg", "saved", "markup saved")

    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "cat.jpg: fetching",
        "cat.jpg: transforming",
        "cat.jpg: saved",
        "cat.jpg: markup saved",
    ]
    assert captured.out == "cat-8x6.jpg\n"


def at_terminal(monkeypatch: pytest.MonkeyPatch, *streams: str) -> None:
    """To be called in the test: pytest's streams are others before."""
    for stream in streams:
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")


def test_progress_is_bars_at_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each source that is worked on, and one for all; brackets in a name are text, not markup."""
    at_terminal(monkeypatch, "stderr")
    with progress(2) as display:
        display.tell("[red]cat.jpg", "fetching", 0.5)
        display.tell("dog.jpg", "queued")
        display.end("dog.jpg", "saved as dog-8x6.jpg")

    shown = capsys.readouterr().err
    assert "[red]cat.jpg" in shown
    assert "fetching" in shown
    assert "1 of 2" in shown
    assert "dog.jpg: saved as dog-8x6.jpg" in shown


def test_one_source_has_one_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no more to all than to it."""
    at_terminal(monkeypatch, "stderr")
    with progress(1) as display:
        display.tell("cat.jpg", "fetching")

    assert " of 1" not in capsys.readouterr().err


def test_bars_leave_room_for_an_interrupt(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal shows ^C at their end; they go away, then, and what was told stays."""
    at_terminal(monkeypatch, "stderr")

    def be_interrupted() -> None:
        with progress(2) as display:
            display.tell("cat.jpg", "queued")
            display.end("dog.jpg", "saved")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    shown = capsys.readouterr().err
    drawn = re.split(r"[\r\n]+", re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", shown))
    assert max(len(line) for line in drawn if "of 2" in line) == 100 - 3
    assert "dog.jpg: saved" in shown
    # The end of it is to go up and erase, line by line.
    assert shown.endswith("\x1b[1A\x1b[2K" * 2)


def test_results_wait_for_the_terminal_to_be_free(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars and results on one screen would be neither; into a file they go at once."""
    at_terminal(monkeypatch, "stderr")
    with progress(1) as display:
        display.result("to a file")
        assert capsys.readouterr().out == "to a file\n"

    at_terminal(monkeypatch, "stdout")
    with progress(1) as display:
        display.result("to the screen")
        assert capsys.readouterr().out == ""
    assert capsys.readouterr().out == "to the screen\n"
