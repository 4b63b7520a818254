"""The page of a paper: it opens by itself, shows its numbers, fetches nothing, sorts, and prints all that it has."""

import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any, Final

import pytest
from click import UsageError

from cli.options import Form
from cli.reconcile.page_text import FOLDED_FROM, page_of
from cli.reconcile.paper import write_paper
from projections.reconciliation.breaks import CLASSES
from projections.reconciliation.document import hash_of
from projections.reconciliation.page.html import html
from projections.reconciliation.page.text import PaperPage
from projections.reconciliation.paper import Paper
from projections.reconciliation.signing.signing import SignOff, StepTaken
from projections.reconciliation.signing.stale import StaleEntry
from tests.browser import needs_a_browser, opened, printed
from tests.reconciliation_papers import (
    CASH,
    a_break,
    a_paper,
    balances_paper,
    line,
    long_paper,
    proven_paper,
    rich_paper,
    small_paper,
)

NASTY: Final = "<script>document.title='run'</script>\"'&amp;"
"""Text that would run, or end what it stands in, if it were not escaped."""

AT: Final = "2026-03-02T09:00:00Z"
PREPARED: Final = StepTaken("prepared", "accountant", 1_240, "prep-1", AT, AT, "desk")
STALE: Final = SignOff((PREPARED,), (StaleEntry(1_250, "deposit-late", "deposited", CASH, 12_345, "EUR"),))


def page(paper: Paper, folder: Path, sign_off: SignOff | None = None) -> Path:
    """The page of a paper, written."""
    file = folder / "paper.html"
    write_paper(paper, sign_off, Form("html", file))
    return file


def parts(of: PaperPage) -> dict[str, Any]:
    """The parts of a page by their names."""
    return {part.name: part for part in of.parts}


@pytest.fixture(scope="module")
def rich_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the rich paper, prepared and stale, written once."""
    return page(rich_paper(), tmp_path_factory.mktemp("rich"), STALE)


# In the browser.


@needs_a_browser
def test_the_page_opens_without_a_word_on_the_console_and_shows_its_numbers(rich_page: Path) -> None:
    seen = opened(rich_page)

    assert seen.console == ()
    for number in ("11,552.23", "13,845.67", "12,737.24", "12,737.27", "0.000000000000000001", "2,293.44"):
        assert number in seen.dom
    assert all(class_ in seen.dom for class_ in CLASSES)
    assert 'aria-sort="none"' in seen.dom
    assert 'type="search"' in seen.dom


WORKED: Final = """
  const breaks = document.querySelector("#breaks table"), sorted = [];
  const column = Array.from(breaks.tHead.rows[0].cells).findIndex(head => head.textContent.startsWith("effect"));
  for (let press = 0; press < 2; press++) {
    breaks.tHead.rows[0].cells[column].querySelector("button").click();
    sorted.push(Array.from(breaks.tBodies[0].rows, row => row.cells[column].textContent));
  }
  const input = breaks.closest(".table").querySelector("input[type=search]");
  input.value = "theirs to fix";
  input.dispatchEvent(new Event("input"));
  const left = Array.from(breaks.tBodies[0].rows).filter(row => !row.hidden);
  const before = document.querySelectorAll("details[open]").length;
  dispatchEvent(new Event("beforeprint"));
  const open = document.querySelectorAll("details[open]").length;
  dispatchEvent(new Event("afterprint"));
  const after = document.querySelectorAll("details[open]").length;
  const folds = [before, open, after];
  document.title = JSON.stringify({sorted, left: left.map(row => row.cells[0].textContent), folds});
"""
"""Presses the head of the effects twice, types who has to act, and prints."""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page of a paper with one folded part showed after it was used."""
    paper = rich_paper()
    paper = paper._replace(appendix=paper.appendix * FOLDED_FROM)
    file = page(paper, tmp_path_factory.mktemp("worked"))
    free = re.sub(r"<meta http-equiv[^>]*>", "", file.read_text(encoding="utf-8"))
    file.write_text(free.replace("</body>", f"<script>{WORKED}</script></body>"), encoding="utf-8")
    found = re.search(r"<title>(.*?)</title>", opened(file).dom, re.DOTALL)
    assert found
    shown: dict[str, Any] = json.loads(found[1])
    return shown


