"""Requests that ask for the same images get the same id; any real difference gives another."""

import re
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.domain.preset import BUILT_IN
from pixelmill.domain.source import UploadSource, UrlSource
from pixelmill.domain.task import TASK_ID_PATTERN
from pixelmill.domain.transformation import Fit, KeepMetadata, Placeholder, Position, Transformation
from pixelmill.submit import identity
from pixelmill.submit.identity import canonical, canonical_form, task_id_of
from pixelmill.submit.presets import Presets
from pixelmill.submit.request import QueueTaskRequest
from pixelmill.transform.geometry import Size, plan

CAT = UrlSource(image_url="https://example.com/cat.jpg")
SMALL = Transformation(width=100)


def agreeing(sides: dict[str, int], others: dict[str, Any]) -> Transformation:
    """With as many of the other parameters, in their order, as go together."""
    wanted = Transformation.model_validate(sides)
    for name, value in others.items():
        with suppress(ValidationError):
            wanted = Transformation.model_validate(wanted.model_dump(exclude_unset=True) | {name: value})
    return wanted


SIDES = st.integers(1, 4000)
SHARES = st.sampled_from([0, 0.25, 0.5, 1])
sides = (
    st.fixed_dictionaries({"width": SIDES})
    | st.fixed_dictionaries({"height": SIDES})
    | st.fixed_dictionaries({"width": SIDES, "height": SIDES})
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "dpr": st.sampled_from([1, 1.0, 1.5, 2, 3.3]),
        "fit": st.sampled_from(list(Fit)),
        "position": st.sampled_from(list(Position)) | st.fixed_dictionaries({"x": SHARES, "y": SHARES}),
        "background": st.sampled_from(["#fff", "#ffffff", "#000", "transparent", "#12345678"]),
        "without_enlargement": st.booleans(),
        "without_reduction": st.booleans(),
        "crop": st.fixed_dictionaries({"left": SIDES, "top": SIDES, "width": SIDES, "height": SIDES}),
        "flip": st.booleans(),
        "flop": st.booleans(),
        "rotate": st.sampled_from([0, 90, -90, 180, 360, 45, -45, 0.5, -1e-20]),
        "trim": st.sampled_from([0, 10]),
        "blur": st.sampled_from([0.3, 10]),
        "sharpen": st.sampled_from([1, 1.5]),
        "grayscale": st.booleans(),
        "format": st.sampled_from(["jpeg", "png", "webp", "avif", "gif", "source"]),
        "frames": st.sampled_from(["all", 1, 7]),
        "quality": st.integers(1, 100),
        "lossless": st.booleans(),
        "effort": st.integers(0, 10),
        "max_bytes": st.sampled_from([1, 50_000]),
        "keep_metadata": st.sampled_from(list(KeepMetadata)),
        "placeholder": st.sampled_from(list(Placeholder)),
    },
)
transformations = st.builds(agreeing, sides, parameters)
variants = st.dictionaries(st.from_regex(r"[a-z0-9]{1,5}", fullmatch=True), transformations, min_size=1, max_size=4)


@given(variants, st.randoms())
def test_order_does_not_matter(given_variants: dict[str, Transformation], random: Random) -> None:
    """Neither that of the names nor that of the parameters."""
    names = list(given_variants)
    random.shuffle(names)
    shuffled = {}
    for name in names:
        fields = list(given_variants[name].model_dump(exclude_unset=True).items())
        random.shuffle(fields)
        shuffled[name] = Transformation.model_validate(dict(fields))
    assert task_id_of(CAT, shuffled) == task_id_of(CAT, given_variants)


@given(variants)
def test_defaults_may_be_written_out(given_variants: dict[str, Transformation]) -> None:
    """An explicit default asks for the same."""
    explicit = {name: Transformation.model_validate(each.model_dump()) for name, each in given_variants.items()}
    assert task_id_of(CAT, explicit) == task_id_of(CAT, given_variants)


@given(transformations, transformations)
def test_ids_differ_exactly_where_forms_do(one: Transformation, other: Transformation) -> None:
    """The id is a digest of the form, of nothing less and nothing more."""
    is_same = canonical_form(one) == canonical_form(other)
    assert (task_id_of(CAT, {"a": one}) == task_id_of(CAT, {"a": other})) == is_same


@given(variants)
def test_an_id_is_an_id(given_variants: dict[str, Transformation]) -> None:
    """In the form that the routes, the store and BullMQ accept."""
    assert re.fullmatch(TASK_ID_PATTERN, task_id_of(CAT, given_variants))


