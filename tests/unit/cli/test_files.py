"""Where results go."""

from pathlib import Path

import pytest
import typer

from pixelmill.cli import files


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("cat.jpg", "cat"),
        ("photos/my cat.final.jpeg", "my cat.final"),
        ("https://example.com/a/b%20c.png?size=1", "b c"),
        ("https://example.com/", "image"),
        ("HTTPS://example.com/%2e%2e/%2fetc%2fpasswd", "passwd"),
        ("https://example.com/..", "image"),
        ("https://example.com/.htaccess", "htaccess"),
        ("https://example.com/a%1b%5b2J%00b.png", "a[2Jb"),
        (f"https://example.com/{'a' * 300}.png", "a" * 100),
        (".hidden", ".hidden"),
    ],
)
def test_a_result_is_named_after_its_source(source: str, stem: str) -> None:
    """A URL names its result by the end of its path, and never reaches into another folder."""
    assert files.stem_of(source) == stem
    assert "/" not in files.stem_of(source)


def test_a_result_lands_in_the_current_folder_by_default() -> None:
    """Its name tells its size; JPEG keeps its usual suffix."""
    assert files.target("photos/cat.png", None, 800, 600, "jpeg") == Path("cat-800x600.jpg")
    assert files.target("photos/cat.png", None, 800, 600, "webp") == Path("cat-800x600.webp")


def test_output_is_a_file_or_an_existing_folder(tmp_path: Path) -> None:
    """As with cp."""
    assert files.target("cat.png", tmp_path, 8, 6, "png") == tmp_path / "cat-8x6.png"
    assert files.target("cat.png", tmp_path / "small.png", 8, 6, "png") == tmp_path / "small.png"


@pytest.mark.parametrize(
    ("output", "image_format"),
    [
        ("small.avif", "avif"),
        ("small.JPG", "jpeg"),
        ("a.png/small.jpeg", "jpeg"),
        ("small", None),
        ("small.part", None),
        ("small.png", None),
    ],
)
def test_the_suffix_of_a_file_names_its_format(tmp_path: Path, output: str, image_format: str | None) -> None:
    """Where it is that of a format we write; the name of a folder says nothing."""
    (tmp_path / "small.png").mkdir()

    assert files.format_of(tmp_path / output).get("format") == image_format
    assert files.format_of(None) == {}


def test_sources_of_the_same_name_do_not_overwrite_each_other() -> None:
    """Every one of them was asked for; the first keeps the plain name."""
    path = Path("a/cat-8x6.png")

    assert files.distinct(path, set()) == path
    assert files.distinct(path, {path}) == Path("a/cat-8x6-2.png")
    assert files.distinct(path, {path, Path("a/cat-8x6-2.png")}) == Path("a/cat-8x6-3.png")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The old one stays until the new one is complete, and nothing else is left."""
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    with files.saving(path) as unfinished:
        unfinished.write_bytes(b"new")
        assert path.read_bytes() == b"old"

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """An error on the way to the file is no excuse for half of one."""

    def fail(unfinished: Path) -> None:
        unfinished.write_bytes(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError), files.saving(tmp_path / "a.png") as unfinished:
        fail(unfinished)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code tells a lost result from a failed task."""
    with pytest.raises(typer.Exit) as ended, files.saving(tmp_path / "missing" / "a.png"):
        pass

    assert ended.value.exit_code == 5
    assert "could not be written: No such file or directory" in capsys.readouterr().err


def test_folders_are_made_below_the_output_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The way to a file in a folder is kept."""
    files.make_folder(tmp_path, Path("a", "b"))
    assert (tmp_path / "a" / "b").is_dir()
    assert files.target("x/a/b/cat.png", tmp_path, 8, 6, "png", place=Path("a", "b")) == tmp_path / "a/b/cat-8x6.png"

    (tmp_path / "file").touch()
    with pytest.raises(typer.Exit):
        files.make_folder(tmp_path, Path("file", "c"))
    assert "could not be written" in capsys.readouterr().err
