"""What logs do not say of a token: its symbol and its decimals, from a token list (tokenlists.org) or a plain array."""

from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ledger.errors import InputRefused
from ledger.sources.flaws import flaw
from ledger.values import Count, Scale, Text

_FORM = ConfigDict(extra="ignore")


@dataclass(frozen=True, config=_FORM)
class Token:
    """A token: its contract's address, the symbol that becomes the asset's name, and its decimals."""

    address: Annotated[str, Field(strict=True, pattern=r"^0x[0-9a-fA-F]{40}$")]
    symbol: Text
    decimals: Scale
    chainId: Count | None = None  # noqa: N815  (the list's own name)


@dataclass(frozen=True, config=_FORM)
class _TokenList:
    tokens: tuple[Token, ...]


Tokens = dict[str, Token]
"""Tokens by address, in lower case."""

_LIST: TypeAdapter[_TokenList] = TypeAdapter(_TokenList)
_ARRAY: TypeAdapter[tuple[Token, ...]] = TypeAdapter(tuple[Token, ...])


def tokens(content: bytes, *, source: str, chain_id: int | None) -> Tokens:
    """The tokens of a list; of one for several chains, those of the chain asked for.

    Raises `InputRefused` with every flaw, and where one address has two descriptions.
    """
    try:
        plain = content.lstrip().startswith(b"[")
        listed = _ARRAY.validate_json(content) if plain else _LIST.validate_json(content).tokens
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        flaws = (flaw(0, content, detail, ".".join(map(str, detail["loc"]))) for detail in details)
        raise InputRefused(source, tuple(str(one).removeprefix("line 0: ") for one in flaws)) from error
    found: Tokens = {}
    for token in listed:
        if chain_id is None or token.chainId in (None, chain_id):
            address = token.address.lower()
            known = found.setdefault(address, token)
            if (known.symbol, known.decimals) != (token.symbol, token.decimals):
                raise InputRefused(source, (_twice(address, known, token),))
    return found


def _twice(address: str, one: Token, other: Token) -> str:
    words = " and ".join(f"{token.symbol} with {token.decimals} decimals" for token in (one, other))
    return f"{address} is described twice, as {words}; a list for several chains needs --chain-id"
