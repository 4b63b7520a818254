"""From the words `COMMAND key=value …` to a command or a fact: how each value is read, and what is wrong with one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from enum import Enum
from typing import Any, Final, get_args, get_type_hints

import click
from pydantic import TypeAdapter, ValidationError

from cli.amounts import in_base_units
from ledger.accounts import Charters
from ledger.commands import COMMANDS, AnyCommand, Measure
from ledger.errors import InputRefused
from ledger.events import CATALOGUE, AnyEvent
from ledger.sources.flaws import flaw, named_twice, shown
from ledger.values import AssetId, FundId, Json, PoolId

KINDS: Final[dict[str, type[AnyCommand] | type[AnyEvent]]] = {**COMMANDS, **CATALOGUE}
"""All that can be recorded, by name: commands, and facts as they are."""

_WRITTEN: Final = ("type", "command", "cause")
"""Fields that nobody gives: the name stands first, the others are written by the ledger itself."""


class Form(Enum):
    """How the value of a field is written on the command line."""

    TEXT = "text as it is"
    NAMES = "names with commas between them, or a JSON array of them"
    JSON = "JSON"


def require_kind(name: str) -> None:
    """Refuse what is neither a command nor a fact, and say what is called nearly so."""
    if name in KINDS:
        return
    near = get_close_matches(name, KINDS, n=4)
    hint = f"; there is {', '.join(near)}" if near else "; recoup record --help lists them"
    raise click.UsageError(f"no command or fact is called {name}{hint}")


def fields_of(arguments: Sequence[str], **options: str | None) -> dict[str, str]:
    """The values by field, of arguments `key=value` and of options that stand for a field."""
    texts: dict[str, str] = {}
    for argument in arguments:
        field, separator, text = argument.partition("=")
        if not separator or not field:
            raise click.UsageError(f"{argument!r} is not of the form key=value")
        _give(texts, field, text)
    for field, option in options.items():
        if option is not None:
            _give(texts, field, option)
    return texts


def _give(texts: dict[str, str], field: str, text: str) -> None:
    if field in texts:
        raise click.UsageError(f"{field} is given twice")
    try:
        f"{field}{text}".encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"{field} is not UTF-8") from None
    texts[field] = text


def read(name: str, texts: Mapping[str, str]) -> AnyCommand | AnyEvent:
    """The command or fact of a name with these values. Raises `InputRefused` with every flaw, by field and value."""
    kind = KINDS[name]
    forms = _forms(kind)
    problems = [_not_given(field, texts[field]) for field in _WRITTEN if field in texts]
    given = {field: text for field, text in texts.items() if field not in _WRITTEN}
    content = ",".join(f"{json.dumps(field)}:{_as_json(text, forms.get(field))}" for field, text in given.items())
    line = f"{{{content}}}".encode()
    if twice := named_twice(line):
        problems.append(f"{twice}: stands twice in one object")
    try:
        asked = TypeAdapter(kind).validate_json(line)
    except ValidationError as error:
        raise InputRefused(name, (*problems, *_problems(error, line))) from None
    if problems:
        raise InputRefused(name, tuple(problems))
    return asked


def _not_given(field: str, text: str) -> str:
    words = "stands first, as the name of the command or fact" if field == "type" else "is written by the ledger itself"
    return f"{field}: {words}, not {shown(text)}"


def _problems(error: ValidationError, line: bytes) -> Iterator[str]:
    """Each flaw that was found. One of the whole names no value: the fields beside it are those just given."""
    for detail in error.errors(include_url=False, include_context=False):
        found = flaw(1, line, detail, ".".join(map(str, detail["loc"])))
        if not found.field:
            found = replace(found, value="")
        elif detail["type"] == "dataclass_type":
            found = replace(found, value=shown(detail["input"]))
        yield found.told()


def _forms(kind: type[AnyCommand] | type[AnyEvent]) -> dict[str, Form]:
    """How the value of each field is written, as the field's JSON type tells."""
    return {field: _form(part) for field, part in TypeAdapter(kind).json_schema()["properties"].items()}


def _form(schema: Json) -> Form:
    (part,) = (one for one in schema.get("anyOf", [schema]) if one.get("type") != "null")
    match part.get("type"):
        case "string":
            return Form.TEXT
        case "array" if part["items"].get("type") == "string":
            return Form.NAMES
        case _:
            return Form.JSON


def _as_json(text: str, form: Form | None) -> str:
    """A value in JSON. What should be JSON and is not stays text, which the field then refuses."""
    if form is Form.JSON and _is_json(text):
        return text
    if form is Form.NAMES:
        if text.startswith("[") and _is_json(text):
            return text
        return json.dumps(text.split(",") if text else [])
    return json.dumps(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


# Amounts in units.


def from_units(name: str, texts: Mapping[str, str], charters: Charters) -> dict[str, str]:
    """The same values, with the amounts that are in units in base units. Shares and ratios stay as they are.

    Raises `InputRefused` for an amount that is not exact in its asset, `UnknownName` where its asset is not known.
    """
    if name not in COMMANDS:
        raise click.UsageError(f"--units goes with commands; {name} is a fact, recorded as it is, in base units")
    measures = _measures(COMMANDS[name])
    found, problems = dict(texts), []
    for field in (field for field in texts if field in measures):
        try:
            found[field] = in_base_units(texts[field], *_asset(measures[field], texts, charters))
        except ValueError as error:
            problems.append(f"{field}: {error}")
    if problems:
        raise InputRefused(name, tuple(problems))
    return found


def _measures(command: type[AnyCommand]) -> dict[str, Measure]:
    """What the fields of a command are counted in, where that is an asset."""
    hints = get_type_hints(command, include_extras=True)
    return {field: part for field, hint in hints.items() for part in _parts(hint) if isinstance(part, Measure)}


def _parts(hint: Any) -> Iterator[Any]:  # noqa: ANN401  (any type a field may have)
    yield hint
    for argument in get_args(hint):
        yield from _parts(argument)


def _asset(measure: Measure, texts: Mapping[str, str], charters: Charters) -> tuple[int, str]:
    """The decimals of the asset that a field is counted in, and its name. The shares of a register have none."""
    if measure is Measure.POOL:
        asset = str(charters.pools[PoolId(_named("pool", texts))].asset)
    elif measure is Measure.FUND:
        asset = str(charters.funds[FundId(_named("fund", texts))].asset)
    else:
        asset = _named("asset", texts)
    return (0 if asset.startswith("shares:") else charters.assets[AssetId(asset)]), asset


def _named(field: str, texts: Mapping[str, str]) -> str:
    """The name that another field gives, without which an amount in units means nothing."""
    if field not in texts:
        raise ValueError(f"is in units of an asset, and {field} is missing")
    return texts[field]
