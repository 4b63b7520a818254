"""What every text of the journal is made of: entries with their postings, amounts in units, words made safe."""

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.accounts import Charters, Posting
from ledger.chart import Part, is_issued, owner, part_of, side_of
from ledger.errors import ExportRefused, UnknownName
from ledger.events import AnyEvent, BalanceAsserted, EntryReversed
from ledger.journal import Entry
from ledger.values import Account, AssetId, Commodity
from projections.reading import Selection, Watch

NUMBER_MAX: Final = 255
"""How many characters of a number, without its sign, `ledger` and `beancount` read."""

ISSUED: Final = ":~issued"
"""What an account of shares issued is called below its register: no name of ours has a tilde.

With the accounts of those who hold shares in it a register comes to zero, and `ledger bal --flat` would leave it out.
"""

KEPT: Final = 1 << 16
"""So many names of accounts are remembered as they are written."""

_NAMED: Final = ("pool", "fund", "loan", "case")
_SAID: Final = ("reason", "memo")
REMARKED: Final = ("id", "at", *_NAMED, "reverses", "occurred_at", "recorded_at", "recorded_by", *_SAID)
"""The names of what is said of an entry, in their order."""


class Told(NamedTuple):
    """An entry with its event and its postings."""

    entry: Entry
    event: AnyEvent
    lines: tuple[Posting, ...]


class Tally(NamedTuple):
    """What an export wrote: entries with postings, and entries without any."""

    posted: int
    unposted: int


def told(selection: Selection, owners: frozenset[str], watch: Watch) -> Iterator[Told]:
    """The entries shown, also what was reversed and its reversal; of `owners`, if any, only their postings.

    Postings balance in every pool and in every fund by themselves (law 1), and so do those that are left of an entry.
    """
    for entry in selection.entries(watch):
        event = entry.event()
        lines = tuple(event.lines(selection.charters))
        if not owners:
            yield Told(entry, event, lines)
            continue
        theirs = tuple(line for line in lines if owner(line.account) in owners)
        if theirs or (not lines and owners & {getattr(event, "pool", None), getattr(event, "fund", None)}):
            yield Told(entry, event, theirs)


def in_units(amount: int, decimals: int) -> str:
    """An amount of base units in units, exact, with all decimals of its asset and nothing between the digits."""
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    whole = len(digits) - decimals
    return f"{'-' if amount < 0 else ''}{digits[:whole]}{'.' if decimals else ''}{digits[whole:]}"


def decimals_of(commodity: Commodity, charters: Charters) -> int:
    """The decimals of an asset; shares have none."""
    return charters.assets.get(AssetId(commodity), 0)


def known_part(account: Account, commodity: Commodity, charters: Charters) -> Part | None:
    """What an account's name says, None where no chart has it."""
    with suppress(UnknownName):
        return part_of(account, commodity, charters)
    return None


@lru_cache(KEPT)
def written_account(account: Account, commodity: Commodity) -> Account:
    """The account as a text names it: shares issued stand beside those who hold them, not above."""
    return Account(account + ISSUED) if account.startswith("register:") and is_issued(account, commodity) else account


def read_account(name: str) -> Account:
    """The account that is named so in a text."""
    return Account(name.removesuffix(ISSUED))


def require_number(one: Told, posting: Posting, charters: Charters, program: str) -> None:
    """Refuse an amount that a program could not read for its length: one of an asset of more than 253 decimals."""
    account, commodity, amount = posting
    text = in_units(abs(amount), decimals_of(commodity, charters))
    if len(text) > NUMBER_MAX:
        raise ExportRefused(
            f"{place(one)}: {program} reads no number of more than {NUMBER_MAX} characters, "
            f"as {text} {commodity} in {account} is"
        )


def place(one: Told) -> str:
    """How an entry is named where it is refused."""
    return f"entry {one.entry.position}, {one.event.id}"


def plain(text: str) -> str:
    """Text on one line, without what is not printed."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)


def remarks(one: Told) -> Iterator[tuple[str, str]]:
    """What is said of an entry beside its date, position, type and postings: each by one of `REMARKED`, on one line."""
    entry, event, _ = one
    yield "id", event.id
    yield "at", event.at
    for name in _NAMED:
        if (value := getattr(event, name, None)) is not None:
            yield name, value
    if isinstance(event, EntryReversed):
        yield "reverses", event.of
    if event.occurred_at is not None:
        yield "occurred_at", event.occurred_at
    yield "recorded_at", entry.recorded_at
    yield "recorded_by", plain(entry.recorded_by)
    for name in _SAID:
        if text := getattr(event, name, None):
            yield name, plain(text)


def unposted(one: Told, charters: Charters) -> str:
    """An entry that posts nothing, in a line. A balance that it asserts stands in the order of the book's positions."""
    entry, event, _ = one
    line = f"{event.at[:10]} ({entry.position}) {event.type} {event.id}"
    if isinstance(event, BalanceAsserted):
        side = side_of(event.account, event.commodity)
        amount = in_units(event.amount, decimals_of(event.commodity, charters))
        account = written_account(event.account, event.commodity)
        line += f": {account} stands at {amount} {event.commodity}{' credit' if side != 'debit' else ''}"
    return line
