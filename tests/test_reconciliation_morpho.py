"""A set of Morpho Blue logs against the contract's own views: no break; with one number altered by 1, exactly that."""

from typing import Final

import pytest

from ledger.journal.memory import MemoryJournal
from projections.reading import Selection
from projections.reconciliation.balances.balances import reconcile_balances
from projections.reconciliation.items import Accrued, FileMark, Held, Snapshot
from projections.reconciliation.paper import Paper
from projections.reconciliation.rules import Rules
from tests.morpho_blue_sets import LOGS, MEDIUM, Object, end_of, lines, needs_shared, objects, record

pytestmark = needs_shared

Column = tuple[str, str, str]
"""A field of a report, what the contract calls it, and the key that names whose it is."""

SHARES: Final = ("shares", "supplyShares", "lender")
BALANCE: Final = ("balance", "supplyAssets", "lender")
EXPECTED: Final = ("balance", "expectedSupplyAssets", "lender")
DEBT: Final = ("debt", "borrowAssets", "loan")
EXPECTED_DEBT: Final = ("debt", "expectedBorrowAssets", "loan")
COLLATERAL: Final = ("collateral", "collateral", "loan")

FIRST, MIDDLE, LAST = 0, 24, 47
MARKET: Final = "0x6c463ec30dc939acf2691f44ebc0033f216366b0879e66bd5c73362634e5ae0b"
LENDER: Final = "0x21987289b4dfcb2d94c8043308d1bd4c221513b2"


@pytest.fixture(scope="module")
def journal() -> MemoryJournal:
    journal = MemoryJournal()
    record(journal, lines(MEDIUM / LOGS))
    return journal


@pytest.fixture(scope="module")
def checkpoints() -> list[Object]:
    return objects(MEDIUM / "checkpoints.jsonl.gz")


def snapshots(checkpoints: list[Object], *columns: Column, accrued: bool = False) -> list[Snapshot]:
    return [_snapshot(checkpoint, columns, accrued=accrued) for checkpoint in checkpoints]


def _snapshot(checkpoint: Object, columns: tuple[Column, ...], *, accrued: bool) -> Snapshot:
    block = int(checkpoint["blockNumber"])
    held = [
        (("pool", market), (key, user), field, int(position[name]))
        for market, view in checkpoint["markets"].items()
        for user, position in view["positions"].items()
        for field, name, key in columns
    ]
    return Snapshot(
        file=FileMark(f"block {block}", f"{block:064x}", "snapshot", len(held), {}),
        at=end_of(checkpoint),
        block=block,
        finalized=None,
        held=tuple(Held(place, (pool, of), field, amount) for place, (pool, of, field, amount) in enumerate(held, 1)),
        accrued=tuple(_accrued(checkpoint)) if accrued else (),
    )


def _accrued(checkpoint: Object) -> list[Accrued]:
    """What the totals of each market have grown by since its last log."""
    return [
        Accrued(
            market,
            interest=int(view["expected"]["totalSupplyAssets"]) - int(view["stored"]["totalSupplyAssets"]),
            fee_shares=int(view["expected"]["totalSupplyShares"]) - int(view["stored"]["totalSupplyShares"]),
        )
        for market, view in checkpoint["markets"].items()
    ]


def altered(said: list[Snapshot], number: int, *, by: int) -> list[Snapshot]:
    """The same with the lender's number in a snapshot altered."""
    snapshot = said[number]
    held = [one._replace(amount=one.amount + by * _is_the_lenders(one)) for one in snapshot.held]
    return [*said[:number], snapshot._replace(held=tuple(held)), *said[number + 1 :]]


def _is_the_lenders(one: Held) -> bool:
    return one.keys == (("pool", MARKET), ("lender", LENDER))


def paper(journal: MemoryJournal, subject: str, said: list[Snapshot]) -> Paper:
    return reconcile_balances(lambda asked: Selection(journal, asked), journal, subject, said, Rules(), None)


