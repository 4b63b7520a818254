"""A paper as a document: canonical JSON, the same bytes for the same paper, and a paper again."""

import json
from collections.abc import Mapping
from hashlib import sha256
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from ledger.values import Json
from projections.reconciliation.items import BASE_UNITS
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules

SCHEMA = "recoup.reconciliation/1"

_RULES: TypeAdapter[Rules] = TypeAdapter(Rules)


def document_of(paper: Paper) -> bytes:
    """The canonical bytes of a paper: compact UTF-8 JSON, amounts as decimal text, fields as declared."""
    content = {"schema": SCHEMA, **cast("Json", plain(Paper, paper))}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def hash_of(paper: Paper) -> str:
    """The SHA-256 of its document, by which a paper is signed."""
    return sha256(document_of(paper)).hexdigest()


def paper_of(document: bytes) -> Paper:
    """The paper of a document. Raises `ValueError` for what is none."""
    content = json.loads(document)
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        raise ValueError(f"is no {SCHEMA}")
    return cast("Paper", made(Paper, content))


def plain(hint: Any, value: Any) -> Any:  # noqa: ANN401  (what JSON takes)
    """A value as JSON takes it, by its declared type. A trailing `_` of a field's name is left out."""
    if value is None or isinstance(value, str):
        return value
    if get_origin(hint) is Annotated:
        return str(value) if BASE_UNITS in hint.__metadata__ else plain(get_args(hint)[0], value)
    if isinstance(value, Rules):
        return _RULES.dump_python(value, mode="json")
    if hasattr(type(value), "_fields"):
        hints = get_type_hints(type(value), include_extras=True)
        return {name.rstrip("_"): plain(hints[name], getattr(value, name)) for name in hints}
    if isinstance(value, tuple):
        return [plain(part, one) for part, one in zip(_parts(hint, len(value)), value, strict=True)]
    return value


def made(hint: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911  (likewise)
    """The value of a declared type that is so in JSON."""
    origin = get_origin(hint)
    if origin is Annotated:
        return int(value) if BASE_UNITS in hint.__metadata__ else made(get_args(hint)[0], value)
    if origin in (Union, UnionType):
        return None if value is None else made(next(one for one in get_args(hint) if one is not type(None)), value)
    if hint is Rules:
        return _RULES.validate_json(json.dumps(value))
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        hints = get_type_hints(hint, include_extras=True)
        return hint(**{name: made(of, value[name.rstrip("_")]) for name, of in hints.items()})
    if origin is tuple:
        return tuple(made(part, one) for part, one in zip(_parts(hint, len(value)), value, strict=True))
    if origin in (dict, Literal) or isinstance(value, Mapping):
        return value
    return value


def _parts(hint: Any, count: int) -> list[Any]:  # noqa: ANN401
    arguments = get_args(hint)
    return [arguments[0]] * count if arguments[1:] == (...,) else list(arguments)
