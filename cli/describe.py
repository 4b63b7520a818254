"""The verbs that describe: `schema` of commands, events and documents, `completion` of a shell."""

import json
from types import NoneType
from typing import Any, Final, get_args, get_origin, get_type_hints

import click
from click.shell_completion import get_completion_class
from pydantic import TypeAdapter

from cli.arguments import KINDS
from cli.check import TotalsRow
from cli.main import recoup
from cli.receipt_schemas import SCHEMAS as RECEIPTS
from cli.reconcile.rows import BreakRow
from cli.reconcile.schema import paper_schema
from cli.reconcile.show import SubjectRow
from ledger.events import ADAPTER, CATALOGUE
from ledger.values import Json
from projections.difference import DifferenceRow
from projections.entitlements import EntitlementRow
from projections.explain.tree import NodeRow
from projections.exports.balances import BalanceRow
from projections.reconciliation.document import SCHEMA as RECONCILIATION
from projections.reports import REPORTS
from projections.rows import measures
from projections.what_if import WhatIfRow

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_MOMENT: Final[Json] = {"type": ["string", "null"], "format": "date-time"}
_SHA256: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NUMBER: Final[Json] = {"type": "integer"}
_POINT: Final[Json] = {"as_of": _MOMENT, "known_at": _MOMENT, "late": _NUMBER, "adjusted": _NUMBER}
_OVERRIDE: Final[Json] = {
    "type": "object",
    "properties": {"position": {"type": "integer"}, "id": {"type": "string"}, "reason": {"type": "string"}},
}
_DIFFERENCE: Final[Json] = {
    "report": {"type": "string"},
    "before": {"type": "object", "properties": {"position": _NUMBER, **_POINT}, "required": ["position", *_POINT]},
    "between": _NUMBER,
}
"""What the difference of a report says beside the point that it leads to: the one that it comes from."""

_IMPOSSIBLE: Final[Json] = {
    "type": "object",
    "properties": {
        "position": {"type": "integer"},
        **{key: {"type": "string"} for key in ("id", "type", "outcome", "reason")},
    },
}
_DIGESTS: Final[Json] = {
    "events_sha256": _SHA256,
    "sums_sha256": _SHA256,
    "overrides": {"type": "array", "items": _OVERRIDE},
}
_AMOUNT: Final[Json] = {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)$"}


@click.command("schema")
@click.argument("name", required=False)
def schema_(name: str | None) -> None:
    """Print the JSON Schema of a command (`deposit`), of an event (`deposited`), of a document (`recoup.lenders/1`).

    Without a name, it is that of any line of facts.
    """
    documents = {f"recoup.{report.name}/1": (report.row_type, _POINT) for report in REPORTS.values()}
    documents["recoup.balances/1"] = (BalanceRow, _POINT)
    documents["recoup.entitlements/1"] = (EntitlementRow, {})
    documents["recoup.diff/1"] = (DifferenceRow, {**_POINT, **_DIFFERENCE})
    documents["recoup.explain/1"] = (NodeRow, {**_POINT, "ref": {"type": "string"}})
    documents["recoup.replay/1"] = (TotalsRow, _DIGESTS)
    documents["recoup.what-if/1"] = (WhatIfRow, {**_POINT, "impossible": {"type": "array", "items": _IMPOSSIBLE}})
    documents["recoup.reconciliations/1"] = (SubjectRow, {})
    documents["recoup.reconciliation-breaks/1"] = (BreakRow, {})
    if name is None:
        content = _any_line()
    elif name in KINDS:
        content = _with_type_required(TypeAdapter(KINDS[name]).json_schema())
    elif name in RECEIPTS:
        content = RECEIPTS[name]
    elif name == RECONCILIATION:
        content = paper_schema()
    elif name in documents:
        content = _document(name, *documents[name])
    else:
        there = ", ".join([*KINDS, *documents, *RECEIPTS, RECONCILIATION])
        raise click.UsageError(f"no command, event or document is called {name}; there are {there}")
    content = {"$schema": _DIALECT, **_with_text_defaults(content)}
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


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


def _with_text_defaults(schema: Any) -> Any:  # noqa: ANN401  (any part of a schema)
    """Amounts are text in JSON, and so are their defaults."""
    if isinstance(schema, list):
        return [_with_text_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: _with_text_defaults(part) for name, part in schema.items()}
    if schema.get("type") == "string" and isinstance(schema.get("default"), int):
        parts["default"] = str(schema["default"])
    return parts


def _document(name: str, row_type: type[tuple[Any, ...]], stands: Json) -> Json:
    """A report in JSON: what stands before its rows, and a row."""
    hints = get_type_hints(row_type)
    fields = {field: _field(hints[field], measure) for field, measure in measures(row_type).items()}
    row = {"type": "object", "description": row_type.__doc__, "properties": fields, "required": list(fields)}
    before = {"schema": {"const": name}, "book": {"type": "string"}, "position": {"type": "integer"}}
    properties = {**before, **stands, "rows": {"type": "array", "items": row}}
    return {"title": name, "type": "object", "properties": properties, "required": list(properties)}


def _field(hint: Any, measure: object) -> Json:  # noqa: ANN401  (any type a row may hold)
    if get_origin(hint) is dict:
        return {"type": "object", **({"additionalProperties": _field(get_args(hint)[1], measure)} if measure else {})}
    if any(get_origin(part) is list for part in (hint, *get_args(hint))):
        return {"type": ["array", "null"] if NoneType in get_args(hint) else "array"}
    if measure is not None and str in get_args(hint):
        return {"type": ["string", "null"]}
    if measure is not None:
        return {"anyOf": [_AMOUNT, {"type": "null"}]} if NoneType in get_args(hint) else _AMOUNT
    if int in (hint, *get_args(hint)):
        return {"type": ["integer", "null"] if NoneType in get_args(hint) else "integer"}
    return {"type": "string"}
