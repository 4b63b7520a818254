"""Logs of the real Morpho Blue contract, imported: the reports say what the contract's own views say, to the unit."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cli.check import replayed
from ledger.audit import Replay
from ledger.book import Recording
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from projections.reading import Asked
from tests.morpho_blue_sets import (
    LARGE,
    LOGS,
    MEDIUM,
    NOBODY,
    REORGANISED,
    SHARED,
    SHUFFLED,
    SMALL,
    Figures,
    Folds,
    all_apart,
    allocated,
    apart,
    at_ends_of,
    borne,
    cases,
    contents,
    cured,
    cuts,
    cuts_at,
    difference,
    end_of,
    fees_due,
    fees_paid,
    grown,
    halves,
    held,
    left,
    lines,
    liquidations,
    live_contents,
    needs_shared,
    objects,
    owed_when_cured,
    pieces,
    readings,
    recipients,
    record,
    recorded,
    reported,
    residues,
    rows,
    terms,
    unaccounted,
    viewed,
    withdrawn,
)

CHECKPOINTS = "checkpoints.jsonl.gz"
REPORTS = ("lenders", "loans", "pools", "deficits", "trial-balance")

# Tokens of which the contract has more than its logs tell: anyone may send it some.
USDC = ("held", "0x9815236f14c596266dc5fa38d8df4947704065a4")
OTHER_USDC = ("held", "0x26867fb71ba116104bf6f0fde2590c1b777504ab")
DAI = ("held", "0x965f2ec9ebf523cb36627ad9ebcf935f537aeba3")
WETH = ("held", "0xa0b7e6afb0a0a33218a4825dc032082335ae182e")

Imported = Callable[[Path], SqliteJournal]

EVERY_SET = pytest.mark.parametrize(
    "folder", [pytest.param(SMALL, id="small"), pytest.param(MEDIUM, id="medium", marks=needs_shared)]
)
EVERY_FILE = pytest.mark.parametrize("file", [LOGS, SHUFFLED, REORGANISED])


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The book of a file, imported at the first asking."""
    folder = tmp_path_factory.mktemp("books")

    @cache
    def book(file: Path) -> SqliteJournal:
        journal = SqliteJournal.create(folder / f"{file.parent.name}-{file.name}.db", patience=5)
        record(journal, lines(file))
        return journal

    return book


@pytest.fixture(scope="module")
def proven(imported: Imported) -> Callable[[Path], Replay]:
    """The replay of the book of a file, made at the first asking."""
    return cache(lambda file: replayed(imported(file), None))


# Every amount that the contract shows.


@EVERY_SET
def test_every_total_and_every_user_is_what_the_contract_shows_at_every_checkpoint(
    imported: Imported, folder: Path
) -> None:
    checkpoints = objects(folder / CHECKPOINTS)
    shown = [viewed(checkpoint) for checkpoint in checkpoints]

    said = at_ends_of(imported(folder / LOGS), checkpoints, Folds.figures)

    assert all_apart(said, shown) == {}
    assert sum(map(len, shown)) > 1_000


@needs_shared
def test_every_total_and_every_user_of_a_large_book_is_what_the_contract_shows_at_the_end(imported: Imported) -> None:
    checkpoints = objects(LARGE / CHECKPOINTS)
    shown = [viewed(checkpoint) for checkpoint in checkpoints]

    said = at_ends_of(imported(LARGE / LOGS), checkpoints, Folds.figures)

    assert all_apart(said, shown) == {}
    assert [len(one) for one in shown] == [1_569]


def test_the_reports_as_of_the_time_of_a_checkpoint_say_the_same(imported: Imported) -> None:
    checkpoints = objects(SMALL / CHECKPOINTS)
    journal = imported(SMALL / LOGS)

    said = [reported(journal, Asked(as_of=end_of(checkpoint))) for checkpoint in checkpoints]

    assert all_apart(said, [viewed(checkpoint) for checkpoint in checkpoints]) == {}


@EVERY_SET
def test_the_figures_read_on_the_way_are_those_of_a_report_at_that_position(imported: Imported, folder: Path) -> None:
    journal = imported(folder / LOGS)

    on_the_way = readings(journal, [1, 100, 300], Folds.figures)

    assert on_the_way == [reported(journal, Asked(position=position)) for position in (1, 100, 300)]


