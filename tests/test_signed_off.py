"""An audit of sign-offs: each step is bound to the bytes that are stored of an entry."""

from pathlib import Path

import pytest

from cli.exits import Exit
from ledger.audit import replay
from ledger.book import Book, Fact
from ledger.events import AnyEvent
from ledger.journal import Journal
from ledger.journal.memory import MemoryJournal
from ledger.journal.sqlite import SqliteJournal
from ledger.signed_off import SignedOff
from ledger.values import EventId, Timestamp
from projections.reconciliation.signing.signing import sign
from tests.command_line import called
from tests.reconciliation_story import a_paper
from tests.story import Story, a_pool, reconciliation_prepared

NOW = Timestamp("2022-12-05T09:00:00Z")
FORGED = reconciliation_prepared(id=EventId("forged"), through=EventId("fact-3"))
"""A step with a hash that is of nothing."""


def told_to(journal: Journal, *facts: AnyEvent) -> Book:
    """A book with a pool and these facts."""
    book, story = Book(journal), a_pool().then(*facts)
    recorded = [Fact.of(line, fact) for line, fact in enumerate(story.facts, 1)]
    book.record(recorded, source="story", clock=lambda: NOW, recorded_by="desk")
    return book


def audited(journal: Journal) -> SignedOff:
    """The sign-offs of a journal, held against it."""
    signed_off = SignedOff(journal)
    replay(journal, through=None, watch=iter, weigh=signed_off.weigh)
    return signed_off


def test_a_paper_that_was_signed_here_has_no_finding() -> None:
    book = told_to(MemoryJournal())
    paper = a_paper(book.journal)
    sign(book, paper, "prepare", person="accountant", clock=lambda: NOW, recorded_by="desk")
    assert (audited(book.journal).steps, audited(book.journal).findings) == (1, [])


def test_a_step_that_is_bound_to_other_bytes_is_found() -> None:
    book = told_to(MemoryJournal(), FORGED)
    (finding,) = audited(book.journal).findings
    assert (finding.position, finding.id) == (7, "forged")
    assert f"is bound to entry fact-3 with SHA-256 {'c' * 64}, but what is stored has " in finding.message


def test_a_step_that_was_reversed_is_not_found() -> None:
    book = told_to(MemoryJournal(), FORGED, undone(a_pool().then(FORGED)))
    assert (audited(book.journal).steps, audited(book.journal).findings) == (1, [])


def undone(story: Story) -> AnyEvent:
    """The reversal of the forged step."""
    return story.reversal("forged", id=EventId("not-forged"))


@pytest.mark.parametrize(
    ("facts", "code", "told"),
    [
        ((), Exit.CLEAN, ""),
        ((FORGED,), Exit.FINDINGS, "1 steps of sign-offs held against the journal: 1 findings"),
    ],
)
def test_an_audit_on_the_command_line_tells_it(
    facts: tuple[AnyEvent, ...], code: Exit, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told_to(SqliteJournal.create(tmp_path / "book.db", patience=1), *facts).close()
    done = called(capsys, "--db", str(tmp_path / "book.db"), "replay", "--audit")
    assert (done.code, told in done.out, "sign-offs" in done.out) == (code, True, bool(facts))
