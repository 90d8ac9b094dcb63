"""Writes docs/reference from the code: settings, parameters, errors, metrics, commands.

python docs/generate.py            write the pages
python docs/generate.py --check    exit with 1 and name the pages that are not up to date
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import typer
from prometheus_client.metrics import MetricWrapperBase
from typer.core import TyperGroup
from typer.testing import CliRunner

from pixelmill.api.problems import STATUSES, status_of
from pixelmill.cli.exits import MEANINGS
from pixelmill.cli.main import app
from pixelmill.domain.errors import CATALOGUE
from pixelmill.domain.transformation import DEFAULT_EFFORT, DEFAULT_QUALITY, OutputFormat, Transformation
from pixelmill.settings import Settings, environment_name
from pixelmill.telemetry import metrics

REFERENCE = Path(__file__).parent / "reference"
TYPES = {"array": "list", "integer": "integer", "number": "number"}
NOTICE = "<!-- Written by docs/generate.py; do not edit. -->"


def settings_page() -> Iterator[str]:
    """Every setting, its default, and what it may be."""
    yield "# Settings"
    yield "Environment variables, read once when a role starts. Lists are comma-separated."
    for name, group in Settings.groups().items():
        schema = group.model_json_schema(by_alias=False)["properties"]
        yield f"## {name}"
        yield (group.__doc__ or "").strip()
        yield table(
            ("variable", "default", "allowed", "meaning"),
            (
                (f"`{environment_name(group, field)}`", default(info.default), allowed(schema[field]), info.description)
                for field, info in group.model_fields.items()
            ),
        )


def default(value: object) -> str:
    """A default as one would write it into the environment."""
    if value is None or value in ((), {}):
        return ""
    return f"`{','.join(str(item) for item in value) if isinstance(value, tuple) else value}`"


def allowed(schema: dict[str, Any]) -> str:
    """What a setting may be, beyond its type, from its JSON schema."""
    if words := schema.get("enum"):
        return ", ".join(f"`{word}`" for word in words)
    limits = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most", "pattern": "matches"}
    said = [f"{words} `{schema[name]}`" for name, words in limits.items() if name in schema]
    return ", ".join([TYPES.get(str(schema.get("type")), ""), *said]).strip(", ")


def parameters_page() -> Iterator[str]:
    """Every parameter of an image."""
    schema = Transformation.model_json_schema()
    yield "# Parameters"
    yield (
        "What is asked of one image: `parameters` of a request, or one of its `variants`. Names and defaults are "
        "sharp's. A combination that makes no sense is refused by name."
    )
    yield table(
        ("parameter", "default", "may be", "meaning"),
        (
            (
                f"`{name}`",
                "" if field["default"] is None else f"`{json.dumps(field['default'])}`",
                " or ".join(kinds_of(field, schema["$defs"])),
                field["description"],
            )
            for name, field in schema["properties"].items()
        ),
    )
    yield table(
        ("format", "default quality", "default effort"),
        (
            (f"`{each.value}`", DEFAULT_QUALITY.get(each, "none"), DEFAULT_EFFORT.get(each, "none"))
            for each in OutputFormat
        ),
    )


def kinds_of(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """What a value may be: each of the kinds that its JSON schema allows, in words."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf") or schema.get("oneOf") or []:
        yield from kinds_of(choice, definitions)
    words = schema.get("enum") or [schema[key] for key in ("const",) if key in schema]
    if words:
        yield ", ".join(f"`{word}`" for word in words)
    elif "properties" in schema:
        yield f"an object of {', '.join(f'`{name}`' for name in schema['properties'])}"
    elif "minimum" in schema:
        yield f"{schema['type']} from {schema['minimum']:,} to {schema['maximum']:,}"
    elif schema.get("type") == "boolean":
        yield "`true`, `false`"
    elif schema.get("type") == "string":
        yield "text"


def errors_page() -> Iterator[str]:
    """Every error of the catalogue."""
    yield "# Errors"
    yield (
        "Every failure has a stable `code`. A request is refused with a problem document (RFC 9457) under the status "
        "below; an error without a status ends a task, and is shown in it. `retryable` says whether the same request "
        "may succeed later."
    )
    yield table(
        ("code", "status", "fault", "retryable", "title", "when"),
        (
            (
                f"`{code}`",
                str(status_of(error).value) if code in STATUSES else "",
                error.fault.value,
                "yes" if error.retryable else "no",
                error.title,
                first_sentence(error.__doc__),
            )
            for code, error in CATALOGUE.items()
        ),
    )


def metrics_page() -> Iterator[str]:
    """Every metric."""
    yield "# Metrics"
    yield (
        "Served at `/metrics` of the api (port 5000), the worker (8000) and the cleanup crew (8001), in the Prometheus "
        "text format. Labels take a bounded number of values."
    )
    yield table(
        ("metric", "type", "labels", "meaning"),
        (
            (f"`{sample_name(metric)}`", metric._type, ", ".join(metric._labelnames), metric._documentation)  # noqa: SLF001 - prometheus_client has no public way to ask
            for metric in vars(metrics).values()
            if isinstance(metric, MetricWrapperBase)
        ),
    )


def sample_name(metric: MetricWrapperBase) -> str:
    """The name under which a metric is queried."""
    suffix = {"counter": "_total", "info": "_info"}.get(str(metric._type), "")  # noqa: SLF001 - as above
    return f"{metric._name}{suffix}"  # noqa: SLF001 - as above


def cli_page() -> Iterator[str]:
    """Every command."""
    yield "# The command line"
    yield "Results go to standard output, progress and errors to standard error."
    yield table(("exit code", "meaning"), ((str(code.value), meaning) for code, meaning in MEANINGS.items()))
    for command in commands_of(typer.main.get_group(app)):
        yield f"## pixelmill {command}".rstrip()
        yield f"```text\n{help_of(command)}\n```"


def commands_of(group: TyperGroup, name: str = "") -> Iterator[str]:
    """The names of a group and of all commands in it."""
    yield name
    for command in group.commands.values():
        full_name = f"{name} {command.name}".strip()
        if isinstance(command, TyperGroup):
            yield from commands_of(command, full_name)
        else:
            yield full_name


def help_of(command: str) -> str:
    """What `--help` prints, in lines of at most 100 characters."""
    arguments = [*command.split(), "--help"]
    printed = CliRunner().invoke(app, arguments, prog_name="pixelmill", env={"COLUMNS": "100"}).stdout
    return printed.split("Exit codes:")[0].strip()


def first_sentence(docstring: str | None) -> str:
    """The first line of a docstring."""
    return (docstring or "").strip().split("\n", 1)[0]


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table."""
    cells = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in cells)


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "settings.md": settings_page,
    "parameters.md": parameters_page,
    "errors.md": errors_page,
    "metrics.md": metrics_page,
    "cli.md": cli_page,
}


def main() -> int:
    """Write the pages, or check them."""
    stale = []
    for name, page in PAGES.items():
        path, text = REFERENCE / name, "\n\n".join([NOTICE, *page()]) + "\n"
        if not path.exists() or path.read_text() != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.stderr.write(f"not up to date: {', '.join(stale)}; run: python docs/generate.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
