"""The verbs that describe: `schema` of events and reports, `completion` of a shell."""

import json
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import click
from click.shell_completion import get_completion_class
from pydantic import TypeAdapter

from cli.main import recoup
from ledger.events import ADAPTER, CATALOGUE
from ledger.values import Json
from projections.reports import REPORTS, Report
from projections.rows import measures

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_AMOUNT: Final[Json] = {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)$"}


@click.command("schema")
@click.argument("name", required=False)
def schema_(name: str | None) -> None:
    """Print the JSON Schema of an event (`deposited`), of a report (`recoup.lenders/1`), or of any line of facts."""
    reports = {f"recoup.{report.name}/1": report for report in REPORTS.values()}
    if name is None:
        content = _any_line()
    elif name in CATALOGUE:
        content = _with_type_required(TypeAdapter(CATALOGUE[name]).json_schema())
    elif name in reports:
        content = _document(name, reports[name])
    else:
        raise click.UsageError(f"no event or report is called {name}; there are {', '.join([*CATALOGUE, *reports])}")
    click.echo(json.dumps({"$schema": _DIALECT, **content}, indent=2, ensure_ascii=False))


@click.command("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion_(shell: str) -> None:
    """Print the completion script of a shell, to be evaluated by it."""
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(completion(recoup, {}, "recoup", "_RECOUP_COMPLETE").source())


def _any_line() -> Json:
    content = ADAPTER.json_schema()
    for event in CATALOGUE.values():
        content["$defs"][event.__name__] = _with_type_required(content["$defs"][event.__name__])
    return content


def _with_type_required(schema: Json) -> Json:
    """An event's `type` has a default in Python, and none in JSON."""
    return {**schema, "required": ["type", *schema["required"]]}


def _document(name: str, report: Report) -> Json:
    """A report in JSON: what stands before its rows, and a row."""
    hints = get_type_hints(report.row_type)
    fields = {field: _field(hints[field], measure) for field, measure in measures(report.row_type).items()}
    row = {"type": "object", "description": report.row_type.__doc__, "properties": fields, "required": list(fields)}
    text, moment = {"type": "string"}, {"type": ["string", "null"], "format": "date-time"}
    before = {"schema": {"const": name}, "book": text, "position": {"type": "integer"}}
    times = {"as_of": moment, "known_at": moment, "late": {"type": "integer"}}
    properties = {**before, **times, "rows": {"type": "array", "items": row}}
    return {"title": name, "type": "object", "properties": properties, "required": list(properties)}


def _field(hint: Any, measure: object) -> Json:  # noqa: ANN401  (any type a row may hold)
    if get_origin(hint) is dict:
        return {"type": "object", **({"additionalProperties": _field(get_args(hint)[1], measure)} if measure else {})}
    if measure is not None:
        return {"anyOf": [_AMOUNT, {"type": "null"}]} if NoneType in get_args(hint) else _AMOUNT
    if int in (hint, *get_args(hint)):
        return {"type": ["integer", "null"] if NoneType in get_args(hint) else "integer"}
    return {"type": "string"}
