"""A service that asks for keys, on its page: the key is asked for once, sent with everything, and can be forgotten."""

import re
from collections.abc import Callable
from threading import Event

import httpx
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.page.pictures import payload, picture
from tests.e2e.page.workbench import Workbench
from tests.support.answers import body, held
from tests.support.keys import create_key, revoke_key
from tests.support.service import Service
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser

WRONG = "pm_000000000000_" + "a" * 43
KEY_IS_REFUSED = "status of 401"


@pytest.fixture
def bench(open_bench: Callable[..., Workbench], locked: Service) -> Workbench:
    """The page of a service that asks for keys, as somebody without one opens it."""
    bench = open_bench(of=locked)
    bench.expect_complaint(KEY_IS_REFUSED)
    return bench


@pytest.fixture(scope="module")
def key(locked: Service) -> str:
    return create_key(locked, "shop")


def dialog(bench: Workbench) -> Locator:
    return bench.page.get_by_role("dialog")


def give(bench: Workbench, key: str) -> None:
    """Into the dialog that is open."""
    dialog(bench).get_by_label("API key").fill(key)
    dialog(bench).get_by_role("button", name="Use this key").click()


def give_by_hand(bench: Workbench, key: str) -> None:
    """With the button at the top, in exchange for the one in use."""
    bench.page.get_by_role("button", name="API key").click()
    give(bench, key)
    expect(dialog(bench)).to_be_hidden()


def hand_in(bench: Workbench, name: str) -> None:
    bench.choose(payload(name, picture(120, 80)))
    bench.fill(width="60").resize()


def history(locked: Service, key: str) -> httpx.Response:
    return httpx.get(f"{locked.base_url}/task-history", headers={"Authorization": f"Bearer {key}"})


def wait_for_trail(locked: Service, key: str) -> None:
    """It is a moment behind."""
    wait_until(lambda: history(locked, key).json()["tasks"], 10)


def test_the_key_is_asked_for_once_and_then_sent_with_everything(bench: Workbench, locked: Service, key: str) -> None:
    """A wrong one is refused in words; the right one has the upload sent again, followed, and known after a reload."""
    urls: list[str] = []
    bench.page.on("request", lambda request: urls.append(request.url))
    hand_in(bench, "locked.png")
    expect(dialog(bench)).to_have_accessible_description(re.compile("kept in this tab only"))
    expect(dialog(bench).get_by_label("API key")).to_be_focused()
    give(bench, WRONG)
    expect(dialog(bench).get_by_role("alert")).to_have_text(re.compile("^This key opens nothing"))

    give(bench, f" {key}\n")

    expect(dialog(bench)).to_be_hidden()
    bench.card("locked.png").expect_picture(60, 40)
    assert any("/events?" in url for url in urls)
    wait_for_trail(locked, key)
    bench.open()
    bench.page.get_by_role("link", name="History").click()
    expect(bench.page.locator("#history .row").first).to_be_visible()
    with bench.page.expect_download():
        bench.page.get_by_role("button", name="Download").click()
    assert key not in bench.page.content() + "".join(urls)
    assert key not in bench.page.evaluate("JSON.stringify(localStorage)")


def test_many_pictures_ask_once(bench: Workbench, key: str) -> None:
    """All that was refused is sent again with the one key."""
    bench.choose(*(payload(f"of-many-{n}.png", picture(90 + n, 60)) for n in range(6)))
    bench.fill(width="30").resize()

    give(bench, key)

    expect(bench.page.locator(".counts")).to_have_text("6 pictures: 6 ready")
    expect(dialog(bench)).to_be_hidden()


def test_who_has_no_key_may_say_so(bench: Workbench, key: str) -> None:
    """Escape leaves a card that says what is missing; with a key at hand it is tried again."""
    hand_in(bench, "later.png")
    dialog(bench).press("Escape")
    card = bench.card("later.png").expect_phase("failed")
    expect(card.trouble_title).to_have_text("This service asks for a key.")
    expect(dialog(bench)).to_be_hidden()

    card.button("Try again").click()
    give(bench, key)

    card.expect_picture(60, 40)


def test_who_declines_is_not_asked_for_each_picture(bench: Workbench, key: str) -> None:
    """Once for all that is under way; a key that is given later has all of it go on."""
    bench.choose(*(payload(f"declined-{n}.png", picture(100 + n, 60)) for n in range(6)))
    bench.fill(width="30").resize()
    dialog(bench).press("Escape")
    expect(bench.page.locator(".counts")).to_have_text("6 pictures: 6 failed")
    expect(dialog(bench)).to_be_hidden()

    give_by_hand(bench, key)

    expect(bench.page.locator(".counts")).to_have_text("6 pictures: 6 ready")


