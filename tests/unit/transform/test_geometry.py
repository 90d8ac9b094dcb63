import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.domain.errors import ImpossibleTransformation
from pixelmill.domain.transformation import Fit, FocalPoint, Position, Transformation
from pixelmill.transform.geometry import MAX_SCALED_PIXELS, Box, Plan, Size, plan

sides = st.integers(1, 4000)
sizes = st.builds(Size, sides, sides)
boxes = st.builds(Size, st.integers(1, 4000), st.integers(1, 4000))
shares = st.floats(0, 1)
places = st.sampled_from([position for position in Position if not position.is_by_content])
points = st.builds(FocalPoint, x=shares, y=shares)


def planned(source: Size, **parameters: object) -> Plan:
    return plan(source, Transformation.model_validate(parameters))


@pytest.mark.parametrize(
    ("parameters", "scaled", "output"),
    [
        # 600 x 400 into 300 x 300, by each fit
        ({"fit": "cover"}, Size(450, 300), Size(300, 300)),
        ({"fit": "contain"}, Size(300, 200), Size(300, 300)),
        ({"fit": "fill"}, Size(300, 300), Size(300, 300)),
        ({"fit": "inside"}, Size(300, 200), Size(300, 200)),
        ({"fit": "outside"}, Size(450, 300), Size(450, 300)),
    ],
)
def test_a_fit_decides_scale_and_output(parameters: dict[str, object], scaled: Size, output: Size) -> None:
    """`cover` crops, `contain` pads, `fill` distorts, `inside` and `outside` keep the whole picture."""
    result = planned(Size(600, 400), width=300, height=300, **parameters)

    assert (result.scaled, result.output) == (scaled, output)


@pytest.mark.parametrize(
    ("parameters", "output"),
    [
        ({"width": 150}, Size(150, 100)),
        ({"height": 100}, Size(150, 100)),
        ({"width": 150, "fit": "contain"}, Size(150, 100)),
        ({"width": 150, "fit": "inside"}, Size(150, 100)),
        ({"height": 100, "fit": "outside"}, Size(150, 100)),
        ({"width": 150, "fit": "fill"}, Size(150, 400)),
        ({"height": 100, "fit": "fill"}, Size(600, 100)),
        ({"height": 50, "dpr": 2}, Size(150, 100)),
    ],
)
def test_one_side_gives_the_other(parameters: dict[str, object], output: Size) -> None:
    """The missing side follows the picture's shape; `fill`, which knows no shape, leaves it as it is."""
    assert planned(Size(600, 400), **parameters).output == output


@pytest.mark.parametrize(
    ("parameters", "output"),
    [
        ({"width": 1200, "without_enlargement": True}, Size(600, 400)),
        ({"width": 300, "without_enlargement": True}, Size(300, 200)),
        ({"width": 800, "height": 200, "without_enlargement": True}, Size(600, 200)),
        ({"width": 800, "height": 200, "fit": "fill", "without_enlargement": True}, Size(600, 200)),
        ({"width": 800, "height": 800, "fit": "contain", "without_enlargement": True}, Size(800, 800)),
        ({"width": 300, "without_reduction": True}, Size(300, 400)),
        ({"width": 1200, "without_reduction": True}, Size(1200, 800)),
        ({"width": 300, "height": 300, "without_reduction": True}, Size(300, 300)),
        ({"width": 300, "height": 500, "fit": "contain", "without_reduction": True}, Size(600, 500)),
        ({"width": 300, "height": 300, "fit": "inside", "without_reduction": True}, Size(600, 400)),
        ({"width": 300, "without_reduction": True, "without_enlargement": True}, Size(300, 400)),
    ],
)
def test_scaling_can_be_limited(parameters: dict[str, object], output: Size) -> None:
    """What may not grow is cropped or padded at its own size, and so is what may not shrink."""
    assert planned(Size(600, 400), **parameters).output == output


@pytest.mark.parametrize(
    ("position", "corner"),
    [
        ("left top", (0, 0)),
        ("top", (75, 0)),
        ("right top", (150, 0)),
        ("left", (0, 0)),
        ("center", (75, 0)),
        ("right bottom", (150, 0)),
    ],
)
def test_a_position_says_what_a_crop_keeps(position: str, corner: tuple[int, int]) -> None:
    """600 x 400 covers 300 x 300 at 450 x 300: 150 columns go, from the side away from the position."""
    window = planned(Size(600, 400), width=300, height=300, position=position).window

    assert window == Box(*corner, 300, 300)


@pytest.mark.parametrize(
    ("position", "corner"),
    [("top", (0, 0)), ("center", (0, -50)), ("bottom", (0, -100)), ("left bottom", (0, -100))],
)
def test_a_position_says_where_a_padded_picture_sits(position: str, corner: tuple[int, int]) -> None:
    """600 x 400 in 300 x 300 is 300 x 200: the 100 free rows lie away from the position."""
    window = planned(Size(600, 400), width=300, height=300, fit="contain", position=position).window

    assert window == Box(*corner, 300, 300)