@pytest.mark.parametrize(
    ("folder", "sent"),
    [
        pytest.param(SMALL, {1: {USDC: 4_670_853}, 2: {USDC: 7_105}, 8: {USDC: 2_719_981}}, id="small"),
        pytest.param(
            MEDIUM,
            {
                6: {OTHER_USDC: 3_568_086},
                12: {DAI: 1_645_990_961_142_826_005},
                14: {OTHER_USDC: 561_146},
                19: {DAI: 2_886_508_519_052_066_250},
                23: {OTHER_USDC: 1_252_696},
                42: {OTHER_USDC: 4_469_119},
                45: {WETH: 1_566_748_842_033_186_752},
                46: {OTHER_USDC: 2_596_796},
            },
            id="medium",
            marks=needs_shared,
        ),
    ],
)
def test_the_contract_holds_the_cash_and_collateral_of_the_books_and_what_came_to_it_without_a_log(
    imported: Imported, folder: Path, sent: dict[int, Figures]
) -> None:
    checkpoints = objects(folder / CHECKPOINTS)

    booked = at_ends_of(imported(folder / LOGS), checkpoints, Folds.held)

    beyond = [apart(held(checkpoint), books) for checkpoint, books in zip(checkpoints, booked, strict=True)]
    assert grown(beyond) == sent


# Who bore the bad debt.


@EVERY_SET
def test_each_lender_bears_of_bad_debt_what_the_contract_takes_from_it(imported: Imported, folder: Path) -> None:
    expected = allocated(folder)

    found = borne(imported(folder / LOGS), folder)

    assert [number for number, one in enumerate(expected) if found[number] != one] == []
    assert sum(map(len, expected)) > 20


@EVERY_SET
def test_each_liquidation_is_a_case_of_its_own(imported: Imported, folder: Path) -> None:
    deficits = rows(imported(folder / LOGS), "deficits")

    assert cases(deficits) == liquidations(folder / LOGS)


@EVERY_SET
def test_the_exposure_of_a_case_is_the_principal_of_the_sale_the_bad_debt_and_what_is_cured(
    imported: Imported, folder: Path
) -> None:
    deficits = rows(imported(folder / LOGS), "deficits")

    assert unaccounted(deficits) == []


@needs_shared
@pytest.mark.parametrize("folder", [SHARED / "morpho-dev-small", MEDIUM], ids=["small", "medium"])
def test_what_stays_behind_and_what_is_rounded_is_as_the_views_before_and_after_show(
    imported: Imported, folder: Path
) -> None:
    deficits = rows(imported(folder / LOGS), "deficits")

    assert left(deficits) == residues(folder)


@EVERY_SET
def test_what_a_case_cures_is_what_the_loan_then_owes(imported: Imported, folder: Path) -> None:
    journal = imported(folder / LOGS)

    assert cured(journal) == owed_when_cured(journal)


# Whose the fees are.


@EVERY_SET
def test_the_fee_and_its_recipient_are_terms_of_each_pool_at_every_checkpoint(imported: Imported, folder: Path) -> None:
    checkpoints = objects(folder / CHECKPOINTS)

    told = at_ends_of(imported(folder / LOGS), checkpoints, lambda folds: dict(folds.terms.of))

    assert told == [terms(checkpoint) for checkpoint in checkpoints]


@EVERY_SET
def test_fee_shares_go_to_whoever_is_the_recipient_when_interest_accrues(imported: Imported, folder: Path) -> None:
    due = fees_due(folder / LOGS)

    assert fees_paid(imported(folder / LOGS)) == due


@needs_shared
def test_fee_shares_without_a_recipient_go_to_the_zero_address(imported: Imported) -> None:
    paid = recipients(fees_paid(imported(MEDIUM / LOGS)))

    assert paid[NOBODY] > 0
    assert len(paid) > 3


# Out of order, repeated, withdrawn.


@EVERY_SET
def test_shuffled_and_repeated_logs_make_the_very_same_journal(imported: Imported, folder: Path) -> None:
    straight, shuffled = imported(folder / LOGS), imported(folder / SHUFFLED)

    assert difference(contents(shuffled), contents(straight)) is None


@EVERY_SET
def test_a_reorganised_chain_leaves_the_facts_of_the_straight_one(imported: Imported, folder: Path) -> None:
    straight, reorganised = imported(folder / LOGS), imported(folder / REORGANISED)

    assert difference(live_contents(reorganised), contents(straight)) is None
    assert reorganised.head().position > straight.head().position


@EVERY_SET
@pytest.mark.parametrize("file", [SHUFFLED, REORGANISED])
@pytest.mark.parametrize("report", REPORTS)
def test_the_reports_of_a_disorderly_file_have_the_rows_of_the_straight_one(
    imported: Imported, folder: Path, file: str, report: str
) -> None:
    straight, other = rows(imported(folder / LOGS), report), rows(imported(folder / file), report)

    assert len(other) == len(straight)
    assert [number for number, row in enumerate(straight) if other[number] != row] == []