def test_a_key_is_forgotten(bench: Workbench, locked: Service, key: str) -> None:
    """Nothing of it is left, nor of what was made and shown with it; the next request asks for one."""
    hand_in(bench, "forget.png")
    give(bench, key)
    bench.card("forget.png").expect_phase("done")
    wait_for_trail(locked, key)
    bench.page.get_by_role("link", name="History").click()
    expect(bench.page.locator("#history .row").first).to_be_attached()

    bench.page.get_by_role("button", name="API key").click()
    dialog(bench).get_by_role("button", name="Forget the key and clear the results").click()

    expect(bench.page.get_by_role("status")).to_contain_text("The key is forgotten, the results are cleared.")
    expect(bench.page.locator("#history .row")).to_have_count(0)
    assert bench.page.evaluate("sessionStorage.length") == 0
    expect(bench.page.get_by_text("forget.png")).to_have_count(0)
    assert "forget" not in bench.page.evaluate("JSON.stringify(localStorage)")
    bench.open()
    expect(bench.page.get_by_role("heading", name="Your pictures appear here")).to_be_visible()
    hand_in(bench, "again.png")
    expect(dialog(bench)).to_be_visible()


def test_a_revoked_key_is_exchanged(bench: Workbench, locked: Service, key: str) -> None:
    """The page says that it opens nothing, and goes on with the next."""
    old = create_key(locked, "shop")
    hand_in(bench, "before.png")
    give(bench, old)
    bench.card("before.png").expect_phase("done")
    revoke_key(locked, old)
    wait_until(lambda: history(locked, old).status_code == httpx.codes.UNAUTHORIZED, 30)

    hand_in(bench, "after.png")

    expect(dialog(bench).get_by_role("alert")).to_have_text(re.compile("was revoked"))
    give(bench, key)
    bench.card("after.png").expect_picture(60, 40)


def test_a_keyboard_is_enough(bench: Workbench, key: str) -> None:
    """Type the key, Enter; the cursor goes back to where it was."""
    bench.choose(payload("typed.png", picture(120, 80)))
    bench.fill(width="60")
    bench.page.get_by_role("button", name="Resize", exact=True).press("Enter")
    expect(dialog(bench).get_by_label("API key")).to_be_focused()

    bench.page.keyboard.type(key)
    bench.page.keyboard.press("Enter")

    bench.card("typed.png").expect_picture(60, 40)
    expect(bench.page.get_by_role("button", name="Resize", exact=True)).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_in_the_dialog(
    open_bench: Callable[..., Workbench], locked: Service, theme: str, width: int
) -> None:
    """Nor does a phone scroll sideways, also with an error shown."""
    bench = open_bench(of=locked, color_scheme=theme, viewport={"width": width, "height": 700})
    bench.expect_complaint(KEY_IS_REFUSED)
    hand_in(bench, "axe.png")
    expect(dialog(bench)).to_be_visible()
    bench.check_accessible()

    give(bench, "two words")

    expect(dialog(bench).get_by_role("alert")).to_have_text(re.compile("^This is no key"))
    bench.check_accessible()
    assert not bench.scrolls_sideways()


def test_a_key_that_may_not_look_says_so(bench: Workbench, locked: Service, key: str) -> None:
    """The operator's view and the history name what is missing, and open with a key that has it."""
    bench.expect_complaint("status of 403")
    bench.page.get_by_role("link", name="Operation").click()
    dialog(bench).press("Escape")
    message = bench.page.locator(".operate-message")
    expect(message).to_have_text("This service asks for a key.")
    give_by_hand(bench, key)
    expect(message).to_have_text(re.compile("^Your key may not operate the service."))
    expect(bench.page.get_by_role("heading", name="Waiting")).to_be_hidden()
    bench.check_accessible()

    give_by_hand(bench, create_key(locked, "ops", "operate"))

    expect(message).to_be_hidden()
    expect(bench.page.locator(".waiting")).to_have_text(re.compile(r"^\d+$"))
    bench.page.get_by_role("link", name="History").click()
    expect(bench.page.get_by_text("Your key may not read the history.").first).to_be_visible()


def test_a_picture_that_the_key_may_not_follow_goes_on(bench: Workbench, locked: Service, key: str) -> None:
    """It is said, and followed on with a key that may."""
    bench.expect_complaint("status of 403")
    release = Event()
    url = locked.origin.serve("/unseen.png", held(body(picture(120, 80)), release))
    card = bench.fill(width="60").resize_url(url)
    give(bench, create_key(locked, "shop", "submit"))
    expect(card.trouble_advice).to_have_text(re.compile("^The picture is being made"))
    release.set()

    give_by_hand(bench, key)

    card.expect_picture(60, 40)


def test_a_service_without_keys_shows_nothing_of_them(open_bench: Callable[..., Workbench], service: Service) -> None:
    """Neither a button nor a dialog, in any view."""
    bench = open_bench(of=service)
    hand_in(bench, "open.png")
    bench.card("open.png").expect_phase("done")
    for view in ("History", "Operation"):
        bench.page.get_by_role("link", name=view).click()
        expect(bench.page.get_by_role("heading", level=1, name=view)).to_be_focused()
    expect(bench.page.locator(".waiting")).to_have_text(re.compile(r"^\d+$"))

    expect(bench.page.get_by_role("button", name="API key")).to_be_hidden()
    expect(dialog(bench)).to_be_hidden()
