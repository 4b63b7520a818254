"""Sets of Morpho Blue logs beside the contract's own views, and what the reports say of the books that they become.

A figure is one amount with its name: `("supply assets", market)`, `("collateral", market, user)`. Amounts of zero are
left out, so that two sets of figures are equal only where neither holds anything that the other does not.
"""

import gzip
import json
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import pytest

from ledger.accounts import Charters
from ledger.book import Book, Recording
from ledger.events import BadDebtSocialized, InterestAccrued, LoanCured, PoolOpened, TermsChanged
from ledger.journal import Entry, Journal
from ledger.journal.memory import MemoryJournal
from ledger.sources.evm.feed import Feed
from ledger.sources.morpho_blue import PROTOCOL
from ledger.values import Timestamp
from projections.balances import BalancesFold, TrialBalanceRow
from projections.deficits import DeficitRow
from projections.lenders import LenderRow, LendersFold
from projections.loans import LoanRow, LoansFold
from projections.pools import PoolRow, pool_rows
from projections.reading import Asked, Handler, Selection, fold
from projections.reports import REPORTS

ROOT: Final = Path(__file__).resolve().parent.parent
SMALL: Final = Path(__file__).parent / "data" / "morpho-blue"
SHARED: Final = ROOT.parent / "shared" / "evm"
"""The larger sets, and what the small one has beside its logs and views; they are not part of the project."""
MEDIUM: Final = SHARED / "morpho-dev-medium"
LARGE: Final = SHARED / "morpho-dev-large"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the larger sets of logs are not at {SHARED}")

LOGS: Final = "logs.jsonl.gz"
SHUFFLED: Final = "logs-shuffled-dups.jsonl.gz"
REORGANISED: Final = "logs-reorg.jsonl.gz"

NOBODY: Final = "0x" + "0" * 40
NOON: Final = Timestamp("2026-01-01T12:00:00Z")

_CREATE_MARKET: Final = "0xac4b2400f169220b0c0afdde7a0b32e775ba727ea1cb30b35f935cdaab8683ac"
_ACCRUE_INTEREST: Final = "0x9d9bd501d0657d7dfe415f779a620a62b78bc508ddc0891fbbd8b7ac0f8fce87"
_LIQUIDATE: Final = "0xa4946ede45d0c6f06a0f5ce92c9ad3b4751452d2fe0e25010783bcab57a67e41"
_SET_FEE_RECIPIENT: Final = "0x2e979f80fe4d43055c584cf4a8467c55875ea36728fc37176c05acd784eb7a73"
_WORD: Final = 64

Object = dict[str, Any]
Figures = dict[tuple[str, ...], int]
Place = tuple[int, int]
"""Of a log on the chain: the block, and the index within it."""

Taken = TypeVar("Taken")


# The files.


def lines(file: Path) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines()


def objects(file: Path) -> list[Object]:
    return [json.loads(line) for line in lines(file)]


def logs_of(file: Path, topic: str) -> list[Object]:
    """The logs of one event, in the order of the file."""
    return [log for log in objects(file) if log["topics"][0] == topic]


def block_of(line: bytes) -> int:
    return int(json.loads(line)["blockNumber"], 16)


def cuts(file: Path) -> list[int]:
    """The blocks after which a file can be cut in two: from that of the first market on, all but the last."""
    opened = min(int(log["blockNumber"], 16) for log in logs_of(file, _CREATE_MARKET))
    return sorted({block for line in lines(file) if (block := block_of(line)) >= opened})[:-1]


