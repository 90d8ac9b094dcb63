"""`submit` and `status` against a real api and queue. Images made and saved are tried in `test_images.py`."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from pixelmill.domain.task import Task
from tests.integration.cli.conftest import PROGRAM, Run
from tests.support.api_server import ApiServer
from tests.support.toy_worker import HELD, MISSING, UNREACHABLE, ToyWorker
from tests.support.wait import wait_until

URL = f"{HELD}cat.jpg"
UNKNOWN_ID = "0" * 32


def test_no_wait_prints_the_task_id(run: Run, api: ApiServer) -> None:
    """One line that a script can keep; the task goes on without us."""
    submitted = run("submit", URL, "--width", "80", "--no-wait", "--server", api.url)

    assert submitted.returncode == 0, submitted.stderr
    status = run("status", submitted.stdout.strip(), "--json", "--server", api.url)
    task = Task.model_validate_json(status.stdout)
    assert (task.task_id, task.status, task.source.image_url) == (submitted.stdout.strip(), "pending", URL)


def test_the_name_of_the_result_asks_for_its_format(run: Run, api: ApiServer) -> None:
    """It is the same request as one that says so: the two share a task."""
    named = run("submit", URL, "--width", "82", "--output", "small.webp", "--no-wait", "--server", api.url)
    said = run("submit", URL, "--width", "82", "--format", "webp", "--no-wait", "--server", api.url)

    assert named.returncode == 0, named.stderr
    assert named.stdout == said.stdout


def test_several_sources_are_several_tasks(run: Run, api: ApiServer, tmp_path: Path) -> None:
    """Files are uploaded, URLs are not; the order stays."""
    (tmp_path / "dog.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    submitted = run("submit", URL, "dog.png", "--width", "80", "--no-wait", "--json", "--server", api.url)

    assert submitted.returncode == 0, submitted.stderr
    lines = [json.loads(line) for line in submitted.stdout.splitlines()]
    assert [(line["source"], line["task"]["source"]["image_url"]) for line in lines] == [(URL, URL), ("dog.png", None)]


def test_a_failed_task_fails_the_command(run: Run, api: ApiServer, toy_worker: ToyWorker) -> None:
    """With the words of the error, and 1 as the exit code; nothing is printed as a result."""
    submitted = run("submit", f"{MISSING}cat.jpg", "--width", "80", "--server", api.url)

    assert submitted.returncode == 1
    assert submitted.stdout == ""
    assert submitted.stderr.splitlines()[-1] == f"{MISSING}cat.jpg: failed: The origin answered 404."


def test_one_bad_source_of_many_is_told(run: Run, api: ApiServer, toy_worker: ToyWorker, tmp_path: Path) -> None:
    """The others are submitted and waited for; what is wrong for all of them is said once."""
    sources = (f"{MISSING}1.jpg", "http://user@example.com/a.jpg", f"{MISSING}2.jpg")
    submitted = run("submit", *sources, "--width", "80", "--json", "--server", api.url)

    assert submitted.returncode == 1
    lines = [json.loads(line) for line in submitted.stdout.splitlines()]
    assert [(line["source"], line["error"]["code"]) for line in lines] == [
        (sources[0], "source_not_found"),
        (sources[1], "invalid_request"),
        (sources[2], "source_not_found"),
    ]
    assert "http://user@example.com/a.jpg: failed: image_url: " in submitted.stderr
    refused = run("submit", *sources, "--preset", "huge", "--server", api.url)
    assert (refused.returncode, refused.stderr.count("received")) == (2, 1)


def test_a_list_of_sources_is_submitted(run: Run, api: ApiServer, tmp_path: Path) -> None:
    """From standard input, one a line, at once; the ids come in their order."""
    urls = [f"{HELD}list/{number}.jpg" for number in range(20)]
    (tmp_path / "list").write_text("\n".join(urls))
    with (tmp_path / "list").open() as lines:
        submitted = run("submit", "-", "--width", "80", "--no-wait", "--json", "--server", api.url, stdin=lines)

    assert submitted.returncode == 0, submitted.stderr
    assert [json.loads(line)["source"] for line in submitted.stdout.splitlines()] == urls


def test_ctrl_c_ends_it_at_once(api: ApiServer, tmp_path: Path) -> None:
    """However many are waited for; the code is that of an interrupt, and the tasks are not lost."""
    urls = [f"{HELD}interrupted/{number}" for number in range(5)]
    command = [str(PROGRAM), "submit", *urls, "--width", "80", "--server", api.url]
    with (tmp_path / "log").open("w+") as log, subprocess.Popen(command, stderr=log) as process:
        wait_until(lambda: (tmp_path / "log").read_text().count("queued") == 5, timeout_seconds=30)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
    assert (tmp_path / "log").read_text().splitlines()[-1] == (
        "pixelmill: interrupted; what was submitted goes on: the same command (without --refresh) takes it up again, "
        "pixelmill history lists it"
    )


def test_cancel_ends_a_task(run: Run, api: ApiServer) -> None:
    """Says how it stands then; a second time too, and 4 for what is no task."""
    task_id = run("submit", URL, "--width", "84", "--no-wait", "--server", api.url).stdout.strip()
    canceled = run("cancel", task_id, "--server", api.url)

    assert canceled.returncode == 0, canceled.stderr
    assert "status   canceled" in canceled.stdout.splitlines()
    again = run("cancel", task_id, "--json", "--server", api.url)
    assert Task.model_validate_json(again.stdout).status == "canceled"
    assert run("cancel", UNKNOWN_ID, "--server", api.url).returncode == 4


def test_a_finished_task_cannot_be_canceled(run: Run, api: ApiServer, toy_worker: ToyWorker) -> None:
    """1, and a sentence."""
    task_id = run("submit", f"{MISSING}b.jpg", "--width", "80", "--no-wait", "--server", api.url).stdout.strip()
    run("status", task_id, "--wait", "--server", api.url)
    canceled = run("cancel", task_id, "--server", api.url)

    assert (canceled.returncode, canceled.stdout) == (1, "")
    assert canceled.stderr == "pixelmill: The task has failed already.\n"


def test_dead_letters_are_listed_and_started_again(run: Run, api: ApiServer, toy_worker: ToyWorker) -> None:
    """One a line, with what an operator asks first; then one by one, or all."""
    url = f"{UNREACHABLE}cat.jpg"
    task_id = run("submit", url, "--width", "80", "--no-wait", "--server", api.url).stdout.strip()
    run("status", task_id, "--wait", "--server", api.url)
    listed = run("dead-letters", "list", "--server", api.url)
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith(task_id)]

    assert line.split()[2:] == ["3", "source_unreachable", url]
    requeued = run("dead-letters", "requeue", task_id, "--json", "--server", api.url)
    assert Task.model_validate_json(requeued.stdout).status == "pending"
    run("status", task_id, "--wait", "--server", api.url)
    all_of_them = run("dead-letters", "requeue", "--all", "--server", api.url)
    assert all_of_them.stdout == "1 requeued\n"


@pytest.mark.parametrize("arguments", [(), (UNKNOWN_ID, "--all")])
def test_requeue_takes_an_id_or_all(run: Run, api: ApiServer, arguments: tuple[str, ...]) -> None:
    """Neither is no way to say all, and both contradict each other."""
    refused = run("dead-letters", "requeue", *arguments, "--server", api.url)

    assert (refused.returncode, refused.stderr) == (2, "pixelmill: expected either a task id or --all\n")


def test_status_tells_a_failure(run: Run, api: ApiServer, toy_worker: ToyWorker) -> None:
    """As submit does: 1 where the task has failed."""
    task_id = run("submit", f"{MISSING}a.jpg", "--width", "80", "--no-wait", "--server", api.url).stdout.strip()
    status = run("status", task_id, "--wait", "--server", api.url)

    assert status.returncode == 1
    assert "status   failed" in status.stdout
    assert "The origin answered 404." in status.stdout


def test_json_has_the_task_of_the_api(run: Run, api: ApiServer, toy_worker: ToyWorker) -> None:
    """The same representation everywhere, also for a failed one, beside what was given."""
    submitted = run("submit", f"{MISSING}b.jpg", "--width", "80", "--json", "--server", api.url)

    line = json.loads(submitted.stdout)
    assert (line["source"], line["error"]["code"]) == (f"{MISSING}b.jpg", "source_not_found")
    assert Task.model_validate(line["task"]).status == "failed"


def test_the_wait_has_an_end(run: Run, api: ApiServer) -> None:
    """Nobody works here; the sentence says which task to ask for later."""
    submitted = run("submit", URL, "--width", "81", "--timeout", "1", "--server", api.url)

    assert submitted.returncode == 3
    assert "has not ended within 1 s" in submitted.stderr


def test_a_preset_is_the_services(run: Run, api: ApiServer) -> None:
    """It knows its own; what holds for all variants goes along."""
    asked = ("submit", URL, "--preset", "responsive", "--no-wait", "--server", api.url)

    plain, gray, again = (run(*asked, *more) for more in ((), ("--grayscale",), ()))

    assert plain.returncode == 0, plain.stderr
    assert plain.stdout == again.stdout != gray.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("submit", "ftp://example.com/a.jpg", "--width", "8"), 2, "is neither a file, a folder nor a URL"),
        (("submit", "http://user@example.com/a.jpg", "--width", "8"), 2, "image_url: "),
        (("submit", URL), 2, "expected width, height or both"),
        (("submit", URL, URL + "?2", "--width", "8", "--output", "one.png"), 2, "expected an existing folder"),
        (("submit", URL, "--width", "8", "--output", "missing/one.png"), 2, "the folder missing does not exist"),
        (("submit", URL, "--preset", "huge"), 2, 'expected responsive for preset, received "huge"'),
        (("submit", URL, "--preset", "responsive", "--width", "8"), 2, "parameters.width: expected none"),
        (("submit", URL, "--preset", "responsive", "--output", "a.png"), 2, "expected an existing folder"),
        (("status", UNKNOWN_ID), 4, "pixelmill: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_is_a_sentence(
    run: Run, api: ApiServer, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    """What was wrong, on standard error, with a code of its own."""
    ended = run(*arguments, "--server", api.url)

    assert (ended.returncode, ended.stdout) == (code, "")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_service_that_does_not_answer_is_told(run: Run) -> None:
    """After some tries: it may be starting."""
    ended = run("status", UNKNOWN_ID, "--server", "http://127.0.0.1:9")

    assert ended.returncode == 3
    assert ended.stderr == (
        "pixelmill: http://127.0.0.1:9 does not answer. Is it running (`pixelmill up`)? "
        "If it is elsewhere, set PIXELMILL_SERVER or --server.\n"
    )


def test_the_server_comes_from_the_environment(run: Run, api: ApiServer) -> None:
    """So that it is named once."""
    assert run("status", UNKNOWN_ID, PIXELMILL_SERVER=api.url).returncode == 4


@pytest.mark.parametrize("server", ["127.0.0.1:8477", "localhost", "ftp://127.0.0.1", "http://"])
def test_an_address_without_a_scheme_is_refused(run: Run, server: str) -> None:
    """Nobody is asked: it is a mistake of the caller, and no outage."""
    for ended in (run("status", UNKNOWN_ID, PIXELMILL_SERVER=server), run("watch", "--once", "--server", server)):
        assert ended.returncode == 2
        assert "expected http:// or https:// and a host" in ended.stderr
