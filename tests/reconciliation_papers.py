"""Papers of reconciliations to look at and to test with, made by hand: one small, one of every class, one of balances.

Their proofs and summaries are summed here from their breaks, so that a paper of any breaks hangs together.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from projections.reconciliation.breaks import CLASSES, Break, Class, Party, Proposal, Suggestion, Trace
from projections.reconciliation.items import FileMark, Item
from projections.reconciliation.paper import (
    UNEXPLAINED,
    ContinuedRow,
    EntryLine,
    Level,
    MatchedRow,
    Paper,
    ProofRow,
    Standing,
    SummaryRow,
)
from projections.reconciliation.rules import Rules

CASH: Final = "assets:alpha:cash"
WEI: Final = 10**18
LARGEST: Final = 2**256 - 1
OPENED, CLOSED = "2026-01-31", "2026-02-28"

_FIXERS: Final[Mapping[Class, Party]] = {
    "timing in transit": "nobody",
    "cut-off": "nobody",
    "not final": "nobody",
    "rounding": "nobody",
    "missing in statement": "theirs",
    "duplicate in statement": "theirs",
    "unexplained": "unknown",
}
"""Who usually has to act on a class; what is not here is ours."""


def entry(place: int, at: str, amount: int, name: str, **said: object) -> Item:
    """A movement as our book states it."""
    return Item(place, CASH, "EUR", at, amount, id=name, kind="deposited")._replace(**said)  # type: ignore[arg-type]


def line(place: int, at: str, amount: int, reference: str = "", **said: object) -> Item:
    """A movement as their statement states it."""
    made = Item(place, CASH, "EUR", at, amount, id=f"{place:016x}", reference=reference)
    return made._replace(**said)  # type: ignore[arg-type]


def a_break(class_: Class, effect: int, number: int = 1, **said: object) -> Break:
    """A break of a class, by the party that usually has to act."""
    made = Break(
        id=f"{number:012x}",
        class_=class_,
        commodity="EUR",
        effect=effect,
        party=_FIXERS.get(class_, "ours"),
        rule=f"the rule of {class_}",
        evidence=f"what shows {class_}",
        since="2026-02-20",
        age_days=8,
        bucket="0-30",
        first_seen=CLOSED,
    )
    return made._replace(**said)  # type: ignore[arg-type]


def proof_of(breaks: Sequence[Break], book: Mapping[str, int]) -> tuple[ProofRow, ...]:
    """The proof of balance that these breaks make, with what the book says of each commodity."""
    return tuple(row for commodity in book for row in _proof(commodity, breaks, book[commodity]))


def _proof(commodity: str, breaks: Sequence[Break], ours: int) -> list[ProofRow]:
    of = [one for one in breaks if one.commodity == commodity]
    theirs = ours - sum(one.effect for one in of)
    rows: list[ProofRow] = []
    adjusted = []
    for side, stated, parties, sign in (
        ("statement", theirs, {"theirs", "nobody"}, 1),
        ("book", ours, {"ours"}, -1),
    ):
        rows.append(ProofRow(commodity, side, f"balance per {side}", 0, stated))  # type: ignore[arg-type]
        for class_ in CLASSES:
            found = [sign * one.effect for one in of if one.class_ == class_ and one.party in parties]
            if found:
                rows.append(ProofRow(commodity, side, class_, len(found), sum(found)))  # type: ignore[arg-type]
        adjusted.append(stated + sum(sign * one.effect for one in of if one.party in parties))
        rows.append(ProofRow(commodity, side, f"adjusted balance per {side}", 0, adjusted[-1]))  # type: ignore[arg-type]
    return [*rows, ProofRow(commodity, "proof", UNEXPLAINED, 0, adjusted[1] - adjusted[0])]


def summary_of(breaks: Sequence[Break]) -> tuple[SummaryRow, ...]:
    """Breaks by class, party, bucket and commodity."""
    sums: dict[tuple[Class, Party, str, str], list[Break]] = {}
    for one in breaks:
        sums.setdefault((one.class_, one.party, one.bucket, one.commodity), []).append(one)
    return tuple(
        SummaryRow(*key, len(of), sum(one.effect for one in of), sum(one.material for one in of))
        for key, of in sorted(sums.items())
    )


def a_paper(breaks: Sequence[Break], book: Mapping[str, int], decimals: Mapping[str, int], **said: object) -> Paper:
    """A paper of these breaks: its proof and its summary follow from them."""
    level: Level = "transactions"
    made = Paper(
        subject=f"account:{CASH}",
        level=level,
        standing=Standing("desk.db", 1_234, "deposit-17", "8f" * 32),
        opened_at=OPENED,
        closed_at=CLOSED,
        files=(_file("february.csv", "c1"),),
        rules=Rules(transit_days=5),
        decimals=dict(decimals),
        previous="",
        proof=proof_of(breaks, book),
        summary=summary_of(breaks),
        breaks=tuple(breaks),
        resolved=(),
        continued=(),
        matched=(),
        matched_sha256="3b" * 32,
        suggestions=(),
        proposals=(),
        traces=(),
        appendix=(),
    )
    return made._replace(**said)  # type: ignore[arg-type]


def _file(name: str, digest: str) -> FileMark:
    totals = {"count": 118, "credits": "1250000", "debits": "430025", "closing": "1234567"}
    return FileMark(name, digest * 32, "csv", 118, totals)


def small_paper() -> Paper:
    """A paper of one account in one commodity: a deposit in transit and a fee that we do not have yet."""
    transit = a_break(
        "timing in transit",
        150_000,
        1,
        rule="a movement of ours that they do not have yet is in transit for 5 days",
        evidence="deposit-17 of 2026-02-26 is 2 days old at the closing",
        ours=(entry(1_230, "2026-02-26T10:00:00Z", 150_000, "deposit-17"),),
        since="2026-02-26",
        age_days=2,
        trace=(1_230,),
    )
    fee = a_break(
        "fee",
        1_250,
        2,
        rule="a line of theirs that is a fee and has no entry",
        evidence="line 97 is a fee of 12.50",
        theirs=(line(97, "2026-02-20", -1_250, "FEE-02", kind="fee"),),
    )
    key = MatchedRow("reference", "EUR", 116, 116, 116, 821_225)
    return a_paper([transit, fee], {"EUR": 1_384_567}, {"EUR": 2}, matched=(key,))


def proven_paper() -> Paper:
    """A paper without a break."""
    return a_paper([], {"EUR": 1_234_567}, {"EUR": 2}, matched=(MatchedRow("reference", "EUR", 3, 3, 3, 1),))


def rich_paper() -> Paper:
    """A paper of every class, in two commodities of which one has 18 decimals, with all of its parts filled."""
    breaks = _one_of_each()
    resolved = a_break("timing in transit", 88_000, 0x900, ours=(entry(900, "2026-01-30", 88_000, "deposit-9"),))
    return a_paper(
        breaks,
        {"EUR": 1_384_567, "WETH": 1_000 * WEI + 1},
        {"EUR": 2, "WETH": 18},
        previous="d4" * 32,
        files=(_file("february.csv", "c1"), _file("february-weth.jsonl", "e7")._replace(kind="jsonl")),
        resolved=(resolved,),
        continued=(
            ContinuedRow("timing in transit", "EUR", 1, 88_000, 1, 150_000, 0, 1, 88_000, 1, 150_000),
            ContinuedRow("amount", "WETH", 0, 0, 1, 1, 0, 0, 0, 1, 1),
        ),
        matched=(
            MatchedRow("chain", "WETH", 41, 41, 41, 998 * WEI),
            MatchedRow("reference", "EUR", 101, 101, 101, 821_225),
            MatchedRow("grouped reference", "EUR", 1, 3, 1, 75_000),
        ),
        suggestions=(_suggestion(),),
        proposals=_proposals(),
        traces=(
            Trace(CASH, "EUR", sum(one.effect for one in breaks if one.commodity == "EUR"), OPENED, "2026-02-03"),
            Trace("assets:vault:cash", "WETH", 1, "2026-02-14", "2026-02-15", (1_101, 1_102, 1_103, 1_180)),
        ),
        appendix=tuple(
            EntryLine(item.place, item.at, item.kind, item.id, item.account, item.commodity, item.amount, (one.id,))
            for one in breaks
            for item in one.ours
        ),
    )


def _one_of_each() -> list[Break]:
    """A break of every class: most in EUR, and one wei of WETH."""
    days = ["2026-02-26", "2026-02-28", "2026-02-27", "2026-02-05", "2026-01-12", "2026-02-15", "2026-02-10"]
    days += ["2026-02-11", "2026-02-12", "2026-02-13", "2026-02-17", "2025-10-03", "2026-02-18", "2026-02-19"]
    effects = [150_000, -20_000, 7_500, -33_000, 41_000, 1, 1_250, 1, -4_410, 60_000, -60_000, 5_000, 90_000, -8_000, 3]
    found = []
    for number, (class_, effect, day) in enumerate(zip(CLASSES, effects, [*days, "2025-02-01"], strict=True), start=1):
        ours = (entry(1_100 + number, f"{day}T09:30:00Z", abs(effect), f"deposit-{number}"),) if effect > 0 else ()
        theirs = (line(number, day, abs(effect), f"REF-{number:05}"),) if effect < 0 or number in (6, 7, 8) else ()
        found.append(
            a_break(
                class_,
                effect,
                0xA00 + number,
                since=day,
                ours=ours,
                theirs=theirs,
                trace=tuple(item.place for item in ours),
                material=abs(effect) > 100,
                bucket={"2025-10-03": "91-180", "2025-02-01": "over 365", "2026-01-12": "31-60"}.get(day, "0-30"),
                age_days={"2025-10-03": 148, "2025-02-01": 392, "2026-01-12": 47}.get(day, 15),
            )
        )
    wei = found[5]
    vault = "assets:vault:cash"
    hash_ = "0x" + "5b" * 32
    found[5] = wei._replace(
        commodity="WETH",
        rule="one chain reference on both sides, with different amounts",
        evidence=f"{hash_}:12 is 2 WETH and one wei here, and 2 WETH there",
        ours=(entry(1_180, wei.ours[0].at, 2 * WEI + 1, f"{hash_}:12", account=vault, commodity="WETH"),),
        theirs=(line(6, wei.since, 2 * WEI, "", chain=f"{hash_}:12", account=vault, commodity="WETH"),),
    )
    return found


def _suggestion() -> Suggestion:
    parts = [entry(1_140 + part, "2026-02-11T08:00:00Z", 20_000 + part, f"repayment-{part}") for part in (1, 2, 3)]
    whole = sum(part.amount for part in parts)
    return Suggestion("3 entries sum to one line", "EUR", whole, tuple(parts), (line(61, "2026-02-11", whole, "BULK"),))


def _proposals() -> tuple[Proposal, ...]:
    fee = {
        "type": "adjustment-posted",
        "at": "2026-02-10T00:00:00Z",
        "id": "break-000000000a07",
        "reason": "fee on line 7 of february.csv",
        "postings": [
            {"account": "expenses:alpha:costs", "commodity": "EUR", "amount": "1250"},
            {"account": CASH, "commodity": "EUR", "amount": "-1250"},
        ],
    }
    reversal = {
        "type": "entry-reversed",
        "at": "2026-02-13T00:00:00Z",
        "id": "break-000000000a0a",
        "entry": "deposit-10",
        "reason": "recorded twice",
    }
    return (
        Proposal("000000000a07", (fee,), "line 7 of february.csv is a fee that the book has not"),
        Proposal("000000000a0a", (reversal,), "deposit-10 repeats deposit-4", "pool alpha has 12 less than it needs"),
    )


def balances_paper() -> Paper:
    """A paper of balances: one lender's number differs by one wei from a snapshot."""
    key = {"pool": "vault", "tranche": "lenders", "lender": "0x" + "ab" * 20, "field": "balance"}
    wei = a_break("amount", 1, 0xB01, commodity="WETH", key=key, since="2026-02-15", trace=(11, 12, 13, 90))
    trace = Trace("vault lenders " + key["lender"], "WETH", 1, "2026-02-14", "2026-02-15", (90,))
    return a_paper(
        [wei],
        {"WETH": LARGEST},
        {"WETH": 18},
        subject="lenders:balance",
        level="balances",
        opened_at="",
        closed_at="2026-02-28T12:00:00Z",
        traces=(trace,),
    )


def long_paper(number: int) -> Paper:
    """A paper of so many breaks."""
    breaks = [
        a_break(
            CLASSES[at % 14],
            (at + 1) * (1 if at % 3 else -1),
            at,
            ours=(entry(at, "2026-02-20T00:00:00Z", at + 1, f"deposit-{at}"),),
        )
        for at in range(number)
    ]
    return a_paper(breaks, {"EUR": 10**12}, {"EUR": 2})
