import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixelmill.transform.geometry import Size
from pixelmill.transform.pyramid import MIN_STEP, Level, jpeg_shrink, pyramid, reduction, webp_scale

sizes = st.builds(Size, st.integers(1, 5000), st.integers(1, 5000))


def of_width(*widths: int) -> list[Size]:
    return [Size(width, width * 3 // 4) for width in widths]


def tree(levels: list[Level]) -> dict[int, object]:
    return {level.size.width: tree(level.smaller) for level in levels}


def test_a_size_is_made_from_the_smallest_one_half_as_large_again() -> None:
    """Five usual widths need the decoded image once, so that it need not lie in memory; the others come from these."""
    levels = pyramid(of_width(320, 640, 960, 1280, 1920))

    assert tree(levels) == {1920: {1280: {}, 960: {640: {320: {}}}}}


def test_sizes_that_are_nearly_alike_are_made_side_by_side() -> None:
    """A level made from one that is hardly larger would be soft."""
    assert tree(pyramid(of_width(1000, 1200, 1400))) == {1400: {}, 1200: {}, 1000: {}}


def test_equal_sizes_are_made_once() -> None:
    """Three formats of one size share their scaling."""
    assert tree(pyramid(of_width(640, 640, 640))) == {640: {}}


def test_both_sides_have_to_shrink() -> None:
    """A strip is not made from one that is wide enough but too low."""
    assert len(pyramid([Size(1000, 100), Size(400, 90)])) == 2


@given(st.lists(sizes, min_size=1, max_size=20))
def test_every_size_is_in_the_tree_once(wanted: list[Size]) -> None:
    """No variant is left out, none scaled twice, and each is well inside the one it is made from."""
    found: list[Size] = []

    def walk(level: Level) -> None:
        found.append(level.size)
        for smaller in level.smaller:
            assert level.size.holds(smaller.size, times=MIN_STEP)
            walk(smaller)

    for level in pyramid(wanted):
        walk(level)

    assert sorted(found, key=hash) == sorted(set(wanted), key=hash)


@pytest.mark.parametrize(
    ("width", "shrink"),
    [(3000, 1), (1400, 1), (1333, 2), (801, 2), (800, 4), (401, 4), (400, 8), (10, 8)],
)
def test_a_jpeg_shrinks_on_load_while_enough_is_left_to_resize(width: int, shrink: int) -> None:
    """A 4000 pixels wide source to 1333: libjpeg halves it, 1.5 is left for a resize that does not alias."""
    assert jpeg_shrink(reduction(Size(4000, 3000), of_width(width))) == shrink


def test_a_webp_is_scaled_on_load_to_half_as_much_again() -> None:
    """Any factor is possible; what is enlarged is decoded as it is."""
    reductions = [reduction(Size(4000, 3000), of_width(width)) for width in (1000, 3000, 8000)]

    assert [webp_scale(each) for each in reductions] == [0.375, 1.0, 1.0]


def test_the_largest_variant_decides_what_is_decoded() -> None:
    """One decode serves all, so it shrinks only as far as the most demanding variant, on its tighter side, allows."""
    assert reduction(Size(4000, 3000), [Size(100, 75), Size(500, 1000)]) == 3
