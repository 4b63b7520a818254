"""The general ledger as CSV under the names of the AICPA's Audit Data Standards (General Ledger, July 2015).

Three files belong together: every posting (`GL_Detail`), the balances that they come to (`Trial_Balance`), and what the
accounts are (`Chart_Of_Accounts`). Amounts are exact, in units of their commodity. The fiscal year is the calendar's, a
period one of its months, `M1` to `M12`; times are UTC. The segments, which the standard leaves free, are in `GL_Detail`
the entry's position in the journal and its case, and the loan, the holder and the tranche of the account.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, TextIO

from ledger.chart import Part, is_issued, owner
from ledger.events import AnyEvent, EntryReversed
from ledger.values import Account, Commodity, Timestamp, instant_key
from projections.exports.formulas import neutral
from projections.exports.text import KEPT, Tally, Told, decimals_of, in_units, known_part, plain, told
from projections.periods import just_before, start_of
from projections.reading import Selection, Watch

GL_DETAIL: Final = (
    *("Journal_ID", "Journal_ID_Line_Number", "JE_Header_Description", "JE_Line_Description", "Source"),
    *("Business_Unit_Code", "Effective_Date", "Fiscal_Year", "Period", "GL_Account_Number", "GL_Account_Name"),
    *("Amount", "Amount_Credit_Debit_Indicator", "Amount_Currency", "Reversal_Indicator", "Reversal_Journal_ID"),
    *("Entered_By", "Entered_Date", "Entered_Time"),
    *("Segment01", "Segment02", "Segment03", "Segment04", "Segment05"),
)
TRIAL_BALANCE: Final = (
    *("GL_Account_Number", "Business_Unit_Code", "Fiscal_Year", "Period"),
    *("Amount_Beginning", "Amount_Ending", "Amount_Currency", "Balance_As_Of_Date"),
)
CHART_OF_ACCOUNTS: Final = (
    *("GL_Account_Number", "GL_Account_Name", "FS_Caption", "Account_Type", "Account_Subtype"),
    *("GL_Account_Description", "Business_Unit_Code", "Amount_Currency"),
)

_TYPES: Final = {"assets": "Assets", "liabilities": "Liabilities", "equity": "Equity", "register": "Statistical"}
"""The types of the accounts; those of registers hold shares, not money."""

_WORDS: Final = {
    "cash": "Cash",
    "fund-cash": "Cash",
    "fund-capital": "Insurance fund",
    "loans": "Loans",
    "interest": "Interest not allocated",
    "loans-principal": "Principal of loans",
    "loans-interest": "Interest of loans",
    "defaulted-principal": "Principal in default",
    "defaulted-interest": "Interest in default",
    "allowance": "Allowance for expected loss",
    "unrealized": "Expected loss not recognized",
    "deficit": "Deficit",
    "surplus": "Surplus of borrowers",
    "recoveries": "Recoveries not allocated",
    "restitution": "Restitution not paid",
    "claims": "Claims of lenders",
    "reserve": "Reserve",
    "rounding": "Rounding",
}


def write_detail(selection: Selection, owners: frozenset[str], out: TextIO, watch: Watch = iter) -> Tally:
    """Write a line for each posting of the entries of a selection; of `owners`, if any, only theirs."""
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(GL_DETAIL)
    lines, posted, silent = _Lines(selection), 0, 0
    for one in told(selection, owners, watch):
        posted, silent = (posted + 1, silent) if one.lines else (posted, silent + 1)
        rows.writerows(lines.of(one))
    return Tally(posted, silent)


def write_trial_balance(selection: Selection, owners: frozenset[str], out: TextIO, watch: Watch = iter) -> None:
    """Write the trial balance of the month that a selection ends in, debit positive.

    An account begins with its balance at the end of the month before and ends with the one of the selection: between
    them are its lines in `GL_Detail` of that fiscal year and period. Accounts without any entry are left out.
    """
    ending = _balances(selection, owners, watch)
    ends = [at for at in (selection.shown().as_of, ending.latest) if at is not None]
    date = max(ends, key=instant_key)[:10] if ends else ""
    before = _before_month_of(date) if date else None
    beginning = {} if before is None else _balances(selection.until(before), owners, watch).sums
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(TRIAL_BALANCE)
    for key, balance in sorted(ending.sums.items()):
        account, commodity = key
        decimals = decimals_of(commodity, selection.charters)
        amounts = (in_units(beginning.get(key, 0), decimals), in_units(balance, decimals))
        rows.writerow((*_text(account, owner(account)), *_period(date), *amounts, *_text(commodity), date))


def write_chart(selection: Selection, owners: frozenset[str], out: TextIO, watch: Watch = iter) -> None:
    """Write what each account is that a posting of a selection names."""
    sums = _balances(selection, owners, watch).sums
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(CHART_OF_ACCOUNTS)
    for account, commodity in sorted(sums):
        part = known_part(account, commodity, selection.charters)
        caption, kind = _caption(account, commodity, part), account.split(":", 1)[0]
        subtype = "" if part is None else part.holds
        name = _name(caption, account, part)
        rows.writerow(_text(account, name, caption, _TYPES[kind], subtype, name, owner(account), commodity))


class _Balances(NamedTuple):
    """The sum of each account's postings in a commodity, and the latest effective time of any of them."""

    sums: dict[tuple[Account, Commodity], int]
    latest: Timestamp | None