@needs_a_browser
def test_breaks_sort_by_their_effect_to_the_last_digit(worked: dict[str, Any]) -> None:
    up, down = worked["sorted"]

    assert up[:2] == ["-600.00", "-330.00"]
    assert up[4:7] == ["-44.10", "0.000000000000000001", "0.01"]
    assert down == up[::-1]


@needs_a_browser
def test_breaks_are_filtered_by_who_has_to_act(worked: dict[str, Any]) -> None:
    assert [told.split("\n")[0] for told in worked["left"]] == ["missing in statement", "duplicate in statement"]


@needs_a_browser
def test_what_is_folded_is_opened_for_printing_and_folded_again(worked: dict[str, Any]) -> None:
    assert worked["folds"] == [0, 1, 0]


@needs_a_browser
def test_a_printed_page_has_every_row_also_of_what_is_folded(tmp_path: Path) -> None:
    short = pages_of(printed(page(long_paper(FOLDED_FROM), tmp_path), tmp_path / "short.pdf"))
    long = pages_of(printed(page(long_paper(FOLDED_FROM * 6), tmp_path), tmp_path / "long.pdf"))

    assert short >= 4
    assert long >= 3 * short


def pages_of(file: Path) -> int:
    """How many pages a PDF has."""
    content = file.read_bytes()
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    inflated = b"".join(map(_inflated, streams))
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content + inflated))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


# The file.


@pytest.mark.parametrize("paper", [small_paper, proven_paper, rich_paper, balances_paper])
def test_a_page_names_nothing_elsewhere(paper: Any, tmp_path: Path) -> None:
    text = page(paper(), tmp_path).read_text(encoding="utf-8")

    assert not re.findall(r"https?:|//[a-z]|\bsrc=|@import|url\(|<link|<img|<iframe", text)
    assert "default-src &#39;none&#39;" in text


def test_the_same_paper_makes_the_same_bytes(rich_page: Path, tmp_path: Path) -> None:
    assert page(rich_paper(), tmp_path, STALE).read_bytes() == rich_page.read_bytes()


def test_whatever_a_statement_says_stays_text() -> None:
    sly = a_break(
        "fee", 1, evidence=NASTY, rule=NASTY, key={NASTY: NASTY}, theirs=(line(1, "2026-02-01", 1, NASTY, text=NASTY),)
    )
    paper = a_paper([sly], {"EUR": 1}, {"EUR": 2})
    paper = paper._replace(subject=NASTY, standing=paper.standing._replace(book=NASTY, through=NASTY))

    text = html(page_of(paper, SignOff((PREPARED._replace(person=NASTY),), ())))

    assert text.count("<script>") == 1
    assert text.count("&lt;script&gt;") >= 10


def test_the_proof_comes_before_every_other_section(rich_page: Path) -> None:
    found = re.findall(r'<section id="([a-z-]+)"', rich_page.read_text(encoding="utf-8"))

    assert found == [
        *("stale", "proof", "sign-off", "summary", "breaks", "resolved", "roll-forward", "suggestions", "proposals"),
        *("traces", "matched", "appendix", "files", "rules"),
    ]


def test_a_page_says_what_a_signature_is_bound_to() -> None:
    told = page_of(rich_paper(), None).bound

    assert ("report", f"SHA-256 {hash_of(rich_paper())}") in told
    assert ("book", "desk.db, position 1234, through deposit-17") in told
    assert ("its last entry", f"SHA-256 {'8f' * 32}") in told
    assert ("file", f"february.csv, SHA-256 {'c1' * 32}") in told


def test_every_printed_sheet_bears_the_hash_of_the_report(rich_page: Path) -> None:
    assert rich_page.read_text(encoding="utf-8").count(f'content: "report {hash_of(rich_paper())}"') == 2


