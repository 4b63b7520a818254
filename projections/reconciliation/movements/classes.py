"""Of which class a break is: rules for what differs and for what is left of either side; the first one counts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from projections.reconciliation.breaks import Break, Class, Match
from projections.reconciliation.items import Item
from projections.reconciliation.movements.beside import Beside, beside, entry_named, entry_of
from projections.reconciliation.movements.two_amounts import PAIR_RULES, Pair
from projections.reconciliation.movements.verdict import Verdict
from projections.reconciliation.paper import Matched, Ours, Paper
from projections.reconciliation.rules import Rules
from projections.reconciliation.standing import day_number

Of = TypeVar("Of")

_NAMED_MAX: Final = 5
"""Of movements that are alike so many are named on either side."""


def classified(
    found: Matched,
    ours: Ours,
    pending: Sequence[Item],
    rules: Rules,
    *,
    closed_at: str,
    previous: Paper | None = None,
    files: Sequence[str] = (),
) -> tuple[Break, ...]:
    """The breaks of what is not matched, without identity and age. `pending` lines are in no balance, and are none.

    `closed_at` is the closing, a day or an instant; `files` are the names of the files that the lines stand in.
    What the paper before knew of a movement that is still open, such as that it is a duplicate, is remembered.
    """
    seen = beside(found, ours, pending, rules, closed_at=closed_at, previous=previous, files=files)
    return tuple(_breaks(found, seen))


def _breaks(found: Matched, seen: Beside) -> Iterator[Break]:
    for one in found.near:
        pair = Pair(one.ours, one.theirs, one.key)
        yield _break(_first(PAIR_RULES, pair, seen), one.ours, one.theirs)
    for line in (*(copy for copy, _ in found.copies_theirs), *found.theirs):
        yield _break(_first((*LINE_RULES, missing_in_ledger), line, seen), (), (line,))
    for entry in (*(copy for copy, _ in found.copies_ours), *found.ours):
        yield _break(_first((*ENTRY_RULES, in_transit, missing_in_statement), entry, seen), (entry,), ())
    for several in found.ambiguous:
        told = _alike(several, seen)
        for line in several.theirs:
            of_line = duplicate_line, reversal_of_line, _ambiguous(several.key, _of_line, told)
            yield _break(_first(of_line, line, seen), (), (line,))
        for entry in several.ours:
            of_entry = duplicate_entry, reversal_of_entry, _ambiguous(several.key, _of_entry, told)
            yield _break(_first(of_entry, entry, seen), (entry,), ())


def _first(rules: Iterable[Callable[[Of, Beside], Verdict | None]], of: Of, seen: Beside) -> Verdict:
    return next(verdict for rule in rules if (verdict := rule(of, seen)) is not None)


def _break(verdict: Verdict, ours: tuple[Item, ...], theirs: tuple[Item, ...]) -> Break:
    effect = sum(item.amount for item in ours) - sum(item.amount for item in theirs)
    return Break(
        id="",
        class_=verdict.class_,
        commodity=(*ours, *theirs)[0].commodity,
        effect=effect,
        party=verdict.party,
        rule=verdict.rule,
        evidence=verdict.evidence,
        ours=(*ours, *verdict.ours),
        theirs=(*theirs, *verdict.theirs),
        trace=tuple(sorted({item.place for item in (*ours, *verdict.ours, *verdict.cited)})),
    )


def duplicate_line(line: Item, seen: Beside) -> Verdict | None:
    """The statement says again what it said once."""
    said = _of_line(line, seen)
    if (first := seen.copies_theirs.get(line.id)) is not None:
        rule = "a line says word for word what another one says, and fewer entries have its key and amount"
        return Verdict("duplicate in statement", "theirs", rule, f"{said}, as {seen.line(first)} does")
    return _as_before("duplicate in statement", seen.remembered_theirs.get(line.id))


def reversal_of_line(line: Item, seen: Beside) -> Verdict | None:
    """The statement undoes a movement that stands in the book."""
    if not line.reverses:
        return None
    said = _of_line(line, seen)
    if line.id not in seen.originals:
        undone = "a movement" if line.reverses == "?" else line.reverses
        rule = "a line undoes what was settled before, and no entry does"
        return Verdict("reversal pending", "ours", rule, f"{said}, and undoes {undone}")
    original, entries = seen.originals[line.id]
    if not entries or any(entry.id in seen.undone or entry.id in seen.open_ for entry in entries):
        return None
    told = f"{said}, and undoes {seen.line(original)}, which is {', '.join(map(entry_named, entries))}"
    return Verdict("reversal pending", "ours", "a line undoes what stands in the book", told, cited=entries)


def fee_line(line: Item, seen: Beside) -> Verdict | None:
    """The keeper's own charge."""
    if line.kind != "fee":
        return None
    return Verdict("fee", "ours", "a line is of the kind fee, and no entry has it", _of_line(line, seen))


def accrual_line(line: Item, seen: Beside) -> Verdict | None:
    """Interest that the keeper booked."""
    if line.kind != "interest":
        return None
    return Verdict("accrual", "ours", "a line is of the kind interest, and no entry has it", _of_line(line, seen))


