from pathlib import Path

import pytest

from pixelmill.domain.errors import CorruptImage, TransformCrashed
from pixelmill.domain.source import ImageFormat
from pixelmill.domain.transformation import OutputFormat, Transformation
from pixelmill.transform.desk import Desk
from pixelmill.transform.order import Made, MadeVariant, Order, Reply
from pixelmill.transform.sandbox import checked


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.set_up(tmp_path)


@pytest.fixture
def order(tmp_path: Path) -> Order:
    (tmp_path / "source").write_bytes(b"source")
    (tmp_path / "variants").mkdir()
    return Order(
        source_path=tmp_path / "source",
        format=ImageFormat.PNG,
        scratch_dir=tmp_path / "variants",
        variants={"image": Transformation(width=1)},
    )


def reply(path: Path, name: str = "image", size_bytes: int = 1) -> Reply:
    variant = MadeVariant(
        path=path, format=OutputFormat.PNG, width=1, height=1, frames=1, bytes=size_bytes, sha256="0" * 64
    )
    return reply_of({name: variant})


def reply_of(variants: dict[str, MadeVariant]) -> Reply:
    return Reply(made=Made(width=1, height=1, frames=1, variants=dict(variants)))


def made_of(reply: Reply) -> dict[str, MadeVariant]:
    assert reply.made is not None
    return {name: end for name, end in reply.made.variants.items() if isinstance(end, MadeVariant)}


def test_a_variant_on_the_desk_is_taken(desk: Desk, order: Order) -> None:
    """It is moved out of the child's reach, into the folder of the order."""
    (desk.outbox / "image.png").write_bytes(b"x")

    made = checked(reply(desk.outbox / "image.png"), order, desk)

    assert isinstance(made, Made)
    assert isinstance(variant := made.variants["image"], MadeVariant)
    assert variant.path == order.scratch_dir / "image.png"
    assert variant.path.read_bytes() == b"x"
    assert list(desk.outbox.iterdir()) == []


def test_variants_that_came_out_alike_are_one_file(desk: Desk, order: Order) -> None:
    """It has the name of the first; another one's file under that name is not taken."""
    order.variants["second"] = Transformation(width=2)
    (desk.outbox / "image.png").write_bytes(b"x")
    [variant] = made_of(reply(desk.outbox / "image.png")).values()

    made = checked(reply_of({"second": variant, "image": variant}), order, desk)

    assert isinstance(made, Made)
    assert made.variants == dict.fromkeys(
        ["image", "second"], variant.model_copy(update={"path": order.scratch_dir / "image.png"})
    )

    (desk.outbox / "image.png").write_bytes(b"x")
    other = variant.model_copy(update={"width": 2})
    with pytest.raises(TransformCrashed):
        checked(reply_of({"image": variant, "second": other}), order, desk)


@pytest.mark.parametrize("name", ["../../secret", "../in/source", "other.png", "missing.png", "image.jpg", ".", ".."])
def test_a_child_cannot_make_the_worker_publish_another_file(
    desk: Desk, order: Order, tmp_path: Path, name: str
) -> None:
    """A decoder that was taken over may answer anything: only the one file a variant is made as is taken."""
    (tmp_path / "secret").write_bytes(b"x")
    (desk.outbox / "other.png").write_bytes(b"x")
    desk.lay(order)

    with pytest.raises(TransformCrashed):
        checked(reply(desk.outbox / name), order, desk)

    assert list(order.scratch_dir.iterdir()) == []
    assert (tmp_path / "secret").exists()


def test_a_variant_is_a_plain_file_of_its_own(desk: Desk, order: Order, tmp_path: Path) -> None:
    """Neither a link to another file, soft or hard, nor a folder under its name."""
    (tmp_path / "secret").write_bytes(b"x")
    path = desk.outbox / "image.png"

    for make in (path.symlink_to, path.hardlink_to, lambda _secret: path.mkdir()):
        make(tmp_path / "secret")

        with pytest.raises(TransformCrashed):
            checked(reply(path), order, desk)


def test_a_variant_has_the_size_it_is_said_to_have(desk: Desk, order: Order) -> None:
    """What the task's record says is what is served."""
    (desk.outbox / "image.png").write_bytes(b"xx")

    with pytest.raises(TransformCrashed):
        checked(reply(desk.outbox / "image.png"), order, desk)


def test_a_child_cannot_answer_another_order(desk: Desk, order: Order) -> None:
    """Exactly the variants that were asked for."""
    (desk.outbox / "other.png").write_bytes(b"x")

    with pytest.raises(TransformCrashed):
        checked(reply(desk.outbox / "other.png", name="other"), order, desk)


def test_an_error_is_the_end_of_the_order_not_of_the_child(desk: Desk, order: Order) -> None:
    """It is handed back, and nothing is taken from the desk."""
    end = checked(Reply(error=CorruptImage("The file ends early.").as_task_error()), order, desk)

    assert isinstance(end, CorruptImage)
    assert end.detail == "The file ends early."


def test_an_order_leaves_nothing_on_the_desk(desk: Desk, order: Order) -> None:
    """What an order has left is gone before the next one comes; the source itself stays where it was."""
    laid = desk.lay(order)
    (desk.outbox / "unfinished.png").write_bytes(b"x")
    assert laid.source_path.read_bytes() == b"source"

    desk.clear()

    assert [*desk.inbox.iterdir(), *desk.outbox.iterdir()] == []
    assert order.source_path.read_bytes() == b"source"
