"""How commands end."""

from importlib import import_module

import httpx
import pytest
import typer

from pixelmill.cli.exits import HELP, MEANINGS, ExitCode, plain_errors
from pixelmill.client import ApiProblem, ClientError, DownloadDamaged, ServiceUnreachable
from pixelmill.domain.errors import PixelmillError, QueueUnavailable, SourceNotAnImage, TaskExpired, UnsupportedFormat
from pixelmill.settings import SettingsError


def api_problem(code: str, status: int) -> ApiProblem:
    body = {
        "title": "A title",
        "detail": "As in `Authorization: Bearer`." if status == 401 else "What happened.",
        "code": code,
        "retryable": False,
    }
    return ApiProblem.of(httpx.Response(status, json=body))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (api_problem("invalid_request", 422), ExitCode.USAGE),
        (api_problem("task_not_found", 404), ExitCode.GONE),
        (api_problem("task_expired", 410), ExitCode.GONE),
        (api_problem("task_finished", 409), ExitCode.FAILED),
        (api_problem("route_not_found", 404), ExitCode.GONE),
        (api_problem("rate_limited", 429), ExitCode.UNREACHABLE),
        (api_problem("queue_full", 503), ExitCode.UNREACHABLE),
        (api_problem("code_of_a_newer_service", 422), ExitCode.USAGE),
        (api_problem("code_of_a_newer_service", 500), ExitCode.UNREACHABLE),
        (ServiceUnreachable("no answer"), ExitCode.UNREACHABLE),
        (DownloadDamaged("other bytes"), ExitCode.FAILED),
        (TimeoutError("not ended in time"), ExitCode.UNREACHABLE),
        (SettingsError("PIXELMILL_API_PORT: expected a port"), ExitCode.USAGE),
        (UnsupportedFormat("BMP is not decoded here."), ExitCode.FAILED),
        (SourceNotAnImage(), ExitCode.FAILED),
        (QueueUnavailable(), ExitCode.UNREACHABLE),
        (TaskExpired(), ExitCode.GONE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
    ids=lambda value: value.name if isinstance(value, ExitCode) else type(value).__name__,
)
def test_an_expected_failure_is_a_sentence_and_an_exit_code(
    error: BaseException, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, nothing on standard output, and a code that a script can tell apart."""
    with pytest.raises(typer.Exit) as ended, plain_errors():
        raise error

    captured = capsys.readouterr()
    assert ended.value.exit_code == code
    assert captured.out == ""
    assert captured.err.startswith("pixelmill: ")
    assert len(captured.err.splitlines()) == 1


def test_what_the_user_reads_is_the_public_detail(capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogue has words for every failure; they are not replaced by others."""
    with pytest.raises(typer.Exit), plain_errors():
        raise UnsupportedFormat("BMP is not decoded here.")

    assert capsys.readouterr().err == "pixelmill: BMP is not decoded here.\n"


@pytest.mark.parametrize(
    ("error", "code", "remedy"),
    [
        (api_problem("api_key_required", 401), ExitCode.USAGE, "PIXELMILL_API_KEY or --api-key"),
        (api_problem("invalid_api_key", 401), ExitCode.USAGE, "PIXELMILL_API_KEY or --api-key"),
        (api_problem("insufficient_scope", 403), ExitCode.USAGE, "PIXELMILL_API_KEY or --api-key"),
        (ServiceUnreachable("http://a does not answer."), ExitCode.UNREACHABLE, "PIXELMILL_SERVER or --server"),
    ],
    ids=["no key", "no such key", "a key for something else", "no answer"],
)
def test_what_the_command_line_can_mend_is_told_with_the_remedy(
    error: ClientError, code: ExitCode, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In its own terms: nobody at a terminal writes headers."""
    with pytest.raises(typer.Exit) as ended, plain_errors():
        raise error

    assert ended.value.exit_code == code
    said = capsys.readouterr().err
    assert remedy in said
    assert "Bearer" not in said


def test_a_bug_keeps_its_traceback() -> None:
    """Whoever meets a bug has something to report."""
    with pytest.raises(ZeroDivisionError), plain_errors():
        _ = 1 / 0


def test_a_missing_extra_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The client alone is installed: the other commands say what they need."""
    with pytest.raises(typer.Exit) as ended, plain_errors():
        import_module("no_such_module")

    assert ended.value.exit_code == ExitCode.USAGE
    assert capsys.readouterr().err == (
        "pixelmill: no_such_module is not installed, which this command needs: pip install 'pixelmill[up]'\n"
    )


def test_a_missing_module_of_ours_is_a_bug() -> None:
    """No extra would bring it."""
    with pytest.raises(ModuleNotFoundError), plain_errors():
        import_module("pixelmill.no_such_module")


def test_every_exit_code_is_documented() -> None:
    """The help is where a script's author looks."""
    assert set(MEANINGS) == set(ExitCode)
    assert all(f"{code.value}  {meaning}" in HELP for code, meaning in MEANINGS.items())


def test_every_error_of_the_catalogue_ends_a_command() -> None:
    """A new error cannot be forgotten: its fault decides."""
    for error in PixelmillError.__subclasses__():
        if error.__init__ is PixelmillError.__init__:
            with pytest.raises(typer.Exit), plain_errors():
                raise error