@pytest.mark.parametrize(
    ("subject", "columns", "accrued"),
    [
        ("lenders", (SHARES, BALANCE), False),
        ("loans", (DEBT, COLLATERAL), False),
        ("lenders:balance", (EXPECTED,), True),
        ("loans:debt", (EXPECTED_DEBT,), True),
    ],
)
def test_what_the_contract_says_at_every_checkpoint_has_no_break(
    journal: MemoryJournal,
    checkpoints: list[Object],
    subject: str,
    columns: tuple[Column, ...],
    accrued: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    said = snapshots(checkpoints, *columns, accrued=accrued)
    made = paper(journal, subject, said)
    assert made.breaks == ()
    assert made.unexplained() == {}
    assert sum(row.matches for row in made.matched) == sum(one.amount > 0 for snapshot in said for one in snapshot.held)


def test_without_what_had_accrued_expected_amounts_are_apart(journal: MemoryJournal, checkpoints: list[Object]) -> None:
    made = paper(journal, "lenders:balance", snapshots(checkpoints[1:2], EXPECTED))
    assert len(made.breaks) > 1


@pytest.mark.parametrize(
    ("number", "by", "class_"),
    [
        (FIRST, 1, "unexplained"),
        (FIRST, -1, "unexplained"),
        (MIDDLE, 1, "rounding"),
        (MIDDLE, -1, "amount"),
        (LAST, 1, "rounding"),
        (LAST, -1, "amount"),
    ],
)
def test_one_lenders_balance_that_is_altered_by_1_is_the_only_break(
    journal: MemoryJournal, checkpoints: list[Object], number: int, by: int, class_: str
) -> None:
    made = paper(journal, "lenders:balance", altered(snapshots(checkpoints, BALANCE), number, by=by))
    (found,), (trace,) = made.breaks, made.traces
    assert found.key is not None
    assert (found.key["pool"], found.key["lender"], found.key["field"]) == (MARKET, LENDER, "balance")
    assert found.key.get("block") == (None if number == LAST else int(checkpoints[number]["blockNumber"]))
    assert (found.effect, found.class_) == (-by, class_)
    assert trace.agreed_at == ("" if number == FIRST else end_of(checkpoints[number - 1]))
    assert (trace.parted_on, trace.difference) == (end_of(checkpoints[number])[:10], -by)
    assert set(made.unexplained().values()) == ({-by} if class_ == "unexplained" else set())


def test_what_is_rounded_the_other_way_is_told_with_the_quotient(
    journal: MemoryJournal, checkpoints: list[Object]
) -> None:
    made = paper(journal, "lenders:balance", altered(snapshots(checkpoints, BALANCE), LAST, by=1))
    told = "230135631946074570 * 21240356304665 / 22093364358746556718 is rounded down in the book, and up in the"
    assert made.breaks[0].evidence.endswith(f"{told} statement")
    assert made.breaks[0].rule == "the same quotient rounded the other way"


def test_what_agreed_before_is_told_with_the_entries_since(journal: MemoryJournal, checkpoints: list[Object]) -> None:
    made = paper(journal, "lenders:balance", altered(snapshots(checkpoints, BALANCE), LAST, by=-1))
    (found,), ends = made.breaks, [line.position for line in made.appendix]
    assert f"equal at block {checkpoints[LAST - 1]['blockNumber']}; no few of 9 entries since" in found.evidence
    assert found.trace == tuple(ends)
    assert {line.type for line in made.appendix} <= {
        "interest-accrued",
        "deposited",
        "withdrawn",
        "bad-debt-socialized",
    }


@pytest.mark.parametrize("number", [FIRST, MIDDLE, LAST])
def test_one_lenders_shares_that_are_altered_by_1_are_the_only_break(
    journal: MemoryJournal, checkpoints: list[Object], number: int
) -> None:
    made = paper(journal, "lenders:shares", altered(snapshots(checkpoints, SHARES), number, by=1))
    (found,) = made.breaks
    assert (found.effect, found.class_) == (-1, "unexplained" if number == FIRST else "amount")