@pytest.mark.parametrize(
    ("x", "left"), [(0, 0), (0.3, 0), (1 / 3, 0), (0.4, 30), (0.5, 75), (0.501, 75), (0.6, 120), (2 / 3, 150), (1, 150)]
)
def test_a_focal_point_comes_as_near_to_the_middle_as_it_can(x: float, left: int) -> None:
    """600 x 400 covers 300 x 300 at 450 x 300: a window of 300 columns around the point, within the picture."""
    window = planned(Size(600, 400), width=300, height=300, position={"x": x, "y": 0.9}).window

    assert window == Box(left, 0, 300, 300)


@given(sizes, boxes)
def test_a_focal_point_in_the_middle_is_the_center(source: Size, box: Size) -> None:
    """To the pixel."""
    asked = {"width": box.width, "height": box.height}
    try:
        centered = planned(source, **asked)
    except ImpossibleTransformation:
        return

    assert planned(source, position={"x": 0.5, "y": 0.5}, **asked) == centered


@pytest.mark.parametrize("position", ["entropy", "attention"])
def test_the_pixels_decide_where_nobody_else_does(position: str) -> None:
    """Such a crop has a size and no place yet."""
    assert planned(Size(600, 400), width=300, height=300, position=position).window is None


@given(sizes, boxes, st.sampled_from([Fit.COVER, Fit.CONTAIN, Fit.FILL]))
def test_a_box_is_filled_exactly(source: Size, box: Size, fit: Fit) -> None:
    """With width and height, `cover`, `contain` and `fill` give that size to the pixel."""
    try:
        assert planned(source, width=box.width, height=box.height, fit=fit).output == box
    except ImpossibleTransformation:
        assert max(source.width / source.height, source.height / source.width) > 2


@given(sizes, boxes)
def test_inside_stays_inside(source: Size, box: Size) -> None:
    """The result lies in the box and touches it on at least one side."""
    output = planned(source, width=box.width, height=box.height, fit="inside").output

    assert box.holds(output)
    assert output.width == box.width or output.height == box.height


@given(sizes, boxes)
def test_outside_reaches_out(source: Size, box: Size) -> None:
    """The result holds the box and touches it on at least one side."""
    try:
        output = planned(source, width=box.width, height=box.height, fit="outside").output
    except ImpossibleTransformation:
        return

    assert output.holds(box)
    assert output.width == box.width or output.height == box.height


@given(sizes, sides, st.sampled_from([Fit.COVER, Fit.CONTAIN, Fit.INSIDE, Fit.OUTSIDE]))
def test_the_shape_is_kept_to_half_a_pixel(source: Size, width: int, fit: Fit) -> None:
    """The side that follows is the exact one, rounded; and never nothing."""
    exact = source.height * width / source.width
    try:
        output = planned(source, width=width, fit=fit).output
    except ImpossibleTransformation:
        assert exact > 4000
        return

    assert output.width == width
    assert abs(output.height - exact) <= 0.5 + 1e-9 or (output.height == 1 and exact < 1)


@given(sizes, boxes, places | points)
def test_a_crop_lies_in_the_scaled_image(source: Size, box: Size, position: Position | FocalPoint) -> None:
    """No position makes `cover` read beyond the picture."""
    try:
        result = planned(source, width=box.width, height=box.height, position=position)
    except ImpossibleTransformation:
        return
    window = result.window

    assert window is not None
    assert window.left >= 0 <= window.top
    assert window.left + window.width <= result.scaled.width
    assert window.top + window.height <= result.scaled.height


@given(sizes, boxes, places)
def test_a_padded_picture_is_whole(source: Size, box: Size, position: Position) -> None:
    """No position makes `contain` cut the picture."""
    result = planned(source, width=box.width, height=box.height, fit="contain", position=position)
    window = result.window

    assert window is not None
    assert window.left <= 0 >= window.top
    assert window.left + window.width >= result.scaled.width
    assert window.top + window.height >= result.scaled.height


@pytest.mark.parametrize(
    ("source", "parameters"),
    [
        (Size(10, 5000), {"width": 100}),
        (Size(7000, 7000), {"width": 8192, "height": 1, "fit": "outside"}),
        (Size(9000, 9000), {"width": 10, "without_reduction": True}),
        (Size(1, 60000), {"width": 4000, "height": 4000}),
    ],
)
def test_a_variant_beyond_the_limits_is_refused(source: Size, parameters: dict[str, object]) -> None:
    """A small request can mean a huge image; so can the scaled image a small crop is cut from."""
    with pytest.raises(ImpossibleTransformation, match="at most"):
        planned(source, **parameters)


def test_a_panorama_may_be_cropped_to_a_large_square() -> None:
    """The limit of the scaled image leaves room for ordinary work."""
    result = planned(Size(20_000, 2000), width=4000, height=4000)

    assert result.scaled.pixels == MAX_SCALED_PIXELS
