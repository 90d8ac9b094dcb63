"""`POST /queue-task` over real HTTP, on a real queue."""

import hashlib
from collections.abc import Callable

import httpx
import pytest

from tests.support.api_server import ApiServer
from tests.support.toy_worker import HELD, MISSING, ToyWorker

Submit = Callable[..., httpx.Response]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.fixture
def submit(http: httpx.Client, request: pytest.FixtureRequest) -> Submit:
    """Submit a source of this test's own."""

    def submit(
        base: str = "https://example.com/", headers: dict[str, str] | None = None, **more: object
    ) -> httpx.Response:
        url = base + request.node.name
        return http.post("/queue-task", json={"image_url": url, "parameters": {"width": 100}} | more, headers=headers)

    return submit


def test_a_new_task_is_accepted_and_can_be_followed(submit: Submit, http: httpx.Client) -> None:
    """202 says where the task is followed and when to ask, and the same task is found there."""
    accepted = submit()
    assert accepted.status_code == 202
    assert accepted.headers["Location"] == f"/task-status/{accepted.json()['task_id']}"
    assert accepted.headers["Retry-After"] == "1"
    assert accepted.json()["status"] == "pending"
    followed = http.get(accepted.headers["Location"])
    assert followed.json() == accepted.json()
    assert followed.headers["ETag"] == accepted.headers["ETag"]


def test_equal_requests_share_one_task(submit: Submit, http: httpx.Client) -> None:
    """Defaults and forms of the URL make no difference; another width does."""
    first = submit()
    url = first.json()["source"]["image_url"].replace("https://example.com", "HTTPS://EXAMPLE.COM:443")
    again = http.post("/queue-task", json={"image_url": url, "variants": {"image": {"width": 100, "fit": "cover"}}})
    assert again.json()["task_id"] == first.json()["task_id"]
    assert submit(parameters={"width": 101}).json()["task_id"] != first.json()["task_id"]


def test_a_preset_is_a_set_of_variants_with_markup(http: httpx.Client, worker: ToyWorker) -> None:
    """Equal requests share a task; the same variants spelled out are it, too, if they are to have markup."""
    asked = {"image_url": "https://example.com/preset", "preset": "responsive"}
    made = http.post("/queue-task", json=asked, headers={"Prefer": "wait=10"}).json()
    assert list(made["result"]["variants"])[:2] == ["avif-320", "avif-640"]
    assert made["result"]["markup"]["picture"].startswith("<picture>")

    again = http.post("/queue-task", json=asked | {"parameters": {"grayscale": False}})
    assert (again.json()["task_id"], again.json()["cached"]) == (made["task_id"], True)

    spelled_out = {
        f"{name}-{width}": {"width": width, "format": name, "without_enlargement": True}
        for name in ("avif", "webp", "jpeg")
        for width in (320, 640, 960, 1280, 1920)
    }
    plain = {"image_url": asked["image_url"], "variants": spelled_out}
    other = http.post("/queue-task", json=plain, headers={"Prefer": "wait=10"}).json()
    assert other["task_id"] != made["task_id"]
    assert other["result"]["variants"].keys() == made["result"]["variants"].keys()
    assert other["result"]["markup"] is None

    same = http.post("/queue-task", json=plain | {"markup": True}).json()
    assert (same["task_id"], same["cached"], same["result"]) == (made["task_id"], True, made["result"])


def test_one_image_has_no_markup(submit: Submit) -> None:
    """It is refused by the field's name, not ignored."""
    answer = submit(markup=True)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"] == [
        {"field": "markup", "detail": "expected variants or a preset beside it: one image is not a set"}
    ]


@pytest.mark.parametrize("task_json", ['{"preset": "responsive"}', '{"variants": {"a": {"width": 7}}, "markup": true}'])
def test_an_upload_may_ask_for_a_set_with_markup(http: httpx.Client, worker: ToyWorker, task_json: str) -> None:
    """In its JSON part."""
    task = (None, task_json, "application/json")
    answer = http.post("/queue-task", files={"image": ("a.png", PNG), "task": task}, headers={"Prefer": "wait=10"})
    assert answer.json()["result"]["markup"]["srcset"].keys() == {"webp"}, answer.text


def test_a_finished_task_is_answered_at_once_as_cached(submit: Submit, worker: ToyWorker) -> None:
    """200 with the result, without new work; before that, whoever waits gets it as fresh."""
    fresh = submit(headers={"Prefer": "wait=10"})
    assert (fresh.status_code, fresh.json()["status"], fresh.json()["cached"]) == (200, "completed", False)
    assert fresh.headers["Preference-Applied"] == "wait=10"
    cached = submit()
    assert (cached.status_code, cached.json()["cached"]) == (200, True)
    assert cached.json()["finished_at"] == fresh.json()["finished_at"]
    assert "Retry-After" not in cached.headers


def test_refresh_makes_it_anew(submit: Submit, worker: ToyWorker) -> None:
    """`refresh` runs a finished task again, under the same id."""
    first = submit(headers={"Prefer": "wait=10"})
    again = submit(headers={"Prefer": "wait=10"}, refresh=True)
    assert again.json()["task_id"] == first.json()["task_id"]
    assert again.json()["finished_at"] > first.json()["finished_at"]
    assert again.json()["cached"] is False


def test_a_wait_that_is_too_short_answers_202(submit: Submit, worker: ToyWorker) -> None:
    """The wait ends with the task as it stands."""
    answer = submit(HELD, headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=1")
    for _ in range(3):
        worker.step()


def test_a_failed_task_is_a_successful_answer(submit: Submit, worker: ToyWorker) -> None:
    """What failed is the task, not the request: 200, with the task's error."""
    answer = submit(MISSING, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "failed"
    assert answer.json()["error"]["code"] == "source_not_found"


def test_several_variants(submit: Submit, worker: ToyWorker) -> None:
    """Each named variant is made."""
    variants = {"small": {"width": 10}, "large": {"width": 20}}
    answer = submit(parameters=None, variants=variants, headers={"Prefer": "wait=10"})
    assert {name: made["width"] for name, made in answer.json()["result"]["variants"].items()} == {
        "small": 10,
        "large": 20,
    }


def test_an_upload_is_stored_and_named_by_its_bytes(http: httpx.Client, api: ApiServer, worker: ToyWorker) -> None:
    """Equal bytes are one source, whatever the file's name; the store has them once and no temporary file stays."""
    task = (None, '{"parameters": {"width": 7}}', "application/json")
    first = http.post("/queue-task", files={"image": ("a.png", PNG), "task": task}, headers={"Prefer": "wait=10"})
    assert (first.status_code, first.json()["status"]) == (200, "completed")
    again = http.post("/queue-task", files={"image": ("../../b.png", PNG), "task": task})
    assert (again.json()["task_id"], again.json()["cached"]) == (first.json()["task_id"], True)
    stored = [path for path in (api.folder / "store" / "uploads").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in stored if path.name == hashlib.sha256(PNG).hexdigest()] == [PNG]
    assert api.received_files() == []


def test_the_task_part_may_have_a_file_name(http: httpx.Client) -> None:
    """Browsers give one to every part that has a type."""
    task = ("blob", b'{"parameters": {"width": 8}}', "application/json")
    assert http.post("/queue-task", files={"image": ("a.png", PNG), "task": task}).status_code == 202
