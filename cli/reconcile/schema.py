"""The JSON Schema of a reconciliation's paper, from the types that it is declared by."""

from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from ledger.values import Json
from projections.reconciliation.document import SCHEMA
from projections.reconciliation.items import BASE_UNITS
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules

_AMOUNT: Final[Json] = {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)$"}
_PLAIN: Final[dict[object, Json]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    Any: {},
}


def paper_schema() -> Json:
    """The schema of the document of a paper: its parts are defined once, under their names."""
    named: dict[str, Json] = {}
    _of(Paper, named)
    whole = named.pop(Paper.__name__)
    properties = {"schema": {"const": SCHEMA}, **whole["properties"]}
    return {"title": SCHEMA, **whole, "properties": properties, "required": list(properties), "$defs": named}


def _of(hint: Any, named: dict[str, Json]) -> Json:  # noqa: ANN401, PLR0911  (any declared type; a way out for each kind)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _AMOUNT if BASE_UNITS in hint.__metadata__ else _of(parts[0], named)
    if origin in (Union, UnionType):
        return {"anyOf": [{"type": "null"} if part is NoneType else _of(part, named) for part in parts]}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is tuple:
        return {"type": "array", "items": _of(parts[0], named)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(parts[1], named)} if parts[1] is not Any else _OBJECT
    if hint is Rules:
        return TypeAdapter(Rules).json_schema(mode="serialization")
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint.__name__ not in named:
        named[hint.__name__] = {}
        named[hint.__name__] = _fields(hint, named)
    return {"$ref": f"#/$defs/{hint.__name__}"}


_OBJECT: Final[Json] = {"type": "object"}


def _fields(row: type[tuple[Any, ...]], named: dict[str, Json]) -> Json:
    hints = get_type_hints(row, include_extras=True)
    properties = {name.rstrip("_"): _of(hint, named) for name, hint in hints.items()}
    told = {"description": row.__doc__} if row.__doc__ else {}
    return {"type": "object", **told, "properties": properties, "required": list(properties)}
