"""A paper as a document: canonical JSON, the same bytes for the same paper, and a paper again."""

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from hashlib import sha256
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

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
        return {name: plain(of, one) for (name, of), one in zip(_fields(cast("Any", type(value))), value, strict=True)}
    if isinstance(value, tuple):
        return [plain(part, one) for part, one in zip(_parts(hint, len(value)), value, strict=True)]
    return value


def made(hint: Any, value: Any) -> Any:  # noqa: ANN401  (likewise)
    """The value of a declared type that is so in JSON."""
    maker = _maker(hint)
    return value if maker is None else maker(value)


@cache
def _maker(hint: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401  (likewise)
    """How a value of a declared type is made of JSON; None where it is as it stands there."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return int if BASE_UNITS in hint.__metadata__ else _maker(parts[0])
    if origin in (Union, UnionType):
        inner = _maker(next(one for one in parts if one is not type(None)))
        return None if inner is None else partial(_unless_none, inner)
    if hint is Rules:
        return lambda value: _RULES.validate_json(json.dumps(value))
    if isinstance(hint, type) and hasattr(hint, "_fields"):
        return partial(_row_made, hint, tuple((name, _maker(of)) for name, of in _fields(hint)))
    if origin is tuple:
        return partial(_tuple_made, parts)
    return None


def _unless_none(maker: Callable[[Any], Any], value: Any) -> Any:  # noqa: ANN401  (likewise)
    return None if value is None else maker(value)


def _tuple_made(parts: tuple[Any, ...], value: Sequence[Any]) -> tuple[Any, ...]:
    if parts[1:] != (...,):
        return tuple(made(part, one) for part, one in zip(parts, value, strict=True))
    maker = _maker(parts[0])
    return tuple(value if maker is None else map(maker, value))


def _row_made(
    row: type[tuple[Any, ...]], fields: tuple[tuple[str, Callable[[Any], Any] | None], ...], value: Json
) -> tuple[Any, ...]:
    return row(*(value[name] if maker is None else maker(value[name]) for name, maker in fields))


@cache
def _fields(row: type[tuple[Any, ...]]) -> tuple[tuple[str, Any], ...]:
    """The fields of a row as they are called in a document, each with its declared type."""
    return tuple((name.rstrip("_"), hint) for name, hint in get_type_hints(row, include_extras=True).items())


def _parts(hint: Any, count: int) -> list[Any]:  # noqa: ANN401
    arguments = get_args(hint)
    return [arguments[0]] * count if arguments[1:] == (...,) else list(arguments)
