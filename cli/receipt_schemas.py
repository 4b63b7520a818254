"""The JSON Schemas of what `record` prints: the receipt of one command or fact, and what is said of a file."""

from typing import Final

from ledger.values import Json

_TEXT: Final[Json] = {"type": "string"}
_AMOUNT: Final[Json] = {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
_SIGNED: Final[Json] = {"type": "string", "pattern": "^-?[1-9][0-9]*$"}
_FLAG: Final[Json] = {"type": "boolean"}
_COUNT: Final[Json] = {"type": "integer", "minimum": 0}
_SOURCES: Final = ["fund", "reserve", "tranche", "lender", "investor", "borrower"]
_REPORTS: Final = ["lenders", "funds", "deficits", "loans", "pools"]


def _object(**properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _document(name: str, **properties: Json) -> Json:
    return {"title": name, **_object(schema={"const": name}, book=_TEXT, **properties)}


_EVENT: Final[Json] = {
    "type": "object",
    "description": "The event as it is stored, in the form that its own schema describes.",
    "properties": {"type": _TEXT, "at": _TEXT, "id": _TEXT},
    "required": ["type", "at", "id"],
}
_ENTRY: Final = _object(
    position={"type": "integer", "minimum": 1},
    event=_EVENT,
    postings=_list(_object(account=_TEXT, commodity=_TEXT, amount=_SIGNED)),
)
_BORNE: Final = _object(
    pool=_TEXT, case=_TEXT, source={"type": "string", "enum": _SOURCES}, name=_TEXT, amount=_AMOUNT, paid=_AMOUNT
)
_CHANGE: Final = _object(
    report={"type": "string", "enum": _REPORTS},
    row={"type": "object", "additionalProperties": _TEXT},
    before={"type": ["object", "null"]},
    after={"type": ["object", "null"]},
)

SCHEMAS: Final[dict[str, Json]] = {
    document["title"]: document
    for document in (
        _document(
            "recoup.receipt/1",
            id=_TEXT,
            already=_FLAG,
            rehearsed=_FLAG,
            entries=_list(_ENTRY),
            borne=_list(_BORNE),
            open=_list(_object(pool=_TEXT, case=_TEXT, amount=_AMOUNT)),
            changes=_list(_CHANGE),
        ),
        _document(
            "recoup.recorded/1",
            file=_TEXT,
            rehearsed=_FLAG,
            recorded=_COUNT,
            already=_COUNT,
            by_type={"type": "object", "additionalProperties": _COUNT},
            entries=_list(_ENTRY),
            changes=_list(_CHANGE),
        ),
    )
}
"""The documents by name."""