def test_a_step_that_is_missing_is_an_empty_line_to_sign_on() -> None:
    steps = page_of(small_paper(), STALE).steps

    assert [(step.name, step.person) for step in steps] == [
        ("prepared", "accountant"),
        ("reviewed", ""),
        ("signed", ""),
    ]
    assert steps[0].note == "2026-03-02 09:00:00 UTC, position 1240, recorded by desk"


def test_what_makes_a_paper_stale_is_named_at_its_head() -> None:
    stale = page_of(small_paper(), STALE).stale

    assert stale is not None
    assert list(stale.rows) == [("1250", "deposit-late", "deposited", CASH, "123.45")]
    assert page_of(small_paper(), None).stale is None


def test_what_makes_a_paper_stale_is_told_in_what_it_is_counted_in() -> None:
    shares = StaleEntry(1_251, "deposit-later", "deposited", "shares of pool desk", 12_345, "shares:desk:lenders")
    stale = page_of(small_paper(), SignOff((PREPARED,), (*STALE.stale, shares))).stale
    assert stale is not None
    assert [row[-2:] for row in stale.rows] == [("123.45", "EUR"), ("12,345", "shares:desk:lenders")]


def test_the_two_sides_of_a_proof_stand_beside_each_other() -> None:
    (proof,) = page_of(small_paper(), None).proofs

    assert [(one.told, one.number, one.amount) for one in proof.statement] == [
        ("Balance per statement", "", "12,333.17"),
        ("timing in transit", "1 break", "1,500.00"),
        ("Adjusted balance per statement", "", "13,833.17"),
    ]
    assert [(one.told, one.number, one.amount) for one in proof.book] == [
        ("Balance per book", "", "13,845.67"),
        ("fee", "1 break", "-12.50"),
        ("Adjusted balance per book", "", "13,833.17"),
    ]
    assert (proof.unexplained, proof.proved) == ("0", True)


def test_a_paper_that_does_not_prove_itself_says_so_beside_what_is_unexplained() -> None:
    shown = page_of(rich_paper(), None)

    assert not shown.proved
    assert [(proof.unexplained, proof.proved) for proof in shown.proofs] == [("0.03", False), ("0", True)]


def test_a_break_is_told_in_words_with_the_movements_of_both_sides() -> None:
    (table,) = parts(page_of(small_paper(), None))["breaks"].tables

    assert [heading.text for heading in table.headings] == [
        "break",
        "effect, EUR",
        "days",
        "since",
        "why",
        "ours",
        "theirs",
    ]
    assert table.rows[1] == (
        "fee\nours to fix\n000000000002",
        "12.50",
        "8",
        "2026-02-20\n0-30 days\nfirst seen 2026-02-28",
        "a line of theirs that is a fee and has no entry\nline 97 is a fee of 12.50",
        "",
        "2026-02-20: -12.50\nFEE-02, line 97, fee",
    )


def test_a_proposed_entry_is_told_field_by_field_and_posting_by_posting() -> None:
    (table,) = parts(page_of(rich_paper(), None))["proposals"].tables
    (_, why, entries), (_, refused, _) = table.rows

    assert why == "line 7 of february.csv is a fee that the book has not"
    assert entries.split("\n")[3:] == [
        "reason: fee on line 7 of february.csv",
        "postings:",
        "  expenses:alpha:costs: 1250 EUR",
        "  assets:alpha:cash: -1250 EUR",
    ]
    assert refused.split("\n")[1] == "refused as it stands: pool alpha has 12 less than it needs"


def test_a_paper_without_a_break_says_that_none_is_open() -> None:
    shown = parts(page_of(proven_paper(), None))

    assert shown["breaks"].lead == "No break is open."
    assert set(shown) == {"breaks", "matched", "files", "rules"}


def test_a_long_list_is_folded_and_a_short_one_is_not() -> None:
    long, short = (parts(page_of(long_paper(number), None))["breaks"] for number in (FOLDED_FROM, FOLDED_FROM - 1))

    assert (long.folded, long.told_rows) == (True, "50 rows")
    assert not short.folded


def test_a_page_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)

    with pytest.raises(UsageError, match=r"pip install 'recoup\[html\]'"):
        page(small_paper(), tmp_path)