SAME = [
    ({"width": 9}, {"width": 9, "dpr": 1}),
    ({"width": 14}, {"width": 9, "dpr": 1.5}),
    ({"width": 20, "height": 10}, {"width": 10, "height": 5, "dpr": 2}),
    ({"width": 9}, {"width": 9, "fit": "inside"}),
    ({"width": 9}, {"width": 9, "fit": "outside"}),
    ({"width": 9}, {"width": 9, "fit": "contain", "position": "top"}),
    ({"height": 9}, {"height": 9, "fit": "cover", "position": "attention"}),
    ({"width": 9, "height": 8, "position": {"x": 0.5, "y": 0.5}}, {"width": 9, "height": 8}),
    ({"width": 9, "rotate": 270}, {"width": 9, "rotate": -90}),
    ({"width": 9}, {"width": 9, "rotate": 360}),
    ({"width": 9, "format": "jpeg"}, {"width": 9, "format": "jpeg", "quality": 80}),
    ({"width": 9, "format": "webp"}, {"width": 9, "format": "webp", "quality": 80}),
    ({"width": 9, "format": "avif"}, {"width": 9, "format": "avif", "quality": 50}),
    ({"width": 9, "format": "webp", "effort": 2}, {"width": 9, "format": "webp", "lossless": False}),
    ({"width": 9, "format": "gif"}, {"width": 9, "format": "gif", "effort": 3}),
    ({"width": 9, "format": "png"}, {"width": 9, "format": "png", "background": "#f00"}),
    ({"width": 9, "height": 8, "format": "webp"}, {"width": 9, "height": 8, "format": "webp", "background": "#f00"}),
    (
        {"width": 9, "format": "png", "placeholder": "color"},
        {"width": 9, "format": "png", "placeholder": "color", "background": "#f00"},
    ),
    ({"width": 9, "background": "#F00"}, {"width": 9, "background": "#ff0000ff"}),
    ({"width": 9, "background": "transparent"}, {"width": 9, "background": "#0000"}),
    ({"width": 9, "background": "white"}, {"width": 9, "background": "rgb(255, 255, 255)"}),
    ({"width": 9, "background": "hsl(0 100% 50% / 50%)"}, {"width": 9, "background": "#ff000080"}),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_makes_the_same_image_is_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whatever the source is."""
    forms = [canonical_form(Transformation.model_validate(each)) for each in (one, other)]
    assert forms[0] == forms[1]


@given(transformations, st.integers(1, 5000), st.integers(1, 5000))
def test_the_engine_agrees(transformation: Transformation, width: int, height: int) -> None:
    """Transformations of one form are planned alike, and no bars are filled where the form forgets the background."""
    same = canonical(transformation)
    try:
        planned = plan(Size(width, height), transformation)
    except ImpossibleTransformation:
        return
    again = plan(Size(width, height), same)
    assert (again.scaled, again.output) == (planned.scaled, planned.output)
    assert again.window == planned.window or planned.scaled == planned.output
    assert transformation.background == same.background or not planned.pads


@given(transformations)
def test_the_canonical_one_is_a_transformation(transformation: Transformation) -> None:
    """It passes the same checks, and is its own canonical form."""
    same = canonical(transformation)
    assert Transformation.model_validate(same.model_dump()) == same
    assert canonical(same) == same


BOX = {"width": 9, "height": 8}
DIFFERENT = [
    ({"width": 9}, {"width": 10}),
    ({"width": 9}, {"height": 9}),
    ({"width": 9}, {"width": 9, "fit": "fill"}),  # it stretches: the height stays the source's
    ({"width": 9}, {"width": 9, "format": "jpeg"}),
    ({"width": 9}, {"width": 9, "quality": 80}),  # what the default is depends on the source's format
    ({"width": 9}, {"width": 9, "background": "#fff"}),  # a JPEG has no transparency
    ({"width": 9}, {"width": 9, "without_enlargement": True}),
    ({"width": 9, "without_reduction": True}, {"width": 9, "without_reduction": True, "fit": "inside"}),
    (BOX, BOX | {"fit": "inside"}),
    (BOX, BOX | {"position": "top"}),
    (BOX, BOX | {"crop": BOX | {"left": 0, "top": 0}}),
    (BOX | {"crop": BOX | {"left": 1, "top": 0}}, BOX | {"crop": BOX | {"left": 0, "top": 0}}),
    (BOX, BOX | {"position": {"x": 0.5, "y": 0.4}}),
    (BOX, BOX | {"rotate": 180}),
    (BOX | {"format": "png", "rotate": 4}, BOX | {"format": "png", "rotate": 4, "background": "#fff"}),
    (BOX, BOX | {"trim": 0}),
    (BOX | {"blur": 1}, BOX | {"sharpen": 1}),
    (BOX, BOX | {"frames": 1}),
    (BOX, BOX | {"flip": True}),
    (BOX | {"flip": True}, BOX | {"flop": True}),
    (BOX, BOX | {"grayscale": True}),
    (BOX | {"format": "png", "fit": "contain"}, BOX | {"format": "png", "fit": "contain", "background": "#fff"}),
    (BOX | {"format": "jpeg"}, BOX | {"format": "jpeg", "quality": 81}),
    (BOX | {"format": "webp"}, BOX | {"format": "webp", "lossless": True}),
    (BOX | {"format": "webp"}, BOX | {"format": "webp", "effort": 3}),
    (BOX, BOX | {"max_bytes": 9000}),
    (BOX | {"max_bytes": 9000}, BOX | {"max_bytes": 9001}),
    (BOX, BOX | {"keep_metadata": "copyright"}),
    (BOX | {"keep_metadata": "copyright"}, BOX | {"keep_metadata": "all"}),
    (BOX, BOX | {"placeholder": "color"}),
    (BOX | {"placeholder": "blurhash"}, BOX | {"placeholder": "thumbhash"}),
    (
        BOX | {"format": "png", "placeholder": "blurhash"},
        BOX | {"format": "png", "placeholder": "blurhash", "background": "#fff"},  # a BlurHash has no transparency
    ),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_make_another_image_is_another(one: dict[str, Any], other: dict[str, Any]) -> None:
    """For some source at least."""
    forms = [canonical_form(Transformation.model_validate(each)) for each in (one, other)]
    assert forms[0] != forms[1]


def test_everything_a_task_depends_on_is_in_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """Source, names, tenant, markup, and the engine's recipe; not where an upload lies, nor how large it is."""
    upload = UploadSource(sha256="0" * 64, size_bytes=1, key="a")
    elsewhere = UploadSource(sha256="0" * 64, size_bytes=1, key="b")
    assert task_id_of(upload, {"a": SMALL}) == task_id_of(elsewhere, {"a": SMALL})
    ids = [
        task_id_of(CAT, {"a": SMALL}),
        task_id_of(CAT, {"b": SMALL}),
        task_id_of(CAT, {"a": SMALL, "b": SMALL}),
        task_id_of(CAT, {"a": SMALL}, tenant="t"),
        task_id_of(CAT, {"a": SMALL}, with_markup=True),
        task_id_of(UrlSource(image_url="https://example.com/dog.jpg"), {"a": SMALL}),
        task_id_of(upload, {"a": SMALL}),
        task_id_of(UploadSource(sha256="1" * 64, size_bytes=1, key="a"), {"a": SMALL}),
    ]
    monkeypatch.setattr(identity, "RECIPE_VERSION", identity.RECIPE_VERSION + 1)
    ids.append(task_id_of(CAT, {"a": SMALL}))
    assert len(set(ids)) == len(ids)


def test_priority_and_refresh_are_not_part_of_it() -> None:
    """How urgently it is wanted does not change what is wanted; one image is the same as one named so."""
    body: dict[str, Any] = {"image_url": "HTTPS://EXAMPLE.com:443/cat.jpg"}
    requests = [
        QueueTaskRequest.model_validate(body | {"parameters": {"width": 100}}),
        QueueTaskRequest.model_validate(body | {"parameters": {"width": 100}, "priority": "bulk", "refresh": True}),
        QueueTaskRequest.model_validate(body | {"variants": {"image": {"width": 100}}}),
    ]
    ids = {task_id_of(UrlSource(image_url=request.image_url), request.variants) for request in requests}
    assert ids == {task_id_of(CAT, {"image": SMALL})}


def test_a_preset_spelled_out_is_the_preset() -> None:
    """Whoever asks for its variants and for markup asks for the same; without markup, for something else."""
    url = {"image_url": CAT.image_url}
    variants = {name: each.model_dump(exclude_unset=True) for name, each in BUILT_IN["responsive"].items()}
    preset, spelled_out, plain = (
        QueueTaskRequest.model_validate(url | body)
        for body in ({"preset": "responsive"}, {"variants": variants, "markup": True}, {"variants": variants})
    )
    presets = Presets({})
    ids = [
        task_id_of(CAT, presets.variants_of(request), with_markup=request.with_markup)
        for request in (preset, spelled_out, plain)
    ]
    assert ids[0] == ids[1] != ids[2]


def test_an_id_outlives_a_release() -> None:
    """A change of the canonical form that nobody meant would make every cached result useless."""
    assert task_id_of(CAT, {"image": SMALL}) == "52d5c64028d7a9712901d5ef5b0017b6"
