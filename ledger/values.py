"""The values that facts are made of: amounts, names, instants. Every border refuses the same."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NewType, TypeVar

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

AMOUNT_MAX: Final = 2**256 - 1
"""The largest amount an entry may carry."""

WAD: Final = 10**18
"""The scale of every ratio: 10^18 is one."""

AssetId = NewType("AssetId", str)
PoolId = NewType("PoolId", str)
FundId = NewType("FundId", str)
TrancheId = NewType("TrancheId", str)
LoanId = NewType("LoanId", str)
CaseId = NewType("CaseId", str)
PartyId = NewType("PartyId", str)
"""A lender, borrower, contributor, payer, buyer …: whoever stands on the other side of a fact."""
EventId = NewType("EventId", str)
Account = NewType("Account", str)
Commodity = NewType("Commodity", str)
"""An asset, or a share register (`shares:POOL:TRANCHE`, `debt:POOL`, `shares:FUND`)."""
Timestamp = NewType("Timestamp", str)
"""An instant as canonical text: UTC, ending in `Z`, with the shortest fraction."""

LENDERS: Final = TrancheId("lenders")
"""The tranche that every pool has."""

BORDER: Final = ConfigDict(extra="forbid", cache_strings="keys")
"""How a value that arrives from outside is read: what it does not declare is refused."""

Name = TypeVar("Name", bound=str)
Named = Annotated[Name, Field(strict=True, max_length=128, pattern=r"^[A-Za-z0-9._/@+#-]+$", title="Name")]
"""An id or name: 1 to 128 of `A-Z a-z 0-9 . _ / @ + # -`, case-sensitive."""

NamedLater = Annotated[
    Name, Field(strict=True, max_length=128, pattern=r"^[A-Za-z0-9._/@+#-]*$", title="Name, or empty until it has one")
]
"""The same, or nothing while there is none."""

Held = Annotated[
    Commodity,
    Field(
        strict=True,
        max_length=320,
        pattern=r"^([A-Za-z0-9._/@+#-]{1,128}|shares:[A-Za-z0-9._/@+#-]{1,128}:[A-Za-z0-9._/@+#-]{1,128})$",
    ),
]
"""What may stand as collateral: an asset, or the shares of a pool's tranche."""

AccountName = Annotated[
    Account, Field(strict=True, max_length=640, pattern=r"^[a-z]+(:[A-Za-z0-9._/@+#-]{1,128}){1,4}$")
]
"""The name of an account, as the chart of accounts writes it."""

Counted = Annotated[
    Commodity,
    Field(
        strict=True,
        max_length=320,
        pattern=r"^((debt:|shares:([A-Za-z0-9._/@+#-]{1,128}:)?)?[A-Za-z0-9._/@+#-]{1,128})$",
    ),
]
"""What an account is kept in: an asset, or the shares of a register, such as `debt:POOL`."""

Sha256 = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Field(strict=True, min_length=1, max_length=4096)]
LongText = Annotated[str, Field(strict=True, min_length=1)]
"""Text that the ledger writes itself, of whatever length: a command holds several texts and lists."""
Count = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
"""A number that is counted, not measured: decimals, a block, a line. Written as a JSON integer."""
Scale = Annotated[int, Field(strict=True, ge=0, le=255)]

_AMOUNT_RULE: Final = (
    "an amount is a decimal string of an integer from 0 to 2^256 - 1, without sign, point or leading zero"
)


