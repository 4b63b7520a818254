"""The identities of the reports, held against the books: they hold on a book of everything, and each can break."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from ledger.accounts import Move
from ledger.audit import Replay, replay
from ledger.books import Books
from ledger.errors import BooksBroken
from ledger.events import CATALOGUE
from ledger.journal import Journal
from ledger.values import Account, Commodity
from projections.deficits import DeficitRow, DeficitsFold
from projections.identities import Identities
from projections.lenders import LenderRow, LendersFold
from projections.rows import Units
from tests.command_line import called
from tests.command_line import recorded as recorded_in_a_file
from tests.histories import recorded
from tests.story import CASE, Story, a_default, asset_registered, deposited, pool_opened, told
from tests.three_pools import LATER_CASE, three_pools

STORY: Final = three_pools()
JOURNAL: Final = recorded(STORY.facts)


def proven_with_identities(journal: Journal, position: int | None = None) -> tuple[Replay, Identities]:
    """A replay with the folds beside it, before they are held against its books."""
    identities = Identities()
    return replay(journal, through=position, watch=iter, beside=identities.beside), identities


def broken(story: Story, doctor: Callable[[Books], object]) -> str:
    """What the identities say of a replay whose books are doctored."""
    proven, identities = proven_with_identities(recorded(story.facts))
    doctor(proven.books)
    with pytest.raises(BooksBroken) as caught:
        identities.hold(proven.books)
    return str(caught.value)


def moved(commodity: str, debit: str, credit: str, amount: int) -> Callable[[Books], object]:
    """Doctors books by a move that no event made."""
    move: Move = (Commodity(commodity), Account(debit), Account(credit), amount)
    return lambda books: books.sums.add([move])


# They hold.


def test_the_book_of_everything_has_every_event() -> None:
    assert {event.type for event in STORY.facts} == set(CATALOGUE)


@pytest.mark.parametrize("position", range(len(STORY.facts) + 1))
def test_the_identities_hold_on_a_book_of_everything_at_every_position(position: int) -> None:
    proven, identities = proven_with_identities(JOURNAL, position)

    identities.hold(proven.books)

    assert proven.entries == position


def test_identities_of_nothing_hold() -> None:
    Identities().hold(Books())


def test_a_balance_above_the_claims_is_that_of_the_virtual_amounts_and_less_than_they_are() -> None:
    opened = pool_opened(virtual_assets=1_000, virtual_shares=1)
    story = told(asset_registered(), opened, deposited(assets=10, shares=1_000))

    # 1000 shares · (10 + 1000) / (1000 + 1) = 1008.99, of claims of 10.
    proven, identities = proven_with_identities(recorded(story.facts))
    identities.hold(proven.books)


# Lenders: each column of a row, and each tie to the books, can break.


@pytest.mark.parametrize(
    "column",
    ["shares", "balance", "deposited", "withdrawn", "transferred", "earned", "losses", "covered", "recoveries"],
)
def test_a_column_of_the_lenders_that_is_one_unit_off_breaks_the_books(
    column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = LendersFold.rows

    def one_off(fold: LendersFold) -> Iterator[LenderRow]:
        return (row._replace(**{column: getattr(row, column) + 1}) for row in rows(fold))

    monkeypatch.setattr(LendersFold, "rows", one_off)

    assert broken(STORY, lambda _: None).startswith("the report lenders: ")


def test_lenders_who_are_owed_more_than_the_claims_break_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = LendersFold.rows

    def too_much(fold: LendersFold) -> Iterator[LenderRow]:
        return (row._replace(balance=Units(row.balance + 1), earned=Units(row.earned + 1)) for row in rows(fold))

    monkeypatch.setattr(LendersFold, "rows", too_much)

    assert broken(STORY, lambda _: None).startswith(
        "the report lenders: balances of lenders of pool beyond 1516793: 2, but 0 by the accounts"
    )


@pytest.mark.parametrize(
    "name",
    [
        *("_deposited", "_withdrawn", "_transferred", "_lent", "_paid_out", "_repaid", "_bought", "_contributed"),
        *("_accrued", "_earned", "_covered", "_socialized", "_recovered", "_restored", "_adjusted"),
    ],
)
def test_a_fold_of_lenders_that_passes_an_event_over_breaks_the_books(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LendersFold, name, lambda *_: None)

    assert broken(STORY, lambda _: None).startswith("the report lenders: ")


def test_shares_that_the_register_does_not_have_break_the_books() -> None:
    doctor = moved("shares:pool:lenders", "register:pool:lenders:lender", "register:pool:lenders:other-lender", 1)

    assert broken(STORY, doctor).startswith("the report lenders: shares of lender in lenders of pool: ")


@pytest.mark.parametrize("debit_or_credit", [1, -1])
def test_claims_that_the_books_do_not_have_break_them(debit_or_credit: int) -> None:
    doctor = moved("USD", "liabilities:indexed:claims:lenders", "assets:indexed:cash", debit_or_credit)

    assert broken(STORY, doctor).startswith(
        f"the report lenders: claims of lenders of indexed: 1041000, but {1_041_000 - debit_or_credit} by the accounts"
    )


# Deficits.


@pytest.mark.parametrize(
    "column",
    [
        *("exposure", "added", "adjusted_in_default", "proceeds", "costs", "other", "guaranteed", "repaid"),
        *("transferred", "cured", "in_default", "recognized", "adjusted_open", "fund", "reserve", "tranches"),
        *("covered", "recapitalized", "redistributed", "socialized", "recovered", "open"),
    ],
)
def test_a_column_of_the_deficits_that_is_one_unit_off_breaks_the_books(
    column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = DeficitsFold.rows

    def one_off(fold: DeficitsFold, as_of: None) -> Iterator[DeficitRow]:
        return (row._replace(**{column: getattr(row, column) + 1}) for row in rows(fold, as_of))

    monkeypatch.setattr(DeficitsFold, "rows", one_off)

    assert broken(STORY, lambda _: None).startswith("the report deficits: ")


@pytest.mark.parametrize(
    "name",
    [
        *("_drawn", "_accrued", "_advanced", "_repaid", "_transferred", "_sold", "_guaranteed", "_cured"),
        *("_recognized", "_fund_drawn", "_reserve_drawn", "_covered", "_recapitalized", "_redistributed"),
        *("_socialized", "_recovered", "_adjusted", "_defaulted"),
    ],
)
def test_a_fold_of_deficits_that_passes_an_event_over_breaks_the_books(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeficitsFold, name, lambda *_: None)

    assert broken(STORY, lambda _: None).startswith("the report deficits: ")


def test_a_case_that_has_more_in_default_than_its_events_say_breaks_the_books() -> None:
    def doctor(books: Books) -> None:
        books.cases[LATER_CASE].interest += 1

    assert broken(STORY, doctor).startswith("the report deficits: what is in default under case case-2: ")


def test_a_deficit_that_the_account_does_not_have_breaks_the_books() -> None:
    doctor = moved("USD", "assets:pool:deficit:case-2", "equity:pool:rounding", 1)

    assert broken(STORY, doctor).startswith("the report deficits: what is open of case case-2: ")


def test_principal_that_the_accounts_hold_as_interest_breaks_the_books() -> None:
    def doctor(books: Books) -> None:
        books.cases[CASE].principal -= 1
        books.cases[CASE].interest += 1

    assert broken(a_default(), doctor).startswith("the report deficits: ")


@pytest.mark.parametrize("owed", ["principal", "interest"])
def test_accounts_of_a_loan_in_default_that_hold_something_else_break_the_books(owed: str) -> None:
    doctor = moved("USD", f"assets:pool:defaulted:loan:{owed}", "equity:pool:rounding", 1)

    assert broken(a_default(), doctor).startswith("the report deficits: principal and interest under case case: ")


# Pools.


def test_a_balance_sheet_that_does_not_tie_breaks_the_books() -> None:
    doctor = moved("USD", "assets:pool:cash", "assets:pool:of-no-kind", 1)

    assert broken(a_default(), doctor).startswith("the report pools: what pool pool owes: ")


# The command.


def book_of_everything(folder: Path) -> Path:
    """The book as a file."""
    return recorded_in_a_file(folder / "everything.db", (event.canonical() for event in STORY.facts))


def test_a_replay_holds_the_identities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = called(capsys, "--db", str(book_of_everything(tmp_path)), "replay")

    assert (done.code, done.err) == (Exit.CLEAN, "")
    assert f"{len(STORY.facts)} entries replayed, every law holds" in done.out


@pytest.mark.parametrize(
    ("fold", "handler", "report"), [(LendersFold, "_deposited", "lenders"), (DeficitsFold, "_repaid", "deficits")]
)
def test_a_replay_that_finds_an_identity_broken_ends_as_an_error_of_our_own(
    fold: type,
    handler: str,
    report: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = str(book_of_everything(tmp_path))
    monkeypatch.setattr(fold, handler, lambda *_: None)

    done = called(capsys, "--db", book, "replay")

    assert (done.code, done.out) == (Exit.INTERNAL, "")
    assert done.err.startswith(f"recoup: the report {report}: ")
    assert "Traceback" not in done.err
