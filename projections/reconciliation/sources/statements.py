"""A statement of one account from the rows of a file, its control totals proved before anyone relies on it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from projections.reconciliation.items import FileMark, Item, SourceRefused, Statement
from projections.reconciliation.sources.gathered import Gathered, Told, gathered
from projections.reconciliation.sources.profile import Profile
from projections.reconciliation.sources.raw import Raw
from projections.reconciliation.sources.wanted import Wanted


def statements_of(
    rows: Iterable[Raw], profile: Profile, wanted: Wanted, mark: FileMark, problems: list[str]
) -> tuple[Statement, ...]:
    """The statement of the account that is wanted, as a tuple of one.

    `rows` are read once; `problems` are those that their reader adds meanwhile. Rows of other accounts and of other
    assets are left out and counted, where a column says which they are of. Raises `SourceRefused` with every flaw: of a
    line, of a running balance that does not run, of control totals that do not agree, of an opening and booked lines
    that do not come to the closing; and where it is not clear which account is meant.
    """
    got = gathered(rows, profile, wanted, problems)
    if problems:
        raise SourceRefused(mark.name, tuple(problems))
    booked = [item for item in got.items if item.status == "booked"]
    credits_ = sum(item.amount for item in booked if item.amount > 0)
    debits = -sum(item.amount for item in booked if item.amount < 0)
    problems.extend(_miscounted(got.told, len(booked), *_as_written(profile, credits_, debits)))
    problems.extend(_twice(got.told))
    if broken := _broken(got):
        raise SourceRefused(mark.name, (*problems, broken))
    first, last = _running(got)
    opening = _agreed("opening", [first, *_said(got.told, "opening"), _asked(wanted.opening)], problems)
    closing = _agreed("closing", [last, *_said(got.told, "closing"), _asked(wanted.closing)], problems)
    opened_at = _opened_at(booked or got.items, got.told, wanted, problems)
    closed_at = _closed_at(booked or got.items, got.told, wanted, problems)
    if opening is not None and closing is not None and opening + credits_ - debits != closing:
        problems.append(
            f"closing: the opening balance {opening} and {len(booked)} booked lines (credits {credits_}, debits "
            f"{debits}) come to {opening + credits_ - debits}, not {closing}"
        )
    if problems or opening is None or closing is None:
        raise SourceRefused(mark.name, tuple(problems))
    totals = {"credits": str(credits_), "debits": str(debits), "count": str(len(booked)), **_beside(got, len(booked))}
    mark = mark._replace(rows=len(got.items) + got.left_out, totals=totals)
    return (Statement(mark, got.account, wanted.commodity, opened_at, opening, closed_at, closing, tuple(got.items)),)


_Source = tuple[str, int] | None
"""Who says an amount, and which; None where it is not said."""


def _as_written(profile: Profile, credits_: int, debits: int) -> tuple[int, int]:
    """What the file calls credits and debits."""
    return (credits_, debits) if profile.sign == "same" else (debits, credits_)


def _miscounted(told: Sequence[Told], count: int, credits_: int, debits: int) -> Iterator[str]:
    for one in told:
        match one.role:
            case "count" if one.amount != count:
                yield f"line {one.place}: count: {one.amount} lines are declared, and {count} are there"
            case "credits" if abs(one.amount) != credits_:
                yield f"line {one.place}: credits: {abs(one.amount)} are declared, and the lines sum to {credits_}"
            case "debits" if abs(one.amount) != debits:
                yield f"line {one.place}: debits: {abs(one.amount)} are declared, and the lines sum to {debits}"
            case _:
                pass


def _twice(told: Sequence[Told]) -> Iterator[str]:
    first: dict[str, int] = {}
    for one in told:
        if one.role in first:
            yield f"line {one.place}: {one.role}: is declared already in line {first[one.role]}"
        first.setdefault(one.role, one.place)


def _broken(got: Gathered) -> str:
    """Where the running balance breaks, in words; empty where it does not."""
    broken = _break_of(_stated(got))
    # Told the other way round it may be whole: then the file stands so.
    turned = broken and not _break_of(reversed([*_stated(got)]))
    return f'{broken} (the newest line stands first: order = "newest" in the profile)' if turned else broken


def _stated(got: Gathered) -> Iterator[tuple[Item, int | None]]:
    """The lines that are in a running balance, with what it is after each where that is stated."""
    pairs = zip(got.items, got.balances, strict=False)
    return (pair for pair in pairs if pair[0].status == "booked")


def _break_of(stated: Iterable[tuple[Item, int | None]]) -> str:
    before: int | None = None
    moved, since = 0, 0
    for item, balance in stated:
        moved += item.amount
        if balance is None:
            continue
        if before is not None and before + moved != balance:
            return (
                f"line {item.place}: balance: {before} (line {since}) and what moved since, {moved}, come to "
                f"{before + moved}, not {balance}"
            )
        before, moved, since = balance, 0, item.place
    return ""


def _running(got: Gathered) -> tuple[_Source, _Source]:
    """The balances before the first line and after the last, by a running balance that is whole."""
    opening: _Source = None
    balance, moved = 0, 0
    for item, stated in _stated(got):
        moved += item.amount
        if stated is not None:
            opening = opening or (f"the running balance of line {item.place}", stated - moved)
            balance, moved = stated, 0
    return opening, opening and ("the running balance", balance + moved)


def _said(told: Sequence[Told], role: str) -> list[_Source]:
    return [(f"line {one.place}", one.amount) for one in told if one.role == role]


def _asked(amount: int | None) -> _Source:
    return None if amount is None else ("the caller", amount)


def _agreed(which: str, sources: Iterable[_Source], problems: list[str]) -> int | None:
    """The balance on which all agree who say it."""
    said = [source for source in sources if source]
    if not said:
        problems.append(f"{which}: neither the file nor the caller says the {which} balance")
        return None
    (who, amount), *others = said
    for other, another in others:
        if another != amount:
            problems.append(f"{which}: {who} says {amount}, and {other} {another}")
    return amount


def _opened_at(items: Sequence[Item], told: Sequence[Told], wanted: Wanted, problems: list[str]) -> str:
    """From when: as it is asked for, as the file declares it, or the day before the first line."""
    first = min((item.day for item in items), default="")
    said = next((one.day for one in told if one.role == "opening"), "")
    # Who dates the opening by the day that it opens means its beginning.
    begun = _day_before(said[:10]) if said and first and said[:10] >= first else said
    if wanted.opened_at:
        if said and wanted.opened_at[:10] not in {said[:10], begun[:10], _day_before(said[:10])}:
            problems.append(f"opened at: the file says {said}, and the caller {wanted.opened_at}")
        return wanted.opened_at
    if not begun and not first:
        problems.append("opened at: neither the file nor the caller says from when")
    return begun or (_day_before(first) if first else "")


def _closed_at(items: Sequence[Item], told: Sequence[Told], wanted: Wanted, problems: list[str]) -> str:
    """Until when: as it is asked for, as the file declares it, or the last line's date."""
    said = next((one.day for one in told if one.role == "closing"), "")
    if wanted.closed_at:
        if said and wanted.closed_at[:10] != said[:10]:
            problems.append(f"closed at: the file says {said}, and the caller {wanted.closed_at}")
        return wanted.closed_at
    if not said and not items:
        problems.append("closed at: neither the file nor the caller says until when")
        return ""
    if said:
        return said
    last = max(item.day for item in items)
    # A day stands for its end, and so for every instant of it.
    return last if any(item.at == last for item in items) else max(item.at for item in items)


def _day_before(day: str) -> str:
    found = date.fromisoformat(day)
    return (found - timedelta(days=1)).isoformat() if found > date.min else day


def _beside(got: Gathered, booked: int) -> dict[str, str]:
    """What else the file states: pending lines, those left out, totals that it declares itself."""
    told = {f"declared {one.role}": str(one.amount) for one in got.told}
    others = {"pending": len(got.items) - booked, "left out": got.left_out}
    return {**{name: str(number) for name, number in others.items() if number}, **told}
