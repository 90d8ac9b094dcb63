"""What is named: files, folders, patterns, lists."""

import io
from pathlib import Path

import pytest
import typer

from pixelmill.cli.sources import Source, expanded

URL = "https://example.com/cat.jpg"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`photos` has images, on two levels, and what is none; commands run beside it."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("photos/b.jpg", "photos/a.PNG", "photos/2024/c.webp", "photos/2024/d.tiff"),
        *("photos/notes.txt", "photos/.hidden.jpg", "photos/.trash/e.jpg", "photos/small/b-8x6.jpg", "raw"),
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    return tmp_path


def names(*arguments: str, output: Path | None = None) -> list[str]:
    return [source.name for source in expanded(arguments, output)]


def test_what_is_named_is_taken(folder: Path) -> None:
    """URLs and files, in their order, each once; a file whatever it is called."""
    assert names(URL, "raw", "photos/b.jpg", URL, "S3://bucket/a") == [URL, "raw", "photos/b.jpg", "S3://bucket/a"]
    assert expanded([URL, "photos/b.jpg"], None) == [Source(URL), Source("photos/b.jpg")]


def test_a_folder_is_all_images_below_it(folder: Path) -> None:
    """In order, without hidden ones; the way to each is kept for its results."""
    assert expanded(["photos"], Path("photos/small")) == [
        Source("photos/2024/c.webp", Path("2024")),
        Source("photos/2024/d.tiff", Path("2024")),
        Source("photos/a.PNG"),
        Source("photos/b.jpg"),
    ]


def test_results_of_the_last_time_are_no_sources(folder: Path) -> None:
    """If they go to a folder of their own."""
    assert "photos/small/b-8x6.jpg" in names("photos")
    assert "photos/small/b-8x6.jpg" not in names("photos", output=Path("photos/small"))
    assert "photos/b.jpg" in names("photos", output=Path("photos"))


def test_a_pattern_is_every_file_it_matches(folder: Path) -> None:
    """For shells that leave it as it is; a file whose name looks like one is itself."""
    assert names("photos/*.jpg") == ["photos/b.jpg"]
    assert names("photos/**/*.webp") == ["photos/2024/c.webp"]
    assert names(f"{folder}/photos/2024/*") == [f"{folder}/photos/2024/{name}" for name in ("c.webp", "d.tiff")]
    Path("a[1].jpg").touch()
    assert names("a[1].jpg") == ["a[1].jpg"]


def test_a_list_comes_from_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One name a line, of any kind, among others."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"\n{URL}\n  raw \nphotos/*.jpg\n\n"))
    assert names("photos/a.PNG", "-") == ["photos/a.PNG", URL, "raw", "photos/b.jpg"]


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("missing.jpg", "missing.jpg is neither a file, a folder nor a URL"),
        ("ftp://example.com/a.jpg", "ftp://example.com/a.jpg is neither a file, a folder nor a URL"),
        ("photos/*.gif", "no file matches photos/*.gif"),
        ("photos/.trash/..", "there is no image in"),
        ("empty", "there is no image in empty"),
        ("-", "standard input names no source"),
    ],
)
def test_what_names_nothing_is_a_sentence(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    argument: str,
    sentence: str,
) -> None:
    """Before anything is done."""
    Path("empty").mkdir()
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    if argument.endswith(".."):
        Path("photos/.trash/e.jpg").unlink()
        argument = "photos/.trash"
    with pytest.raises(typer.Exit) as ended:
        expanded([argument], None)
    assert ended.value.exit_code == 2
    assert sentence in capsys.readouterr().err