@EVERY_SET
@EVERY_FILE
def test_every_law_and_every_identity_holds_in_a_replay(
    imported: Imported, proven: Callable[[Path], Replay], folder: Path, file: str
) -> None:
    found = proven(folder / file)

    assert found.entries == imported(folder / file).head().position
    assert found.overrides == ()
    assert found.sums == proven(folder / LOGS).sums


# In pieces, and again.


def test_a_file_cut_in_two_after_any_block_is_recorded_as_in_one(imported: Imported) -> None:
    content, whole = lines(SMALL / LOGS), contents(imported(SMALL / LOGS))
    after = cuts(SMALL / LOGS)

    assert [block for block in after if recorded(pieces(content, [block])) != whole] == []
    assert len(after) == 111


@given(st.sets(st.integers(0, 999), min_size=2, max_size=12))
@settings(max_examples=15)
def test_a_file_cut_in_many_pieces_is_recorded_as_in_one(imported: Imported, per_mille: set[int]) -> None:
    after = cuts_at(SMALL / LOGS, per_mille)

    found = recorded(pieces(lines(SMALL / LOGS), after))

    assert difference(found, contents(imported(SMALL / LOGS))) is None


@needs_shared
@pytest.mark.parametrize("per_mille", [0, 2, 600])
def test_a_longer_file_cut_in_two_is_recorded_as_in_one(imported: Imported, per_mille: int) -> None:
    after = cuts_at(MEDIUM / LOGS, [per_mille])

    found = recorded(pieces(lines(MEDIUM / LOGS), after))

    assert difference(found, contents(imported(MEDIUM / LOGS))) is None


@needs_shared
@given(st.sets(st.integers(0, 999), min_size=2, max_size=4))
@settings(max_examples=3, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_a_longer_file_cut_in_many_pieces_is_recorded_as_in_one(imported: Imported, per_mille: set[int]) -> None:
    after = cuts_at(MEDIUM / LOGS, per_mille)

    found = recorded(pieces(lines(MEDIUM / LOGS), after))

    assert difference(found, contents(imported(MEDIUM / LOGS))) is None


# Not after line 91: the first half would tell two blocks of one height, and withdraw neither.
@pytest.mark.parametrize("lines_before", [89, 90, *range(92, 96), *range(140, 152), *range(289, 297), *range(304, 308)])
def test_a_reorganisation_may_come_in_two_files(imported: Imported, lines_before: int) -> None:
    content = lines(SMALL / REORGANISED)

    found = recorded(halves(content, lines_before))

    assert difference(found, contents(imported(SMALL / REORGANISED))) is None


@pytest.mark.parametrize(("lines_kept", "lines_before"), [(3, 40), (7, 40), (270, 300), (299, 302)])
def test_blocks_that_are_withdrawn_and_come_back_in_later_files_end_in_the_same_reports(
    imported: Imported, tmp_path: Path, lines_kept: int, lines_before: int
) -> None:
    journal, content = SqliteJournal.create(tmp_path / "book.db", patience=5), lines(SMALL / LOGS)
    before = record(journal, content[:lines_before])

    gone = record(journal, withdrawn(content[lines_kept:lines_before]))
    back = record(journal, content)

    straight = imported(SMALL / LOGS)
    assert [report for report in REPORTS if rows(journal, report) != rows(straight, report)] == []
    assert before.recorded - gone.recorded + back.recorded == straight.head().position
    assert gone.recorded > 0


@EVERY_SET
@EVERY_FILE
def test_a_file_that_comes_again_adds_nothing(imported: Imported, folder: Path, file: str) -> None:
    journal = imported(folder / file)
    before = journal.head()

    receipt = record(journal, lines(folder / file))

    assert receipt.recorded == 0
    assert journal.head() == before


@EVERY_FILE
def test_the_straight_file_adds_nothing_to_any_of_the_books(imported: Imported, file: str) -> None:
    journal = imported(SMALL / file)

    receipt = record(journal, lines(SMALL / LOGS))

    assert receipt == Recording(recorded=0, already=292)


def test_a_longer_file_adds_only_what_a_shorter_one_had_not(imported: Imported) -> None:
    journal, content = MemoryJournal(), lines(SMALL / LOGS)
    record(journal, content[:200])
    before = journal.head().position

    receipt = record(journal, content)

    assert receipt == Recording(recorded=334 - before, already=192)
    assert difference(contents(journal), contents(imported(SMALL / LOGS))) is None


def test_a_shorter_file_after_a_longer_one_adds_nothing(imported: Imported) -> None:
    journal = imported(SMALL / LOGS)

    receipt = record(journal, lines(SMALL / LOGS)[:200])

    assert receipt == Recording(recorded=0, already=192)
