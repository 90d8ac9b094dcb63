"""The command: `./run bench BENCHMARK`."""

import asyncio
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)

Rounds = Annotated[int, typer.Option(min=1, help="How often each contender gets the work.")]


@app.command()
def transform(rounds: Rounds = 3) -> None:
    """Transform alone, for every format and size, beside libvips' thumbnail and the peers. About three minutes."""
    from benchmarks.transform import transform as run  # noqa: PLC0415 - help is instant

    asyncio.run(run(rounds))


@app.command()
def throughput(
    rounds: Rounds = 5,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at once.")] = 12,
) -> None:
    """The whole service, JPEG to JPEG, beside a plain loop, sharp, IPX and thumbor. About three minutes."""
    from benchmarks.throughput import throughput as run  # noqa: PLC0415 - as above

    asyncio.run(run(rounds, concurrency))


@app.command()
def encoders(rounds: Rounds = 2) -> None:
    """Bytes and CPU time of JPEG, WebP and AVIF at the same likeness, by effort. About two minutes."""
    from benchmarks.encoders import encoders as run  # noqa: PLC0415 - as above

    run(rounds)


@app.command()
def memory(tasks: Annotated[int, typer.Option(min=2000, help="Tasks in all.")] = 5000) -> None:
    """The memory of each process over thousands of mixed tasks. About five minutes."""
    from benchmarks.memory import memory as run  # noqa: PLC0415 - as above

    asyncio.run(run(tasks))


@app.command()
def expiry(
    files: Annotated[int, typer.Option(min=1000, help="Files that live.")] = 1_000_000,
    expired: Annotated[int, typer.Option(min=100, help="Files that have expired.")] = 10_000,
    where: Annotated[Literal["folder", "s3"], typer.Option(help="What the store is.")] = "folder",
) -> None:
    """One sweep beside few and beside many files that live. About five minutes; in S3, one for 100,000 files."""
    from benchmarks.expiry import expiry as run  # noqa: PLC0415 - as above

    asyncio.run(run(files, expired, where))


@app.command()
def history(
    tasks: Annotated[int, typer.Option(min=100_000, help="Tasks in the trail.")] = 1_000_000,
) -> None:
    """Pages of the history with every filter, and an export of all of it. About three minutes."""
    from benchmarks.history import history as run  # noqa: PLC0415 - as above

    run(tasks)


if __name__ == "__main__":
    app(prog_name="./run bench")
