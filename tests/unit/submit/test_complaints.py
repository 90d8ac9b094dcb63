"""Every way a request can be wrong has a sentence that names the field, what was expected and what was received."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pixelmill.domain.errors import FieldError
from pixelmill.domain.transformation import Transformation
from pixelmill.submit.complaints import MAX_COMPLAINTS, invalid_request
from pixelmill.submit.request import QueueTaskRequest, UploadTaskRequest

URL = "https://example.com/a.jpg"
SIZE = {"width": 7}
NAMES = "preset, parameters, variants, markup, priority, refresh, webhook_url"


def complaints(body: object, model: type[BaseModel] = QueueTaskRequest) -> list[FieldError]:
    with pytest.raises(ValidationError) as refusal:
        model.model_validate(body)
    return invalid_request(refusal.value, model).errors


def parameters(**given_parameters: object) -> dict[str, Any]:
    return {"image_url": URL, "parameters": SIZE | given_parameters}


def variants(value: object) -> dict[str, Any]:
    return {"image_url": URL, "variants": value}


def preset(name: object, **shared: object) -> dict[str, Any]:
    return {"image_url": URL, "preset": name, "parameters": shared}


NEITHER = "expected either variants, or parameters, a preset or both"
NO_SET = "expected variants or a preset beside it: one image is not a set"
PARAMETERS = ", ".join(Transformation.model_fields)
CROP = {"left": 0, "top": 0, "width": 1, "height": 1}
UP_TO_A_MILLION = "expected an integer from {} to 1000000, received"
RANGE = "expected an integer from 1 to 8192, received"
CASES: list[tuple[object, str, str]] = [
    # the whole
    ([], "", "expected an object, received an array"),
    ("text", "", 'expected an object, received "text"'),
    (None, "", "expected an object, received null"),
    ({"image_url": URL}, "", NEITHER),
    (parameters() | variants({"a": SIZE}), "", NEITHER),
    (preset("responsive") | variants({"a": SIZE}), "", NEITHER),
    (parameters() | preset("responsive") | variants({"a": SIZE}), "", NEITHER),
    (parameters() | {"callback_url": URL}, "callback_url", f"unknown field; expected one of {NAMES}, image_url"),
    # image_url
    ({"parameters": SIZE}, "image_url", "expected a value, received none"),
    ({"parameters": SIZE, "image_url": 7}, "image_url", "expected a string, received 7"),
    ({"parameters": SIZE, "image_url": None}, "image_url", "expected a string, received null"),
    ({"parameters": SIZE, "image_url": [URL]}, "image_url", "expected a string, received an array"),
    (
        {"parameters": SIZE, "image_url": "ftp://a"},
        "image_url",
        "expected a URL that begins with http:// or https://",
    ),
    (
        {"parameters": SIZE, "image_url": URL + "a" * 8192},
        "image_url",
        "expected at most 8192 characters, received 8,217 characters",
    ),
    # preset
    (preset(7), "preset", "expected a string, received 7"),
    (preset("../etc"), "preset", 'expected a name that matches ^[a-z0-9][a-z0-9_-]{0,63}$, received "../etc"'),
    (preset("responsive", quality=0), "parameters.quality", "expected an integer from 1 to 100, received 0"),
    (preset("responsive", wdth=7), "parameters.wdth", f"unknown field; expected one of {PARAMETERS}"),
    (preset("responsive") | {"parameters": 7}, "parameters", "expected an object, received 7"),
    # markup
    (parameters() | {"markup": True}, "markup", NO_SET),
    ({"image_url": URL, "markup": True}, "markup", NO_SET),
    (
        preset("responsive") | {"markup": False},
        "markup",
        "expected true or nothing beside a preset, which always has markup",
    ),
    (variants({"a": SIZE}) | {"markup": "yes"}, "markup", 'expected true or false, received "yes"'),
    (variants({"a": SIZE}) | {"markup": None}, "markup", "expected true or false, received null"),
    (variants({}) | {"markup": True}, "variants", "expected at least one entry, received none"),
    (preset(7) | {"markup": True}, "preset", "expected a string, received 7"),
    # priority and refresh
    (parameters() | {"priority": "high"}, "priority", 'expected one of interactive or bulk, received "high"'),
    (parameters() | {"refresh": "yes"}, "refresh", 'expected true or false, received "yes"'),
    (parameters() | {"refresh": 1}, "refresh", "expected true or false, received 1"),
    # parameters
    ({"image_url": URL, "parameters": 7}, "parameters", "expected an object, received 7"),
    ({"image_url": URL, "parameters": {}}, "parameters", "expected width, height or both"),
    (parameters(width=0), "parameters.width", f"{RANGE} 0"),
    (parameters(width=8193), "parameters.width", f"{RANGE} 8193"),
    (parameters(width="7"), "parameters.width", f'{RANGE} "7"'),
    (parameters(width=7.5), "parameters.width", f"{RANGE} 7.5"),
    (parameters(width=7.0), "parameters.width", f"{RANGE} 7.0"),
    (parameters(width=True), "parameters.width", f"{RANGE} true"),
    (parameters(width={}), "parameters.width", f"{RANGE} an object"),
    (parameters(width=10**5000), "parameters.width", f"{RANGE} a huge integer"),
    (parameters(dpr=5), "parameters.dpr", "expected a number from 1 to 4, received 5"),
    (parameters(dpr="2"), "parameters.dpr", 'expected a number from 1 to 4, received "2"'),
    (parameters(dpr=float("nan")), "parameters.dpr", "expected a number from 1 to 4, received NaN"),
    (parameters(quality=101), "parameters.quality", "expected an integer from 1 to 100, received 101"),
    (parameters(position={"x": 1.5, "y": 0}), "parameters.position.x", "expected a number from 0 to 1, received 1.5"),
    (parameters(position={"x": 1}), "parameters.position.y", "expected a value, received none"),
    (parameters(position={"x": 1, "y": 1, "z": 1}), "parameters.position.z", "unknown field; expected one of x, y"),
    (
        parameters(position="middle"),
        "parameters.position",
        (
            "expected one of center, top, right top, right, right bottom, bottom, left bottom, left, left top, entropy "
            'or attention, received "middle"'
        ),
    ),
    (parameters(blur=0.1), "parameters.blur", "expected a number from 0.3 to 100, received 0.1"),
    (parameters(sharpen=True), "parameters.sharpen", "expected a number from 0.1 to 10, received true"),
    (parameters(frames=0), "parameters.frames", "expected all or an integer from 1 to 10000, received 0"),
    (parameters(frames="7"), "parameters.frames", 'expected all or an integer from 1 to 10000, received "7"'),
    (parameters(frames=None), "parameters.frames", "expected all or an integer from 1 to 10000, received null"),
    (parameters(crop=[1, 2, 3, 4]), "parameters.crop", "expected an object, received an array"),
    (parameters(crop=CROP | {"left": -1}), "parameters.crop.left", f"{UP_TO_A_MILLION.format(0)} -1"),
    (parameters(crop=CROP | {"width": 0}), "parameters.crop.width", f"{UP_TO_A_MILLION.format(1)} 0"),
    (parameters(crop={"left": 1, "top": 1, "width": 1}), "parameters.crop.height", "expected a value, received none"),
    (
        parameters(crop=CROP | {"right": 9}),
        "parameters.crop.right",
        "unknown field; expected one of left, top, width, height",
    ),
    (
        parameters(fit="crop"),
        "parameters.fit",
        'expected one of cover, contain, fill, inside or outside, received "crop"',
    ),
    (
        parameters(format="bmp"),
        "parameters.format",
        'expected one of jpeg, png, webp, avif, gif or source, received "bmp"',
    ),
    (
        parameters(background="reddish"),
        "parameters.background",
        "expected a CSS color like white, #fff, rgb(255 255 255 / 50%), hsl(0, 0%, 100%) or transparent",
    ),
    (
        parameters(max_bytes=0),
        "parameters.max_bytes",
        "expected an integer from 1 to 1073741824, received 0",
    ),
    (
        parameters(max_bytes=5000, format="png"),
        "parameters",
        "max_bytes has no meaning with format png, which has no quality to lower",
    ),
    (
        parameters(max_bytes=5000, format="gif"),
        "parameters",
        "max_bytes has no meaning with format gif, which has no quality to lower",
    ),
    (
        parameters(max_bytes=5000, format="webp", lossless=True),
        "parameters",
        "expected one of lossless and max_bytes",
    ),
    (
        parameters(keep_metadata="some"),
        "parameters.keep_metadata",
        'expected one of none, copyright or all, received "some"',
    ),
    (
        parameters(keep_metadata="all", format="gif"),
        "parameters",
        "keep_metadata has no meaning with format gif, which holds none",
    ),
    (
        parameters(placeholder="lqip"),
        "parameters.placeholder",
        'expected one of blurhash, thumbhash or color, received "lqip"',
    ),
    (parameters(without_reduction=None), "parameters.without_reduction", "expected true or false, received null"),
    (
        parameters(fit="fill", position="top"),
        "parameters",
        "position has no meaning with fit fill; expected cover or contain",
    ),
    (
        parameters(heigth=7),
        "parameters.heigth",
        f"unknown field; expected one of {', '.join(Transformation.model_fields)}",
    ),
    # variants
    (variants([SIZE]), "variants", "expected an object, received an array"),
    (variants({}), "variants", "expected at least one entry, received none"),
    (
        variants({f"v{number}": SIZE for number in range(21)}),
        "variants",
        "expected at most 20 entries, received 21 entries",
    ),
    (
        variants({"Large Image": SIZE}),
        "variants.Large Image",
        'expected a name that matches ^[a-z0-9][a-z0-9_-]{0,63}$, received "Large Image"',
    ),
    (variants({"a": 7}), "variants.a", "expected an object, received 7"),
    (variants({"a": {"width": 0}}), "variants.a.width", f"{RANGE} 0"),
]


@pytest.mark.parametrize(("body", "field", "detail"), CASES)
def test_a_complaint_says_where_and_what(body: object, field: str, detail: str) -> None:
    """One wrong thing, one sentence."""
    assert complaints(body) == [FieldError(field=field, detail=detail)]


def test_all_complaints_come_at_once() -> None:
    """A caller corrects everything in one go; the whole reads as sentences with the fields in them."""
    with pytest.raises(ValidationError) as refusal:
        QueueTaskRequest.model_validate({"image_url": URL, "variants": {"a": {"width": 0}, "b": {"height": -1}}})
    error = invalid_request(refusal.value, QueueTaskRequest)
    assert [each.field for each in error.errors] == ["variants.a.width", "variants.b.height"]
    assert error.detail == (
        "expected an integer from 1 to 8192 for variants.a.width, received 0; "
        "expected an integer from 1 to 8192 for variants.b.height, received -1"
    )


def test_an_upload_has_no_url() -> None:
    """Its source is the file."""
    (complaint,) = complaints({"image_url": URL, "parameters": SIZE}, UploadTaskRequest)
    assert complaint == FieldError(field="image_url", detail=f"unknown field; expected one of {NAMES}")


def test_thousands_of_complaints_are_cut() -> None:
    """An answer is no larger than a person reads."""
    errors = complaints(parameters() | {f"field{number}": number for number in range(5000)})
    assert len(errors) == MAX_COMPLAINTS + 1
    assert errors[-1].detail == "and 4,980 more"


@pytest.mark.parametrize(
    "body",
    [
        parameters(width="9" * 100_000),
        parameters(fit="x" * 100_000),
        parameters(**{"x" * 100_000: 1}),
        variants({"X" * 100_000: SIZE}),
        {"parameters": SIZE, "image_url": "x" * 100_000},
        {"parameters": SIZE, "image_url": ["x" * 100_000]},
    ],
)
def test_what_was_sent_is_not_sent_back(body: object) -> None:
    """However large a value or a name."""
    assert all(len(error.sentence) < 600 for error in complaints(body))


def test_a_url_is_never_shown() -> None:
    """It may hold a password."""
    errors = complaints({"parameters": SIZE, "image_url": "https://user:secret@example.com/"})
    assert "secret" not in str(errors)


class AnotherRequest(BaseModel):
    """A model whose fields take any value of their kind."""

    limit: int = 1
    name: str = ""


def test_a_field_without_a_range_is_complained_of_by_its_kind() -> None:
    """There is no more to say of it."""
    errors = complaints({"limit": "x", "name": 7}, AnotherRequest)
    assert [(error.field, error.detail) for error in errors] == [
        ("limit", 'expected an integer, received "x"'),
        ("name", "expected a string, received 7"),
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=10), children, max_size=3),
    max_leaves=10,
)
bodies = json_values | st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("image_url", "preset", "parameters", "variants", "priority", "refresh", "\n", "a.b"), json_values
    ),
)
nested = st.fixed_dictionaries(
    {"image_url": st.just(URL)},
    optional={
        "preset": st.just("responsive"),
        "parameters": st.fixed_dictionaries({}, optional=dict.fromkeys(Transformation.model_fields, json_values)),
        "variants": st.dictionaries(st.text(max_size=5), json_values, max_size=3),
    },
)


@given(bodies | nested)
def test_no_json_has_no_sentence(body: object) -> None:
    """Whatever is sent, it is a request or there are complaints fit to be shown."""
    try:
        QueueTaskRequest.model_validate(body)
    except ValidationError as error:
        refusal = invalid_request(error, QueueTaskRequest)
        texts = [text for each in refusal.errors for text in (each.field, each.detail)]
        assert all(text.isprintable() and "Input should" not in text for text in texts)