def cut_off(line: Item, seen: Beside) -> Verdict | None:
    """The book has the movement after the closing."""
    if line.id not in seen.later:
        return None
    entry, how = seen.later[line.id]
    told = f"{_of_line(line, seen)}, {entry_named(entry)} has it on {entry.day}, after the closing"
    return Verdict("cut-off", "nobody", f"an entry after the closing {how}", told, (entry,))


def wrong_account(line: Item, seen: Beside) -> Verdict | None:
    """The book has the movement in another account."""
    if line.id not in seen.elsewhere:
        return None
    entry, how = seen.elsewhere[line.id]
    told = f"{_of_line(line, seen)}, {entry_named(entry)} has it in {entry.account}"
    return Verdict("wrong account", "ours", f"an entry in another account {how}", told, (entry,))


def missing_in_ledger(line: Item, seen: Beside) -> Verdict:
    """Nothing in the book is this movement."""
    return Verdict("missing in ledger", "ours", "no entry has its key, or its amount and day", _of_line(line, seen))


def duplicate_entry(entry: Item, seen: Beside) -> Verdict | None:
    """The book says again what it said once."""
    said = _of_entry(entry, seen)
    if (first := seen.copies_ours.get(entry_of(entry))) is not None:
        rule = "an entry says under another id what another one says, and fewer lines have its key and amount"
        return Verdict("duplicate in ledger", "ours", rule, f"{said}, as {entry_named(first)} does", cited=(first,))
    return _as_before("duplicate in ledger", seen.remembered_ours.get(entry_of(entry)))


def reversal_of_entry(entry: Item, seen: Beside) -> Verdict | None:
    """The book undoes a movement that stands in the statement."""
    if entry.kind != "entry-reversed" or entry.reverses in seen.open_:
        return None
    told = f"{_of_entry(entry, seen)}, and undoes {entry.reverses}"
    return Verdict("reversal pending", "theirs", "an entry undoes what stands in the statement", told)


def not_final(entry: Item, seen: Beside) -> Verdict | None:
    """The other side has announced the movement."""
    if (line := seen.pending.get(entry_of(entry))) is None:
        return None
    rule = "a pending line has its key and amount, or its amount and day"
    told = f"{_of_entry(entry, seen)}, {seen.line(line)} has it on {line.day} as pending"
    return Verdict("not final", "nobody", rule, told, theirs=(line,))


def in_transit(entry: Item, seen: Beside) -> Verdict | None:
    """The other side may not have it yet."""
    days, most = day_number(seen.closed_at) - day_number(entry.at), seen.rules.transit_days
    if days > most:
        return None
    told = f"{_of_entry(entry, seen)}, {max(days, 0)} days before the closing"
    return Verdict("timing in transit", "nobody", f"no line has it, not more than {most} days on", told)


def missing_in_statement(entry: Item, seen: Beside) -> Verdict:
    """The other side ought to have it by now."""
    days, most = day_number(seen.closed_at) - day_number(entry.at), seen.rules.transit_days
    told = f"{_of_entry(entry, seen)}, {days} days before the closing"
    return Verdict("missing in statement", "theirs", f"no line has it, more than {most} days on", told)


def _ambiguous(key: str, said: Callable[[Item, Beside], str], told: str) -> Callable[[Item, Beside], Verdict]:
    """Any of one side may be any of the other. `said` is what a movement says, `told` which there are."""
    rule = f"equal {key}, and which is which is not known"
    return lambda item, seen: Verdict("unexplained", "unknown", rule, f"{said(item, seen)}; {told}")


def _alike(several: Match, seen: Beside) -> str:
    """The movements that are alike, of many the first."""
    named = (*map(entry_named, several.ours[:_NAMED_MAX]), *map(seen.line, several.theirs[:_NAMED_MAX]))
    further = len(several.ours) + len(several.theirs) - len(named)
    return f"of one {several.key} are {', '.join(named)}{f' and {further} more' if further else ''}"


def _as_before(class_: Class, before: Break | None) -> Verdict | None:
    """The class that the paper before had seen a movement to be of, beside what has been settled since."""
    if before is None or before.class_ != class_ or len(before.ours) + len(before.theirs) != 1:
        return None
    return Verdict(class_, before.party, before.rule, before.evidence)


def _of_line(line: Item, seen: Beside) -> str:
    return f"{seen.line(line)} says {seen.amount(line.amount, line)} on {line.day}"


def _of_entry(entry: Item, seen: Beside) -> str:
    return f"{entry_named(entry)} says {seen.amount(entry.amount, entry)} on {entry.day}"


LINE_RULES: Final[tuple[Callable[[Item, Beside], Verdict | None], ...]] = (
    duplicate_line,
    reversal_of_line,
    fee_line,
    accrual_line,
    cut_off,
    wrong_account,
)
"""What is tried on a line that is left, before it is missing in the ledger."""

ENTRY_RULES: Final[tuple[Callable[[Item, Beside], Verdict | None], ...]] = (
    duplicate_entry,
    reversal_of_entry,
    not_final,
)
"""What is tried on an entry that is left, before it is in transit or missing in the statement."""
