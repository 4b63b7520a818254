"""What a break, a movement and a paper are in words and units: shared by the table, the workbook and the page."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from cli.amounts import aligned, in_units, printable
from ledger.values import Json
from projections.reconciliation.breaks import Break, Party
from projections.reconciliation.items import FileMark, Item
from projections.reconciliation.paper import OF_ACCOUNTS, Paper

PARTIES: Final[Mapping[Party, str]] = {
    "ours": "ours to fix",
    "theirs": "theirs to fix",
    "nobody": "nobody has to act",
    "unknown": "not known",
}
"""Who has to act on a break."""

_CENTS: Final = 2
"""Up to so many decimals are always shown."""

_AMOUNTS: Final = ("credits", "debits", "opening", "closing")
"""Control totals that are amounts, also where a file `declared` them itself."""


class Movement(NamedTuple):
    """A movement in words: its day, where it stands, what it is called, its amount in units, and what else is said."""

    day: str
    place: str
    name: str
    amount: str
    said: str = ""

    def line(self) -> str:
        """All of it in one line."""
        return " ".join(part for part in (self.day, self.name, f"({self.place})", self.amount, self.said) if part)


def places(commodity: str, decimals: Mapping[str, int]) -> int:
    """The decimals of a commodity; what is not known, such as shares, has none."""
    return decimals.get(commodity, 0)


def units(amount: int, commodity: str, decimals: Mapping[str, int]) -> str:
    """An amount in units, as many decimals as it needs; of a currency with cents always all of them."""
    known = places(commodity, decimals)
    return in_units(amount, known, shown=known if known <= _CENTS else None)


def units_below_each_other(of: Sequence[tuple[int, str]], decimals: Mapping[str, int]) -> list[str]:
    """A column of amounts with their commodities: those of one commodity with equally many decimals, zero as `0`."""
    cells = aligned([(amount, places(commodity, decimals)) for amount, commodity in of])
    return [
        units(amount, commodity, decimals) if amount and places(commodity, decimals) <= _CENTS else cell
        for (amount, commodity), cell in zip(of, cells, strict=True)
    ]


def movement(item: Item, side: str, decimals: Mapping[str, int]) -> Movement:
    """A movement of a side, `ours` or `theirs`."""
    place = f"{'entry' if side == 'ours' else 'line'} {item.place}"
    amount = units(item.amount, item.commodity, decimals)
    return Movement(
        item.day, place, printable(name_of(item, side)), amount, printable("; ".join(_said(item, decimals)))
    )


def name_of(item: Item, side: str) -> str:
    """What a movement is called by who stated it; of a line that names nothing, what it says."""
    if side == "ours":
        return item.id
    return item.reference or item.end_to_end or item.chain or item.group or item.counterparty or item.text


def _said(item: Item, decimals: Mapping[str, int]) -> list[str]:
    """What a reader has to know of a movement beside its amount."""
    told = [item.kind] if item.kind in ("fee", "interest") else []
    told += ["pending"] if item.status == "pending" else []
    told += ["a reversal"] if item.reverses == "?" else [f"reverses {item.reverses}"] if item.reverses else []
    return [*told, *([f"fee {units(item.fee, item.commodity, decimals)}"] if item.fee else [])]


def effect_of(one: Break, decimals: Mapping[str, int]) -> str:
    """What a break makes our balance larger than theirs, in units."""
    return f"{units(one.effect, one.commodity, decimals)} {printable(one.commodity)}"


def age_of(one: Break) -> str:
    """How old a break is, and since when it is there."""
    told = [f"{one.age_days:,} day{'' if one.age_days == 1 else 's'}" + (f" ({one.bucket})" if one.bucket else "")]
    told += [f"since {moment(one.since)}"] if one.since else []
    told += [f"first seen {moment(one.first_seen)}"] if one.first_seen else []
    return ", ".join(told)


def key_of(one: Break) -> str:
    """The row and the field of a break between balances."""
    return printable(", ".join(f"{name} {plain(value)}" for name, value in (one.key or {}).items()))


def positions(of: Sequence[int]) -> str:
    """Positions of entries, runs of them told by their ends."""
    runs: list[list[int]] = []
    for position in of:
        if runs and position == runs[-1][1] + 1:
            runs[-1][1] = position
        else:
            runs.append([position, position])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in runs)


def moment(at: str) -> str:
    """A time for people; a day is its end where an account closes."""
    return printable(at.removesuffix("Z").replace("T", " ") + (" UTC" if "T" in at else ""))


def fact_text(fact: Json) -> str:
    """A fact as a line that `recoup record --file` takes; what a terminal must not see is escaped in it."""
    told = json.dumps(fact, ensure_ascii=False, separators=(",", ":"))
    return told if told.isprintable() else json.dumps(fact, separators=(",", ":"))


def only_commodity(paper: Paper) -> str | None:
    """The commodity of a paper of one."""
    return next(iter(paper.decimals)) if len(paper.decimals) == 1 else None


def totals_of(mark: FileMark, paper: Paper) -> list[str]:
    """The control totals of a file: amounts in units where the paper is of one commodity, else in base units."""
    of = only_commodity(paper)
    told = []
    for name, value in mark.totals.items():
        is_amount = of is not None and name.endswith(_AMOUNTS) and _is_integer(value)
        told.append(printable(f"{name} {units(int(value), of or '', paper.decimals) if is_amount else plain(value)}"))
    return told


def _is_integer(value: object) -> bool:
    return isinstance(value, str) and value.removeprefix("-").isdecimal()


def plain(value: object) -> str:
    """A value of JSON for people: text as it is, what has fields as these."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(part)}" for name, part in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def subject_of(paper: Paper) -> str:
    """What was reconciled, in words."""
    return printable(paper.subject.removeprefix(OF_ACCOUNTS).replace(",", ", "))


def period_of(paper: Paper) -> str:
    """From when to when, or as of when, a paper is."""
    if not paper.opened_at:
        return f"as of {moment(paper.closed_at)}"
    return f"{moment(paper.opened_at)} to {moment(paper.closed_at)}"


def verdict_of(paper: Paper) -> str:
    """Whether the paper proves itself, in a sentence."""
    number = len(paper.breaks)
    if paper.may_be_signed():
        if not number:
            return "Proved: both sides say the same, and no break is open."
        return f"Proved: {_breaks(number)} explain{'s' if number == 1 else ''} the difference to the last unit."
    left = [f"{units(amount, name, paper.decimals)} {name}" for name, amount in paper.unexplained().items()]
    unknown = sum(one.class_ == "unexplained" for one in paper.breaks)
    told = [f"{', '.join(left)} is unexplained"] if left else []
    told += [f"{_breaks(unknown)} {'is' if unknown == 1 else 'are'} unexplained"] if unknown else []
    return printable(f"Not proved, it can not be signed: {' and '.join(told)}.")


def _breaks(number: int) -> str:
    return f"{number:,} open break{'' if number == 1 else 's'}"
