"""The statement of one lender or one loan: what it opened with, each movement with its cause, what it closed with."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.accounts import Charters
from ledger.journal import Entry
from ledger.values import LoanId, PartyId, Timestamp, instant_key
from projections.balances import BalancesFold
from projections.loans import LoansFold
from projections.periods import just_before, start_of
from projections.reading import Selection, Watch, fold
from projections.statement_lender import LenderStatement
from projections.statement_loan import LoanStatement
from projections.statement_rows import StatementRow, gathered
from projections.ties import Tie
from projections.undone import passing

KINDS: Final = ("lender", "loan")
EARNED: Final = ("each", "sum")

Statement = LenderStatement | LoanStatement


class Unclear(ValueError):
    """A statement was asked for of nobody, or of a lender and a loan of one name."""


def statement(
    selection: Selection, named: Mapping[str, str], watch: Watch
) -> tuple[Iterator[StatementRow], tuple[Tie, ...]]:
    """The rows of `name`, a lender or a loan (`kind` says which, where it is both), and their ties.

    `pool` and `tranche` limit it to some of the lender's balances; with `since` (an instant, or a date, from its
    beginning) it opens with what stood just before. `earned` is `sum` where what comes in between movements of its own
    shall stand in one line. Raises `Unclear` where there is no one such lender or loan at that point, and `ValueError`
    for values that are none.
    """
    for word, allowed in (("kind", KINDS), ("earned", EARNED)):
        if named.get(word, allowed[0]) not in allowed:
            raise ValueError(f"{word} is {' or '.join(allowed)}, not {named[word]}")
    since = start_of(named["since"]) if "since" in named else None
    found = _begun(named, selection.charters)
    booked, loans = BalancesFold(selection.charters), LoansFold(selection.charters)
    _read(selection, found, (booked, loans), since, watch)
    one = _the_one(found, named, selection.charters)
    if isinstance(one, LoanStatement):
        one.end_as(loans)
    limits = named.get("pool"), named.get("tranche")
    rows = one.rows(since, selection.shown().as_of, *limits)
    return gathered(rows) if named.get("earned") == "sum" else rows, tuple(one.ties(booked, *limits))


def _begun(named: Mapping[str, str], charters: Charters) -> list[Statement]:
    """The statements that may be meant."""
    found: list[Statement] = []
    if named.get("kind") != "loan":
        found.append(LenderStatement(charters, PartyId(named["name"])))
    if named.get("kind") != "lender":
        found.append(LoanStatement(charters, LoanId(named["name"])))
    return found


def _read(
    selection: Selection,
    found: list[Statement],
    beside: tuple[BalancesFold, LoansFold],
    since: Timestamp | None,
    watch: Watch,
) -> None:
    """Fold what opens the statements, if anything does, then all the rest, with what they are held against."""
    if since is not None and (before := just_before(since)) is not None:
        fold(selection.until(before), found)
    for one in found:
        one.open(instant_key(since) if since is not None else "")

    def undone(entry: Entry) -> None:
        for one in found:
            one.undone(entry)

    fold(selection, [*found, *beside], passing(selection, watch, undone))


def _the_one(found: list[Statement], named: Mapping[str, str], charters: Charters) -> Statement:
    """The one statement that has something to say."""
    pool, tranche, name = named.get("pool"), named.get("tranche"), named["name"]
    if pool is not None and pool not in charters.pools:
        raise Unclear(f"no pool {pool} in this book at that point")
    begun = [one for one in found if one.begun(pool, tranche)]
    if len(begun) > 1:
        raise Unclear(f"{name} is a lender and a loan: say of which kind")
    if not begun:
        kinds = " or ".join(KINDS if "kind" not in named else (named["kind"],))
        where = "".join(f" of {kind} {named[kind]}" for kind in ("tranche", "pool") if kind in named)
        raise Unclear(f"no {kinds} {name}{where} in this book at that point")
    return begun[0]
