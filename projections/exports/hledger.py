"""The journal as plain text for `hledger` and for `ledger`: a transaction for each entry, a line for each posting.

Both read names of ours as they stand, but for two things: `ledger` takes a commodity called `s`, `m` or `h` for a time,
so there it is written `~s`, `~m`, `~h` (no name of ours has a tilde), and an account of shares issued has a part more.
"""

from collections.abc import Iterator
from typing import Final, Literal, TextIO

from ledger.accounts import Charters, Posting
from ledger.errors import ExportRefused
from ledger.values import Account, Commodity
from projections.exports.text import (
    ISSUED,
    NUMBER_MAX,
    REMARKED,
    Tally,
    Told,
    decimals_of,
    in_units,
    place,
    plain,
    remarks,
    require_number,
    told,
    unposted,
    written_account,
)
from projections.reading import Selection, Watch

Program = Literal["hledger", "ledger"]

_TIMES: Final = frozenset({"s", "m", "h"})
_LEDGER_YEAR: Final = "1400"
"""The first year that `ledger` knows."""


def write_text(
    program: Program, book: str, selection: Selection, owners: frozenset[str], out: TextIO, watch: Watch = iter
) -> Tally:
    """Write the entries of a selection in the order of their positions; of `owners`, if any, only their postings.

    Commodities and accounts are declared where they first occur. Raises `ExportRefused` where `ledger` could not read
    an entry: one before the year 1400, or a number of more than 255 characters.
    """
    text = _Text(program, selection.charters)
    out.write(_heading(program, book))
    posted = silent = 0
    for one in told(selection, owners, watch):
        if one.lines:
            posted += 1
            out.write(text.transaction(one))
        else:
            silent += 1
            out.write(f"; {unposted(one, selection.charters)}\n\n")
    shown = selection.shown()
    out.write(f"; through position {shown.position}: {posted} entries, and {silent} without postings in comments\n")
    return Tally(posted, silent)


def written_commodity(commodity: Commodity, program: Program = "hledger") -> str:
    """A commodity as it is written: in quotes, unless it is all capitals. None that is a word to `ledger` is."""
    if commodity.isalpha() and commodity.isupper():
        return commodity
    return f'"~{commodity}"' if program == "ledger" and commodity in _TIMES else f'"{commodity}"'


def read_commodity(name: str) -> Commodity:
    """The commodity that is written so."""
    return Commodity(name.strip('"').removeprefix("~"))


def _heading(program: Program, book: str) -> str:
    tags = "".join(f"tag {name}\n" for name in REMARKED)
    mark = "decimal-mark .\n\n" if program == "hledger" else ""
    return (
        f"; The journal of {plain(book)} for {program}: exact amounts in units, an entry's position in brackets.\n"
        f"; Shares issued are in {ISSUED[1:]}, below their register. They follow the book's positions, not dates.\n\n"
        f"{mark}{tags}\n"
    )


class _Text:
    """Transactions, each after the declarations of what it is the first to name."""

    def __init__(self, program: Program, charters: Charters) -> None:
        self._program: Program = program
        self._charters = charters
        self._decimals: dict[Commodity, int] = {}
        self._written: dict[Commodity, str] = {}
        self._accounts: set[Account] = set()

    def transaction(self, one: Told) -> str:
        """An entry as it is written."""
        entry, event, lines = one
        if self._program == "ledger":
            self._require_readable(one)
        declared = list(self._declared(lines))
        remarked = [f"    ; {name}: {text}\n" for name, text in remarks(one)]
        posted = [
            f"    {written_account(account, commodity)}  "
            f"{in_units(amount, self._decimals[commodity])} {self._written[commodity]}\n"
            for account, commodity, amount in lines
        ]
        heading = f"{event.at[:10]} ({entry.position}) {event.type} {event.id}\n"
        return "".join((*declared, *(["\n"] if declared else []), heading, *remarked, *posted, "\n"))

    def _declared(self, lines: tuple[Posting, ...]) -> Iterator[str]:
        for account, commodity, _ in lines:
            if commodity not in self._decimals:
                decimals = self._decimals[commodity] = decimals_of(commodity, self._charters)
                written = self._written[commodity] = written_commodity(commodity, self._program)
                if example := self._example(decimals):
                    yield f"commodity {written}\n    format {example} {written}\n"
                else:
                    yield f"commodity {written}\n"
            name = written_account(account, commodity)
            if name not in self._accounts:
                self._accounts.add(name)
                yield f"account {name}\n"

    def _example(self, decimals: int) -> str:
        """An amount that shows how others are to be shown; none where `ledger` could not read it."""
        point = "." if decimals or self._program == "hledger" else ""
        example = f"1,000{point}{'0' * decimals}"
        return example if self._program == "hledger" or len(example) <= NUMBER_MAX else ""

    def _require_readable(self, one: Told) -> None:
        date = one.event.at[:10]
        if date < _LEDGER_YEAR:
            raise ExportRefused(f"{place(one)}: ledger reads no date before the year {_LEDGER_YEAR}, as {date} is")
        for posting in one.lines:
            require_number(one, posting, self._charters, "ledger")