def cuts_at(file: Path, per_mille: Iterable[int]) -> list[int]:
    """Some of those blocks, by where they stand among all of them."""
    every = cuts(file)
    return sorted({every[len(every) * one // 1000] for one in per_mille})


def pieces(content: Sequence[bytes], after: Sequence[int]) -> list[list[bytes]]:
    """The lines in pieces that end after these blocks."""
    parts: list[list[bytes]] = [[] for _ in range(len(after) + 1)]
    for line in content:
        parts[bisect_left(after, block_of(line))].append(line)
    return parts


def halves(content: Sequence[bytes], lines_before: int) -> list[Sequence[bytes]]:
    return [content[:lines_before], content[lines_before:]]


def withdrawn(content: Sequence[bytes]) -> list[bytes]:
    """The same logs as a node sends them when their blocks leave the chain: the newest first."""
    return [json.dumps(json.loads(line) | {"removed": True}).encode() for line in reversed(content)]


# The books.


def record(journal: Journal, content: Sequence[bytes]) -> Recording:
    """Import logs as a process of its own does: with nothing but what is in the journal."""
    feed = Feed(PROTOCOL, lambda: content, tokens={}, chain_id=None)
    return Book(journal).record(feed, source=LOGS, clock=lambda: NOON, recorded_by="treasury")


def recorded(parts: Iterable[Sequence[bytes]]) -> list[bytes]:
    """The event bytes of a fresh journal into which the parts were imported, one after the other."""
    journal = MemoryJournal()
    for part in parts:
        record(journal, part)
    return contents(journal)


def contents(journal: Journal) -> list[bytes]:
    return [entry.content for entry in journal.read()]


def live_contents(journal: Journal) -> list[bytes]:
    """The event bytes of the entries that are neither reversed nor reversals."""
    return [entry.content for entry in Selection(journal, Asked()).counted()]


def difference(some: Sequence[bytes], others: Sequence[bytes]) -> str | None:
    """Where two lists of event bytes part, told shortly; None where they are the same."""
    if some == others:
        return None
    for position, (one, other) in enumerate(zip(some, others, strict=False), 1):
        if one != other:
            return f"entry {position}: {one!r} or {other!r}"
    return f"{len(some)} or {len(others)} entries, the same as far as both go"


def rows(journal: Journal, report: str, asked: Asked | None = None) -> list[Any]:
    """The rows of a report, as the command line asks for them."""
    return list(REPORTS[report].make(Selection(journal, asked or Asked()), {}, iter).rows)


# What the reports say.


class Terms(NamedTuple):
    """Who takes the fee of a pool, and how much of the interest it is."""

    fee_recipient: str
    reserve_factor_wad: int


class TermsFold:
    """The terms of every pool, as its opening and the changes since tell them."""

    def __init__(self) -> None:
        self.of: dict[str, Terms] = {}
        self.handlers: dict[str, Handler] = {"pool-opened": self._opened, "terms-changed": self._changed}

    def _opened(self, _: int, event: PoolOpened) -> None:
        self.of[event.pool] = Terms(event.fee_recipient or NOBODY, event.reserve_factor_wad or 0)

    def _changed(self, _: int, event: TermsChanged) -> None:
        recipient, factor = self.of[event.pool]
        changed = factor if event.reserve_factor_wad is None else event.reserve_factor_wad
        self.of[event.pool] = Terms(event.fee_recipient or recipient, changed)


class Folds(NamedTuple):
    """What the reports are made from, part of the way through a journal."""

    charters: Charters
    lenders: LendersFold
    loans: LoansFold
    balances: BalancesFold
    terms: TermsFold

    def figures(self) -> Figures:
        """What the reports say of every market and of every user."""
        pools = pool_rows(self.balances, self.charters)
        return figures(pools, self.lenders.rows(), self.loans.rows(), self.balances.rows())

    def held(self) -> Figures:
        """What the books say that the contract has of each token: cash of pools, and collateral."""
        found: Figures = defaultdict(int)
        for row in self.balances.rows():
            match row.account.split(":"):
                case ["assets", _, "cash"] | ["assets", _, "collateral", _]:
                    found["held", row.commodity] += row.debit - row.credit
                case _:
                    pass
        return _without_zeros(found)


def readings(journal: Journal, positions: Sequence[int], take: Callable[[Folds], Taken]) -> list[Taken]:
    """What is taken from the folds at each of some ascending positions, from one reading of the journal.

    No entry of the journal is reversed.
    """
    selection = Selection(journal, Asked())
    charters = selection.charters
    folds = Folds(charters, LendersFold(charters), LoansFold(charters), BalancesFold(charters), TermsFold())
    taken: list[Taken] = []

    def watch(entries: Iterable[Entry]) -> Iterator[Entry]:
        waiting = deque(positions)
        for entry in entries:
            while waiting and waiting[0] < entry.position:
                waiting.popleft()
                taken.append(take(folds))
            yield entry
        taken.extend(take(folds) for _ in waiting)

    fold(selection, [folds.lenders, folds.loans, folds.balances, folds.terms], watch)
    return taken


def ends_of(journal: Journal, blocks: Iterable[int]) -> list[int]:
    """The position of the last entry that followed from each block, or from one before it."""
    so_far = [event.evidence.block or 0 for entry in journal.read() if (event := entry.event()).evidence]
    return [bisect_right(so_far, block) for block in blocks]


def at_ends_of(journal: Journal, checkpoints: Iterable[Object], take: Callable[[Folds], Taken]) -> list[Taken]:
    """What is taken from the folds at the end of the block of each checkpoint."""
    blocks = [int(checkpoint["blockNumber"]) for checkpoint in checkpoints]
    return readings(journal, ends_of(journal, blocks), take)


def figures(
    pools: Iterable[PoolRow],
    lenders: Iterable[LenderRow],
    loans: Iterable[LoanRow],
    trial_balance: Iterable[TrialBalanceRow],
) -> Figures:
    """The amounts of which the contract has a view, from the rows of the reports."""
    found: Figures = {}
    for pool in pools:
        found["supply assets", pool.pool] = sum(pool.claims.values())
        found["borrow assets", pool.pool] = pool.loans
    for lender in lenders:
        found["supply shares", lender.pool, lender.lender] = lender.shares
        found["balance", lender.pool, lender.lender] = lender.balance
    for loan in loans:
        found["debt", loan.pool, loan.loan] = loan.debt
        found["collateral", loan.pool, loan.loan] = sum(loan.collateral.values())
    for row in trial_balance:
        match row.account.split(":"):
            case ["register", market, "lenders"]:
                found["supply shares", market] = row.credit - row.debit
            case ["register", market, "debt"]:
                found["borrow shares", market] = row.credit - row.debit
            case ["register", market, "debt", borrower]:
                found["borrow shares", market, borrower] = row.debit - row.credit
            case _:
                pass
    return _without_zeros(found)


def reported(journal: Journal, asked: Asked) -> Figures:
    """The same amounts as of a point that is asked for, from the reports themselves."""
    return figures(*(rows(journal, report, asked) for report in ("pools", "lenders", "loans", "trial-balance")))


# What the contract says.

_TOTALS: Final = {
    "supply assets": "totalSupplyAssets",
    "supply shares": "totalSupplyShares",
    "borrow assets": "totalBorrowAssets",
    "borrow shares": "totalBorrowShares",
}
_OF_A_USER: Final = {
    "supply shares": "supplyShares",
    "borrow shares": "borrowShares",
    "collateral": "collateral",
    "balance": "supplyAssets",
    "debt": "borrowAssets",
}


def viewed(checkpoint: Object) -> Figures:
    """What the contract says of every market and of every user."""
    found: Figures = {}
    for market, view in checkpoint["markets"].items():
        found |= {(name, market): int(view["stored"][field]) for name, field in _TOTALS.items()}
        for user, position in view["positions"].items():
            found |= {(name, market, user): int(position[field]) for name, field in _OF_A_USER.items()}
    return _without_zeros(found)


def held(checkpoint: Object) -> Figures:
    """What the contract has of each token."""
    return _without_zeros({("held", token): int(amount) for token, amount in checkpoint["morphoTokenBalances"].items()})


def terms(checkpoint: Object) -> dict[str, Terms]:
    """What the contract says of the fee of each market."""
    markets = checkpoint["markets"].items()
    return {market: Terms(checkpoint["feeRecipient"], int(view["stored"]["fee"])) for market, view in markets}


def end_of(checkpoint: Object) -> Timestamp:
    """The time of the block of a checkpoint."""
    return Timestamp(f"{datetime.fromtimestamp(int(checkpoint['blockTimestamp']), UTC):%Y-%m-%dT%H:%M:%SZ}")


def apart(some: Mapping[tuple[str, ...], int], others: Mapping[tuple[str, ...], int]) -> Figures:
    """By how much the first figures exceed the others; empty where the two are equal."""
    names = some.keys() | others.keys()
    return _without_zeros({name: some.get(name, 0) - others.get(name, 0) for name in names})


def all_apart(some: Iterable[Figures], others: Iterable[Figures]) -> dict[int, Figures]:
    """The same for one set of figures after the other: those that differ, by where they stand."""
    compared = (apart(one, other) for one, other in zip(some, others, strict=True))
    return {number: found for number, found in enumerate(compared) if found}


def grown(amounts: Iterable[Figures]) -> dict[int, Figures]:
    """What each set of figures has above the one before it: those that changed, by where they stand."""
    in_order: list[Figures] = [{}, *amounts]
    return all_apart(in_order[1:], in_order[:-1])


def _without_zeros(found: Figures) -> Figures:
    return {name: amount for name, amount in found.items() if amount}


# Losses.


class Borne(NamedTuple):
    """What one lender had before bad debt was socialized and after it, and what was lost by it."""

    shares: int
    before: int
    after: int
    loss: int


Losses = dict[str, Borne]
"""By lender."""


def allocations(folder: Path) -> list[Object]:
    """The bad-debt liquidations of which the contract was asked what each lender has before and after."""
    return objects(folder / "loss_allocation.jsonl.gz")


def allocated(folder: Path) -> list[Losses]:
    """What the contract says that each lender bore of each of them."""
    fields = ("supplyShares", "assetsBefore", "assetsAfter", "loss")
    return [
        {lender: Borne(*(int(view[field]) for field in fields)) for lender, view in allocation["lenders"].items()}
        for allocation in allocations(folder)
    ]


def borne(journal: Journal, folder: Path) -> list[Losses]:
    """What the report of lenders says of the same: of those who hold shares, just before the entry and just after."""
    socialized = _socialized(journal)
    named = [
        (allocation["transactionHash"], allocation["marketId"], int(allocation["badDebtAssets"]))
        for allocation in allocations(folder)
    ]
    positions = sorted({near for name in named for near in (socialized[name] - 1, socialized[name])})
    taken = readings(journal, positions, lambda folds: _by_name(folds.lenders.rows()))
    at = dict(zip(positions, taken, strict=True))
    return [_borne(name[1], at[socialized[name] - 1], at[socialized[name]]) for name in named]


def _by_name(lenders: Iterable[LenderRow]) -> dict[tuple[str, str], LenderRow]:
    return {(row.pool, row.lender): row for row in lenders}


def _borne(market: str, before: dict[tuple[str, str], LenderRow], after: dict[tuple[str, str], LenderRow]) -> Losses:
    return {
        lender: Borne(row.shares, before[pool, lender].balance, row.balance, row.losses - before[pool, lender].losses)
        for (pool, lender), row in after.items()
        if pool == market and (row.shares or row.losses != before[pool, lender].losses)
    }


def _socialized(journal: Journal) -> dict[tuple[str, str, int], int]:
    """Where bad debt was socialized, by transaction, market and amount, which tell one from the other."""
    found: dict[tuple[str, str, int], int] = {}
    for entry in journal.read():
        event = entry.event()
        if isinstance(event, BadDebtSocialized) and event.evidence is not None:
            found[event.evidence.tx or "", event.pool, event.amount] = entry.position
    return found


# Liquidations.


class Liquidation(NamedTuple):
    """What the log of a liquidation says, by its case."""

    case: str
    market: str
    borrower: str
    repaid: int
    bad_debt: int


def liquidations(file: Path) -> list[Liquidation]:
    """The liquidations of a file, in the order of their cases."""
    return sorted(map(_liquidation, logs_of(file, _LIQUIDATE)))


def _liquidation(log: Object) -> Liquidation:
    _, market, _, borrower = log["topics"]
    repaid, _, _, bad_debt, _ = _words(log["data"])
    block, index = _place(log)
    return Liquidation(f"{block}-{index}", market, _address(borrower), repaid, bad_debt)


def cases(deficits: Iterable[DeficitRow]) -> list[Liquidation]:
    """What the register of bad debt says of the same, of the cases where all that was recognized was socialized."""
    return sorted(
        Liquidation(row.case, row.pool, row.loan, row.proceeds, row.recognized)
        for row in deficits
        if row.recognized == row.socialized
    )


def unaccounted(deficits: Iterable[DeficitRow]) -> list[DeficitRow]:
    """The cases whose exposure is not the principal of the sale, the bad debt and what was cured, or that go on."""
    return [
        row
        for row in deficits
        if row.exposure != row.proceeds - row.other + row.recognized + row.cured
        or row.in_default
        or row.open
        or row.added
        or row.costs
    ]


class Residue(NamedTuple):
    """What the borrower of a case owes when it ends, and what the sale brought above all that the market was owed."""

    case: str
    owed: int
    rounding: int


def residues(folder: Path) -> list[Residue]:
    """What the contract's views before and after each liquidation say of that."""
    found = zip(logs_of(folder / LOGS, _LIQUIDATE), objects(folder / "liquidations.jsonl.gz"), strict=True)
    return sorted(_residue(_liquidation(log), view["before"], view["after"]) for log, view in found)


def _residue(log: Liquidation, before: Object, after: Object) -> Residue:
    """`toAssetsUp` of the shares left, with one virtual unit and a million virtual shares."""
    shares, assets = int(after["borrowerBorrowShares"]), int(after["totalBorrowAssets"]) + 1
    owed = -(-shares * assets // (int(after["totalBorrowShares"]) + 10**6))
    return Residue(log.case, owed, max(log.repaid - int(before["totalBorrowAssets"]), 0))


def left(deficits: Iterable[DeficitRow]) -> list[Residue]:
    """What the register of bad debt says of the same."""
    return sorted(Residue(row.case, row.cured, row.other) for row in deficits)


def cured(journal: Journal) -> Figures:
    """What each cure says that the loan still owes."""
    return {("debt", event.case): event.principal for _, event in _cures(journal)}


def owed_when_cured(journal: Journal) -> Figures:
    """What the report of loans says that the loan owes, right after its cure."""
    cures = list(_cures(journal))
    taken = readings(journal, [position for position, _ in cures], lambda folds: list(folds.loans.rows()))
    found = zip((event for _, event in cures), taken, strict=True)
    return {
        ("debt", event.case): row.debt
        for event, loans in found
        for row in loans
        if (row.pool, row.loan) == (event.pool, event.loan)
    }


def _cures(journal: Journal) -> Iterator[tuple[int, LoanCured]]:
    for entry in journal.read():
        event = entry.event()
        if isinstance(event, LoanCured):
            yield entry.position, event


# Fees.


def fees_due(file: Path) -> dict[Place, tuple[str, int]]:
    """Who was the fee recipient when each accrual made fee shares, and how many, by the place of its log."""
    recipient, found = NOBODY, {}
    for log in objects(file):
        if log["topics"][0] == _SET_FEE_RECIPIENT:
            recipient = _address(log["topics"][1])
        elif log["topics"][0] == _ACCRUE_INTEREST and (shares := _words(log["data"])[2]):
            found[_place(log)] = recipient, shares
    return found


def fees_paid(journal: Journal) -> dict[Place, tuple[str, int]]:
    """Whom each accrual of a journal gave fee shares, and how many."""
    found: dict[Place, tuple[str, int]] = {}
    for entry in journal.read():
        event = entry.event()
        if isinstance(event, InterestAccrued) and event.evidence is not None and event.fee_recipient is not None:
            place = event.evidence.block or 0, event.evidence.log_index or 0
            found[place] = event.fee_recipient, event.fee_shares
    return found


def recipients(fees: Mapping[Place, tuple[str, int]]) -> Counter[str]:
    """How many accruals each recipient had a fee of."""
    return Counter(recipient for recipient, _ in fees.values())


def _place(log: Object) -> Place:
    return int(log["blockNumber"], 16), int(log["logIndex"], 16)


def _address(topic: str) -> str:
    return f"0x{topic[-40:]}"


def _words(data: str) -> list[int]:
    return [int(data[start : start + _WORD], 16) for start in range(2, len(data), _WORD)]
