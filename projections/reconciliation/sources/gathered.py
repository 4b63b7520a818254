"""The lines of the account that is wanted, gathered from the rows of a file with what it declares beside them."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from projections.reconciliation.items import Item
from projections.reconciliation.sources.chosen import Chosen
from projections.reconciliation.sources.lines import COUNT_DIGITS, Reading, Role, Wrong
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.wanted import Wanted


class Told(NamedTuple):
    """An amount or number that a file declares outside its lines, where, and of which day (empty: not said)."""

    place: int
    role: Role
    amount: int
    day: str


class Gathered:
    """What a file says of an account: its lines, the running balance beside each where there is one, what is `told`.

    The oldest line stands first. `left_out` counts the lines of other accounts and assets, and those that are ignored.
    """

    def __init__(self) -> None:
        self.account = ""
        self.items: list[Item] = []
        self.balances: list[int | None] = []
        self.told: list[Told] = []
        self.left_out = 0


def gathered(rows: Iterable[Raw], profile: Profile, wanted: Wanted, problems: list[str]) -> Gathered:
    """What the rows say of the account that is wanted, and in `problems` every flaw of them."""
    got = Gathered()
    got.account = wanted.account or ""
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return got
    names = first.fields.keys()
    chosen = Chosen(profile, wanted, names)
    account = wanted.account or first.fields.get("account", "")
    reading = Reading(profile, names, account=account, commodity=wanted.commodity, decimals=wanted.decimals)
    lines: Iterator[Raw] = chain((first,), iterator)
    if chosen.needed:
        lines = _chosen(lines, chosen, got)
    if "row" in names:
        lines = _without_told(lines, reading, got, problems)
    _read(lines, reading, got, problems, running="balance" in names)
    problems.extend(chosen.problems())
    got.account = chosen.account()
    if got.account != account:
        got.items = [item._replace(account=got.account) for item in got.items]
    if profile.order == "newest":
        got.items.reverse()
        got.balances.reverse()
    return got


def _chosen(rows: Iterable[Raw], chosen: Chosen, got: Gathered) -> Iterator[Raw]:
    for row in rows:
        if chosen.takes(row):
            yield row
        else:
            got.left_out += 1


def _without_told(rows: Iterable[Raw], reading: Reading, got: Gathered, problems: list[str]) -> Iterator[Raw]:
    """The lines alone; what else the file declares is put aside."""
    for row in rows:
        try:
            role = reading.role(row)
            if role == "line":
                yield row
            elif role == "ignored":
                got.left_out += 1
            else:
                got.told.append(_told(row, role, reading))
        except ValueError as error:
            problems.append(f"line {row.place}: {error}")


def _told(row: Raw, role: Role, reading: Reading) -> Told:
    if role == "count":
        text = row.fields.get("count") or row.fields.get("amount", "")
        if not (text.isascii() and text.isdigit()) or len(text) > COUNT_DIGITS:
            raise Wrong("count", "is a number of lines", text)
        return Told(row.place, role, int(text), "")
    return Told(row.place, role, reading.declared(row.fields), reading.day(row.fields))


def _read(rows: Iterable[Raw], reading: Reading, got: Gathered, problems: list[str], *, running: bool) -> None:
    item_of, add, beside = reading.item, got.items.append, got.balances.append
    for row in rows:
        try:
            item = item_of(row)
            balance = reading.balance(row.fields) if running else None
        except ValueError:
            problems.extend(reading.flaws(row))
            continue
        if item is None:
            got.left_out += 1
            continue
        add(item)
        if running:
            beside(balance)
