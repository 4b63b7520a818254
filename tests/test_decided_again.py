"""Deciding again: what is stored of a command is what follows from it; whatever else stands there is found."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cli.exits import Exit
from ledger.audit import replay
from ledger.commands import Contribute, DeclareDefault, Deposit, OriginateLoan, ResolveShortfall
from ledger.decided_again import DecidedAgain, Finding
from ledger.desk import Desk
from ledger.events import AnyEvent, BadDebtSocialized, FundDrawn, ShortfallRecognized
from ledger.journal import NewEntry, envelope
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.values import EventId
from ledger.waterfall import FundLayer
from tests.command_line import called
from tests.story import AT, BORROWER, CASE, FUND, LENDER, LOAN, POOL, SOCIALIZE, asset_registered, fund_opened
from tests.story import pool_opened as a_pool_opened

Change = Callable[[AnyEvent], AnyEvent | None]


def a_resolved_case() -> list[AnyEvent]:
    """The events of a book in which a loan of 100 fell on a fund of 30 and its lender."""
    desk = Desk.in_memory(clock=lambda: AT, ids=lambda: EventId("none"), recorded_by="test")
    waterfall = (FundLayer(layer="fund", fund=FUND), SOCIALIZE)
    desk.record(asset_registered(), id="asset")
    desk.record(fund_opened(), id="fund")
    desk.record(a_pool_opened(waterfall=waterfall), id="pool")
    desk.record(Contribute(at=AT, fund=FUND, contributor=LENDER, amount=30), id="contributed")
    desk.record(Deposit(at=AT, pool=POOL, lender=LENDER, assets=100), id="deposited")
    desk.record(OriginateLoan(at=AT, pool=POOL, loan=LOAN, borrower=BORROWER, principal=100), id="lent")
    desk.record(DeclareDefault(at=AT, pool=POOL, loan=LOAN, case=CASE, reason="unpaid"), id="defaulted")
    desk.record(ResolveShortfall(at=AT, pool=POOL, case=CASE), id="K")
    return [entry.event() for entry in desk.journal.read()]


EVENTS: Final = a_resolved_case()


def audited(change: Change) -> DecidedAgain:
    """The same book, with its events changed behind the ledger's back, decided again."""
    journal, again = MemoryJournal(), DecidedAgain()
    changed = [event for event in map(change, EVENTS) if event is not None]
    with journal.write() as writer:
        writer.append([stored(event) for event in changed])
    replay(journal, through=None, watch=iter, weigh=again.weigh)
    again.end()
    return again


def stored(event: AnyEvent) -> NewEntry:
    return NewEntry(event.type, event.id, envelope(AT, "nobody") + event.canonical() + b"}")


def told(again: DecidedAgain) -> list[str]:
    return [f"{finding.position} {finding.id}: {finding.message}" for finding in again.findings]


def test_an_untouched_book_has_no_finding() -> None:
    again = audited(lambda event: event)
    assert again.findings == []
    assert again.commands == 5


def test_another_amount_than_follows_is_found() -> None:
    def less(event: AnyEvent) -> AnyEvent:
        return replace(event, amount=29) if isinstance(event, FundDrawn) else event

    def more_and_less(event: AnyEvent) -> AnyEvent:
        event = less(event)
        return replace(event, amount=71, override="by hand") if isinstance(event, BadDebtSocialized) else event

    (fund, lenders) = told(audited(more_and_less))
    assert fund.startswith("9 K/2: {")
    assert '"amount":"30"} follows from its command, not {' in fund.replace(',"cause":"K"', "")
    assert lenders.startswith("10 K/3: ")


def test_a_fact_that_is_missing_is_found() -> None:
    again = audited(lambda event: None if isinstance(event, BadDebtSocialized) else event)
    assert told(again) == ["9 K/2: 1 further fact follows from the command, which is not stored"]


def test_a_command_that_is_refused_now_is_found() -> None:
    def of_another_case(event: AnyEvent) -> AnyEvent:
        if isinstance(event, ShortfallRecognized) and event.command is not None:
            return replace(event, command=event.command.replace('"case"', '"case":"other","memo"', 1))
        return event

    (found,) = told(audited(of_another_case))
    assert found.startswith("8 K: its command is refused: ")


@pytest.mark.parametrize("command", ["{}", '{"type":"resolve-shortfall"}', "no JSON", '{"type":"unheard-of"}'])
def test_a_command_that_cannot_be_read_could_not_be_checked(command: str) -> None:
    again = audited(lambda event: replace(event, command=command) if event.id == "lent" else event)
    unread = "its command cannot be read, so it could not be checked"
    assert again.findings == [Finding(6, EventId("lent"), unread, checked=False)]


def test_a_cause_without_its_command_is_found() -> None:
    again = audited(lambda event: replace(event, command=None) if event.id == "K" else event)
    assert told(again) == [
        "9 K/2: follows from no command before it, though it names K",
        "10 K/3: follows from no command before it, though it names K",
    ]


# On the command line.


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (lambda event: event, Exit.CLEAN, "5 commands of 10 entries decided again: 0 findings"),
        (
            lambda event: replace(event, command=None) if event.id == "K" else event,
            Exit.FINDINGS,
            "4 commands of 10 entries decided again: 2 findings",
        ),
        (
            lambda event: replace(event, command="{}") if event.id in {"K", "lent"} else event,
            Exit.UNCHECKED,
            "5 commands of 10 entries decided again: 0 findings, 2 could not be checked",
        ),
    ],
)
def test_an_audit_on_the_command_line_says_what_it_found(
    change: Change, code: Exit, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.db"
    with SqliteJournal.create(path, patience=1).write() as writer:
        events = [event for event in map(change, EVENTS) if event is not None]
        writer.append([stored(event) for event in events])
    done = called(capsys, "--db", str(path), "replay", "--audit")
    assert done.code == code
    assert told in done.out
    assert called(capsys, "--db", str(path), "replay").code == Exit.CLEAN