class _AmountSchema:
    """Text outside, `int` inside. 77 digits always fit; only the 78-digit numbers are compared with the limit."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema
        fits = core_schema.chain_schema(
            [text(strict=True, pattern=r"^(0|[1-9][0-9]{0,76})$"), core_schema.int_schema()]
        )
        compared = core_schema.chain_schema(
            [text(strict=True, pattern=r"^[1-9][0-9]{77}$"), core_schema.int_schema(le=AMOUNT_MAX)]
        )
        return core_schema.json_or_python_schema(
            json_schema=core_schema.custom_error_schema(
                core_schema.union_schema([fits, compared], mode="left_to_right"),
                custom_error_type="amount",
                custom_error_message=_AMOUNT_RULE,
            ),
            python_schema=core_schema.int_schema(strict=True, ge=0, le=AMOUNT_MAX),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^(0|[1-9][0-9]{0,77})$", "description": _AMOUNT_RULE}


Amount = Annotated[int, _AmountSchema]
"""An amount in base units, 0 ≤ amount < 2^256: decimal text in JSON, an `int` in Python."""

_SIGNED_RULE: Final = (
    "a signed amount is a decimal string of an integer from -(2^256 - 1) to 2^256 - 1, without plus, point or "
    "leading zero"
)


class _SignedSchema:
    """As `_AmountSchema`, with a sign; these are rare, so one pattern and one comparison do."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=r"^(0|-?[1-9][0-9]{0,77})$")
        number = core_schema.int_schema(ge=-AMOUNT_MAX, le=AMOUNT_MAX)
        return core_schema.json_or_python_schema(
            json_schema=core_schema.custom_error_schema(
                core_schema.chain_schema([text, number]),
                custom_error_type="amount",
                custom_error_message=_SIGNED_RULE,
            ),
            python_schema=core_schema.int_schema(strict=True, ge=-AMOUNT_MAX, le=AMOUNT_MAX),
            serialization=core_schema.to_string_ser_schema(),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^(0|-?[1-9][0-9]{0,77})$", "description": _SIGNED_RULE}


Signed = Annotated[int, _SignedSchema]
"""An amount that may be negative: of a posting, debit positive; of interest that is trued down."""

_CANONICAL: Final = (
    r"^[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?Z$"
)
_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})0*)?"  # day, time, fraction
    r"([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",  # offset
    re.ASCII,
)


def timestamp(text: object) -> Timestamp:
    """The canonical form of an RFC 3339 instant with an offset.

    Raises `ValueError` for anything else, for an instant that no calendar holds, and for one finer than a nanosecond.
    """
    found = _RFC_3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("an instant is RFC 3339 with an offset, such as 2022-11-22T13:31:23Z")
    day, time, fraction, offset = found.groups()
    try:
        instant = datetime.fromisoformat(f"{day}T{time}{offset.upper()}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"no such instant: {error}") from None
    digits = (fraction or "").rstrip("0")
    return Timestamp(f"{instant:%Y-%m-%dT%H:%M:%S}".zfill(19) + (f".{digits}" if digits else "") + "Z")


class _InstantSchema:
    """The canonical form by pattern, every other form by the calendar."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        canonical = core_schema.str_schema(strict=True, pattern=_CANONICAL)
        other = core_schema.no_info_plain_validator_function(timestamp)
        return core_schema.custom_error_schema(
            core_schema.union_schema([canonical, other], mode="left_to_right"),
            custom_error_type="instant",
            custom_error_message="an instant is RFC 3339 with an offset, on the calendar, not finer than a nanosecond",
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time"}


Instant = Annotated[Timestamp, _InstantSchema]
"""An effective, original or recorded time: RFC 3339 with an offset outside, canonical UTC inside."""


def instant_key(at: Timestamp) -> str:
    """A key that sorts canonical instants by time: without the `Z`, `…:59` stands before `…:59.5`."""
    return at[:-1]


def days_between(earlier: Timestamp, later: Timestamp) -> int:
    """Whole days from `earlier` to `later`, rounded down; negative when `later` comes first."""
    return (_nanoseconds(later) - _nanoseconds(earlier)) // (86_400 * 10**9)


def _nanoseconds(at: Timestamp) -> int:
    whole = datetime.fromisoformat(at[:19]).replace(tzinfo=UTC) - datetime(1, 1, 1, tzinfo=UTC)
    fraction = at[20:-1].ljust(9, "0")
    return (whole.days * 86_400 + whole.seconds) * 10**9 + int(fraction)


def mul_div_down(amount: int, numerator: int, denominator: int) -> int:
    """floor(amount · numerator / denominator), exact at any size. `denominator` is positive."""
    return amount * numerator // denominator


def mul_div_up(amount: int, numerator: int, denominator: int) -> int:
    """ceil(amount · numerator / denominator), exact at any size. `denominator` is positive."""
    return -(-amount * numerator // denominator)


Json = dict[str, Any]
"""One JSON object, as a report or a schema hands it out."""

DebtMode = Literal["bilateral", "pooled", "indexed"]
"""How a pool keeps its borrowers' debt.

`bilateral`: each loan by itself. `pooled`: all loans in one account, each a share of it. `indexed`: each loan by
itself, while interest accrues on the pool as a whole and is allocated to a loan when that is touched.
"""