def _balances(selection: Selection, owners: frozenset[str], watch: Watch) -> _Balances:
    """The sums of all postings, also of those reversed."""
    sums: dict[tuple[Account, Commodity], int] = {}
    latest: Timestamp | None = None
    for one in told(selection, owners, watch):
        for account, commodity, amount in one.lines:
            sums[account, commodity] = sums.get((account, commodity), 0) + amount
        if one.lines:
            latest = max(latest or one.event.at, one.event.at, key=instant_key)
    return _Balances(sums, latest)


class _Lines:
    """The lines of entries, with what is said of an account remembered."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._said = lru_cache(KEPT)(self._said_of)

    def of(self, one: Told) -> Iterator[tuple[str, ...]]:
        """A line for each posting of an entry."""
        entry, event, postings = one
        (event_id,), (case,) = _text(event.id), _text(getattr(event, "case", None) or "")
        reasons = (text for name in ("reason", "memo") if (text := getattr(event, name, None)))
        heading, date = plain(": ".join((event.type, *reasons))), event.at[:10]
        when = (date, *_period(date))
        entered = (*_text(plain(entry.recorded_by)), entry.recorded_at[:10], entry.recorded_at[11:-1])
        reversal = self._reversal(event)
        for number, (account, commodity, amount) in enumerate(postings, 1):
            said = self._said(account, commodity)
            yield (
                *(event_id, str(number), heading, said.caption, event.type, said.owner, *when, account, said.name),
                *(in_units(abs(amount), said.decimals), "D" if amount > 0 else "C", said.commodity),
                *(*reversal, *entered, str(entry.position), case, *said.of),
            )

    def _reversal(self, event: AnyEvent) -> tuple[str, ...]:
        """Whether an entry is a reversal, and of what, or was reversed."""
        if isinstance(event, EntryReversed):
            return "1", *_text(event.of)
        return "2" if event.id in self._selection.undone else "", ""

    def _said_of(self, account: Account, commodity: Commodity) -> "_Said":
        charters = self._selection.charters
        part = known_part(account, commodity, charters)
        caption = _caption(account, commodity, part)
        of = () if part is None else (part.loan, part.holder, part.tranche)
        return _Said(
            caption=caption,
            name=_name(caption, account, part),
            owner=neutral(owner(account)),
            commodity=neutral(commodity),
            decimals=decimals_of(commodity, charters),
            of=tuple(neutral(name or "") for name in of or ("", "", "")),
        )


class _Said(NamedTuple):
    """What is said of an account: its loan, holder and tranche last."""

    caption: str
    name: str
    owner: str
    commodity: str
    decimals: int
    of: tuple[str, ...]


def _text(*cells: str) -> Iterable[str]:
    """Cells that are no numbers: none is taken for a formula."""
    return map(neutral, cells)


def _period(date: str) -> tuple[str, str]:
    """The fiscal year and period of a day."""
    return (date[:4], f"M{int(date[5:7])}") if date else ("", "")


def _before_month_of(date: str) -> Timestamp | None:
    """The last instant of the month before the one of a day; None in the first month of the calendar."""
    return just_before(start_of(f"{date[:7]}-01"))


def _caption(account: Account, commodity: Commodity, part: Part | None) -> str:
    """What an account is of, in words."""
    if part is None:
        return account
    if part.holds == "collateral":
        return "Collateral held" if account.startswith("assets") else "Collateral owed back"
    if part.family == "shares":
        kind = "Debt shares" if part.holds == "debt" else "Shares"
        return f"{kind} {'issued' if is_issued(account, commodity) else 'held'}"
    return _WORDS[part.holds]


def _name(caption: str, account: Account, part: Part | None) -> str:
    """An account's name in words: what it is of, and whose it is."""
    if part is None:
        return account
    of = [part.owner, *(name for name in (part.tranche, part.loan, part.case, part.holder) if name is not None)]
    return f"{caption}, {' '.join(of)}"
