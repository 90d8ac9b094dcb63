"""The page's rules without its looks: modules are imported into a real page and asked."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from pixelmill.domain.errors import CATALOGUE
from pixelmill.domain.transformation import Transformation
from tests.e2e.page.workbench import Workbench, opened_bench
from tests.support.service import Service

pytestmark = pytest.mark.browser

OF_OTHER_CALLERS = {
    "api_key_not_found",
    "delivery_not_found",
    "idempotency_key_in_use",
    "idempotency_key_reused",
    "invalid_signature",
    "result_pending",
    "signature_expired",
}
"""Errors of routes and headers that the page does not use."""

OPTIONS = {
    "width": "300",
    "height": "200",
    "fit": "cover",
    "position": "left top",
    "background": "#ff0000",
    "withoutEnlargement": True,
    "format": "webp",
    "quality": 70,
}


@pytest.fixture(scope="module")
def bench(browser: Browser, service: Service) -> Iterator[Workbench]:
    """One page for all: pure functions leave no trace on it."""
    with opened_bench(browser, service) as opened:
        yield opened


def call(bench: Workbench, module: str, function: str, *arguments: object) -> object:
    """What a function of a module answers."""
    script = "async ([module, name, args]) => (await import(`/js/${module}.js`))[name](...args)"
    return bench.page.evaluate(script, [module, function, list(arguments)])


def test_every_error_of_the_service_has_words(bench: Workbench) -> None:
    """None is missing, none is left over."""
    words = bench.page.evaluate("import('/js/words.js').then(({WORDS}) => WORDS)")

    assert set(words) == set(CATALOGUE) - OF_OTHER_CALLERS
    assert all(title.endswith(".") and advice for title, advice in words.values())


def test_an_error_of_a_newer_service_keeps_its_own_words(bench: Workbench) -> None:
    """The page never stays silent."""
    error = {"code": "brand_new", "title": "A new thing", "detail": "Do this.", "retryable": False}

    assert call(bench, "words", "explain", error) == {"title": "A new thing.", "advice": "Do this."}


@pytest.mark.parametrize("field", [*Transformation.model_fields, "image_url", "image"])
def test_every_field_of_a_request_has_its_place(bench: Workbench, field: str) -> None:
    """What the service refuses is shown at the control it is about; what the form does not ask for, at the button."""
    name = field if field.startswith("image") else f"parameters.{field}"
    is_asked = bench.page.locator(f"[name={field}]:not([type=checkbox])").count() > 0

    assert call(bench, "field-errors", "placeOf", name) == (field if is_asked else "form")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"width": 300, "height": 200, "fit": "cover", "position": "left top", "format": "webp", "quality": 70}),
        ({"height": ""}, {"width": 300, "format": "webp", "quality": 70}),
        ({"fit": "fill"}, {"width": 300, "height": 200, "fit": "fill", "format": "webp", "quality": 70}),
        ({"quality": None, "height": ""}, {"width": 300, "format": "webp"}),
        ({"format": "png", "height": ""}, {"width": 300, "format": "png"}),
        ({"format": "jpeg", "height": ""}, {"width": 300, "background": "#ff0000", "format": "jpeg", "quality": 70}),
    ],
)
def test_only_what_means_something_is_sent(
    bench: Workbench, change: dict[str, object], expected: dict[str, object]
) -> None:
    """Hidden choices stay out of the request, which the service accepts as it is."""
    sent = call(bench, "options", "parametersOf", OPTIONS | change)

    assert sent == expected | {"without_enlargement": True}
    Transformation.model_validate(sent)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        ("size", [999], "999 B"),
        ("size", [48_211], "48.2 kB"),
        ("size", [2_911_022], "2.91 MB"),
        ("saved", [12, 100], "88 % smaller"),
        ("saved", [100, 100], "same size"),
        ("saved", [6, 1000], "99 % smaller"),
        ("saved", [3_170, 674_000], "over 99 % smaller"),
        ("saved", [250, 100], "150 % larger"),
        ("duration", [0.4], "under 1 ms"),
        ("duration", [42.4], "42 ms"),
        ("duration", [1342], "1.34 s"),
        ("remaining", [59_900], "59 s"),
        ("remaining", [3_599_000], "59 min"),
        ("remaining", [-5], "0 s"),
        ("remaining", [26 * 3_600_000], "26 h"),
        ("nameOfUrl", ["https://example.com/a/my%20cat.jpg?x=1"], "my cat.jpg"),
        ("nameOfUrl", ["https://example.com/"], "example.com"),
        ("nameOfUrl", ["https://example.com/%E0%A4%A"], "%E0%A4%A"),
        ("fileName", ["a/b:c.jpeg", {"width": 8, "height": 6, "format": "jpeg"}], "a-b-c-8x6.jpg"),
        ("fileName", ["日本.png", {"width": 8, "height": 6, "format": "avif"}], "日本-8x6.avif"),
    ],
)
def test_numbers_and_names_are_readable(
    bench: Workbench, function: str, arguments: list[object], expected: str
) -> None:
    """In the forms people know."""
    assert call(bench, "format", function, *arguments) == expected


PAUSES = """async (cases) => {
    const { pauseAfter } = await import("/js/patience.js");
    const { Problem, Unreachable } = await import("/js/http.js");
    return cases.map(([status, retryAfter, failures]) => {
        const error = status ? new Problem(status, {}, retryAfter) : new Unreachable();
        return pauseAfter(error, failures, () => 0.5);
    });
}"""


def test_patience(bench: Workbench) -> None:
    """A lost connection is tried for ever, a busy service as it asks for, a refusal never."""
    cases = [
        [None, None, 0],
        [None, None, 40],
        [429, 7, 0],
        [503, None, 2],
        [503, 3, 8],
        [404, None, 0],
        [500, None, 0],
    ]

    assert bench.page.evaluate(PAUSES, cases) == [
        {"reason": "offline", "seconds": 1},
        {"reason": "offline", "seconds": 15},
        {"reason": "busy", "seconds": 7},
        {"reason": "busy", "seconds": 4},
        None,
        None,
        None,
    ]


SLOTS = """async () => {
    const { Slots } = await import("/js/slots.js");
    const slots = new Slots(2);
    let running = 0, most = 0;
    const order = [];
    await Promise.allSettled([1, 2, 3, 4, 5].map((number) => slots.use(async () => {
        most = Math.max(most, ++running);
        order.push(number);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        if (number === 2) throw new Error("a slot is given back whatever happens in it");
    })));
    return { most, order, crowded: slots.crowded };
}"""


def test_slots(bench: Workbench) -> None:
    """Never more at once than there are, first come first served, none lost by a failure."""
    assert bench.page.evaluate(SLOTS) == {"most": 2, "order": [1, 2, 3, 4, 5], "crowded": False}
