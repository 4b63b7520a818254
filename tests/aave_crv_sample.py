"""Makes the sample `aave-crv-2022`: Aave's CRV default of November 2022, from public exports of logs and prices.

    python -m tests.aave_crv_sample [RAW_FOLDER] [OUT]

Two authors exported the same logs of Ethereum. The first export gives the facts; the second is their witness, and the
index of a log is told only where both agree on it. What neither export holds is an assumption, stated in the memo of
the fact that rests on it. Every amount is read as text into an integer of base units.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ledger.events import (
    AnyEvent,
    AssetRegistered,
    CaseClosed,
    CollateralPosted,
    CollateralSold,
    CollateralTerms,
    Deposited,
    Evidence,
    FundContributed,
    FundDrawn,
    FundOpened,
    InterestAccrued,
    LoanDefaulted,
    LoanDrawn,
    LoanOriginated,
    PoolOpened,
    PriceObserved,
    ShortfallRecognized,
)
from ledger.values import (
    AssetId,
    CaseId,
    Commodity,
    EventId,
    FundId,
    LoanId,
    PartyId,
    PoolId,
    Timestamp,
    instant_key,
    mul_div_down,
    timestamp,
)
from ledger.waterfall import FundLayer, SocializeLayer

ROOT: Final = Path(__file__).resolve().parent.parent
RAW: Final = ROOT.parent / "shared" / "data" / "aave-crv-2022"
OUT: Final = ROOT / "cli" / "samples" / "aave-crv-2022.jsonl"

CRV: Final = AssetId("CRV")
CRV_DECIMALS: Final = 18
CRV_TOKEN: Final = "0xd533a949740bb3306d119cc777fa900ba034cd52"  # noqa: S105  (a contract's address, no secret)
USDC: Final = AssetId("USDC")
USDC_DECIMALS: Final = 6
USDC_TOKEN: Final = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"  # noqa: S105  (likewise)
PRICE_DECIMALS: Final = 3
"""Binance quotes CRV in thousandths of a USDT."""
PRICE_SCALE: Final = PRICE_DECIMALS + CRV_DECIMALS - USDC_DECIMALS

POOL: Final = PoolId("aave-v2-crv")
FUND: Final = FundId("aave-treasury")
DAO: Final = PartyId("aave-dao")
SUPPLIERS: Final = PartyId("suppliers")
BORROWER: Final = "0x57e04786e231af3343562c062e0d058f25dace9e"
LOAN: Final = LoanId(BORROWER)
CASE: Final = CaseId("crv-2022-11-22")

OPENED: Final = timestamp("2022-11-13T00:00:00Z")
PUBLISHED: Final = timestamp("2022-11-30T23:59:59Z")
COVERED: Final = timestamp("2023-01-26T23:59:59Z")
PUBLISHED_DEBT: Final = "2651906.53507042958070438"

OPENING: Final = (
    "Assumption: the market is older; the book opens with the day of the account's first deposit and holds this one "
    "loan of it. Aave v2 had no waterfall; this one says what its governance did. The collateral terms are the "
    "protocol's own for USDC in November 2022: https://github.com/ChaosLabsInc/aave-v2-payloads/blob/"
    "22effcaaa9302b8016a0861de56e667b0c8bcf1e/src/payloads/UsdcLTDecemberPayload.sol"
)
SUPPLY: Final = (
    "Assumption: all suppliers as one, with the least that could fund the 14 draws, before the first of them, at one "
    "share for each base unit."
)
QUOTE: Final = "Assumption: one USDT stands for one USDC."
COLLATERAL_INTEREST: Final = (
    "Interest on the deposited USDC: what the 385 liquidations took less what was deposited. "
    "Assumption: the time; it accrued until the last liquidation and is booked in one sum before the first."
)
DEFAULT: Final = (
    "Assumption: the chain logs no default; it is dated at the first liquidation. The collateral, and the quantity of "
    "each sale, is valued at the latest hourly open, rounded down; the market rose within the hour."
)
AS_ATOKEN: Final = "The liquidator took the USDC as aUSDC."
INTEREST: Final = (
    f"The debt of {PUBLISHED_DEBT} CRV that Aave's governance forum published at the end of November 2022, less the "
    "principal left: "
    "https://governance.aave.com/t/arc-repay-excess-debt-in-crv-market-for-aave-v2-eth/10779/20. "
    "Assumption: the moment within the month; the loan's interest in one sum; all of it the suppliers'."
)
COVER: Final = (
    "AIP-146 had the treasury buy CRV and repay the debt, which the press reported done on 26 January 2023: "
    "https://governance.aave.com/t/arfc-repay-excess-crv-debt-on-ethereum-v2/10955/11. Assumption: the moment within "
    "the day, and the amount: interest after November is left out; by 20 January the debt was about 2,677,749 CRV."
)

Row = dict[str, str]
Witness = dict[tuple[str, str, int], str]
"""The index of a log in the second export, by block, transaction and CRV amount."""


class Exports(NamedTuple):
    """The rows that the sample is made of."""

    deposits: list[Row]
    draws: list[Row]
    liquidations: list[Row]
    second: list[Row]
    hours: list[Row]


def main(arguments: list[str]) -> None:
    paths = [Path(argument) for argument in arguments]
    raw, out = (*paths, *(RAW, OUT)[len(paths) :])
    out.write_bytes(lines(facts(read(raw))))


def read(folder: Path) -> Exports:
    """Read the first export, in `pr1152`, and the second one with the prices, in `pr1155`."""
    first, second = folder / "pr1152", folder / "pr1155"
    return Exports(
        deposits=rows(first / "aave-crv-usdc-deposits.csv"),
        draws=rows(first / "aave-crv-borrows.csv"),
        liquidations=rows(first / "aave-crv-liquidations.csv"),
        second=rows(second / "aave-v2-crv-account-events.csv"),
        hours=rows(second / "crv-usdt-binance-hourly.csv"),
    )


def rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def lines(events: Iterable[AnyEvent]) -> bytes:
    """The canonical line of each event."""
    return b"".join(event.canonical() + b"\n" for event in events)


def facts(exports: Exports) -> list[AnyEvent]:
    """All facts in order of effective time; those of one moment in the order in which they stand here."""
    prices, seen = observed(exports.hours), witness(exports.second)
    told: list[AnyEvent] = [
        *opening(exports),
        *prices,
        *building_up(exports, seen),
        collateral_interest(exports),
        default(exports, prices),
        *sales(exports, prices, seen),
        *aftermath(exports),
    ]
    return sorted(told, key=lambda event: instant_key(event.at))


def opening(exports: Exports) -> Iterator[AnyEvent]:
    """The assets, the treasury, the market, its suppliers, and the loan: at zero, since collateral comes first."""
    supplied = total(exports.draws, "amount_crv_raw")
    yield AssetRegistered(at=OPENED, id=named("register-crv"), asset=CRV, decimals=CRV_DECIMALS, reference=CRV_TOKEN)
    yield AssetRegistered(
        at=OPENED, id=named("register-usdc"), asset=USDC, decimals=USDC_DECIMALS, reference=USDC_TOKEN
    )
    yield FundOpened(at=OPENED, id=named("open-treasury"), fund=FUND, asset=CRV)
    yield market()
    yield Deposited(
        at=OPENED,
        id=named("deposit-suppliers"),
        memo=SUPPLY,
        pool=POOL,
        lender=SUPPLIERS,
        assets=supplied,
        shares=supplied,
    )
    yield LoanOriginated(
        at=timestamp(exports.deposits[0]["datetime"]),
        id=named("originate-loan"),
        pool=POOL,
        loan=LOAN,
        borrower=PartyId(BORROWER),
        principal=0,
    )


def market() -> PoolOpened:
    """The CRV market. USDC was taken up to a liquidation threshold of 89 %, with a liquidation bonus of 4.5 %."""
    terms = CollateralTerms(
        asset=Commodity(USDC), liquidation_threshold_wad=89 * 10**16, liquidation_bonus_wad=45 * 10**15
    )
    return PoolOpened(
        at=OPENED,
        id=named("open-market"),
        memo=OPENING,
        pool=POOL,
        asset=CRV,
        debt="bilateral",
        waterfall=(FundLayer(layer="fund", fund=FUND), SocializeLayer(layer="socialize")),
        collateral=(terms,),
    )


def observed(hours: list[Row]) -> list[PriceObserved]:
    """The price at which each hour opened: USDC base units for one CRV base unit, times 10^15."""
    return [
        PriceObserved(
            at=timestamp(hour["open_time_utc"]),
            id=named(f"price/{hour['open_time_utc'][:13]}"),
            memo=QUOTE if hour is hours[0] else None,
            asset=CRV,
            quote=USDC,
            price=base_units(hour["open"], PRICE_DECIMALS),
            scale=PRICE_SCALE,
            source="Binance CRVUSDT 1h, open",
        )
        for hour in hours
    ]


def building_up(exports: Exports, seen: Witness) -> Iterator[AnyEvent]:
    """The deposits of USDC and the draws of CRV, as the chain has them one after the other."""
    for name, row in numbered(in_order([*exports.deposits, *exports.draws])):
        yield posted(name, row) if "amount_usdc_raw" in row else drawn(name, row, seen)


def posted(name: EventId, row: Row) -> CollateralPosted:
    """A deposit of USDC. Only the first export has them, so the log's index has no witness."""
    return CollateralPosted(
        at=timestamp(row["datetime"]),
        id=name,
        evidence=evidence(row),
        pool=POOL,
        loan=LOAN,
        asset=Commodity(USDC),
        quantity=int(row["amount_usdc_raw"]),
    )


def drawn(name: EventId, row: Row, seen: Witness) -> LoanDrawn:
    """A draw of CRV."""
    amount = int(row["amount_crv_raw"])
    return LoanDrawn(
        at=timestamp(row["datetime"]),
        id=name,
        evidence=evidence(row, seen.get((row["block"], row["tx_hash"], amount))),
        pool=POOL,
        loan=LOAN,
        principal=amount,
    )


def collateral_interest(exports: Exports) -> CollateralPosted:
    """The interest that the deposits had earned: without it the last liquidations took more than was there."""
    taken = total(exports.liquidations, "liquidated_collateral_usdc_raw")
    return CollateralPosted(
        at=first_liquidation(exports),
        id=named("collateral-interest"),
        memo=COLLATERAL_INTEREST,
        pool=POOL,
        loan=LOAN,
        asset=Commodity(USDC),
        quantity=taken - total(exports.deposits, "amount_usdc_raw"),
    )


def default(exports: Exports, prices: list[PriceObserved]) -> LoanDefaulted:
    """The whole loan falls into default."""
    at = first_liquidation(exports)
    held = total(exports.liquidations, "liquidated_collateral_usdc_raw")
    return LoanDefaulted(
        at=at,
        id=named("default"),
        memo=DEFAULT,
        pool=POOL,
        loan=LOAN,
        case=CASE,
        reason="health factor below one at the protocol's price",
        principal=total(exports.draws, "amount_crv_raw"),
        interest=0,
        collateral_value=in_crv(held, at, prices),
    )


def sales(exports: Exports, prices: list[PriceObserved], seen: Witness) -> Iterator[CollateralSold]:
    """The liquidations: each repaid debt in CRV and took USDC for it."""
    for name, row in numbered(in_order(exports.liquidations)):
        at, repaid = timestamp(row["datetime"]), int(row["debt_to_cover_crv_raw"])
        taken = int(row["liquidated_collateral_usdc_raw"])
        yield CollateralSold(
            at=at,
            id=name,
            evidence=evidence(row, seen.get((row["block"], row["tx_hash"], repaid))),
            memo=AS_ATOKEN if row["receive_atoken"] == "true" else None,
            pool=POOL,
            loan=LOAN,
            case=CASE,
            asset=Commodity(USDC),
            quantity=taken,
            proceeds=repaid,
            principal=repaid,
            buyer=PartyId(row["liquidator"]),
            mark_value=in_crv(taken, at, prices),
        )


def aftermath(exports: Exports) -> Iterator[AnyEvent]:
    """The debt left without collateral is recognized; the treasury covers all of it, and the case is closed."""
    owed = base_units(PUBLISHED_DEBT, CRV_DECIMALS)
    left = total(exports.draws, "amount_crv_raw") - total(exports.liquidations, "debt_to_cover_crv_raw")
    yield InterestAccrued(
        at=PUBLISHED,
        id=named("interest"),
        memo=INTEREST,
        pool=POOL,
        loan=LOAN,
        case=CASE,
        interest=owed - left,
    )
    yield ShortfallRecognized(
        at=PUBLISHED, id=named("shortfall"), pool=POOL, loan=LOAN, case=CASE, principal=left, interest=owed - left
    )
    yield FundContributed(at=COVERED, id=named("fund-treasury"), memo=COVER, fund=FUND, contributor=DAO, amount=owed)
    yield FundDrawn(at=COVERED, id=named("draw-treasury"), fund=FUND, pool=POOL, case=CASE, amount=owed)
    yield CaseClosed(
        at=COVERED, id=named("close-case"), pool=POOL, loan=LOAN, case=CASE, outcome="covered by the treasury"
    )


def named(name: str) -> EventId:
    """The id of a fact that is not a log of the chain."""
    return EventId(f"aave-crv/{name}")


def in_order(logs: list[Row]) -> list[Row]:
    """By block and transaction; rows of one transaction stay in the order of their export."""
    return sorted(logs, key=lambda row: (int(row["block"]), int(row["tx_index"])))


def numbered(logs: list[Row]) -> Iterator[tuple[EventId, Row]]:
    """Each row with its id `TRANSACTION/N`: it is the N-th of its transaction."""
    count = Counter[str]()
    for row in logs:
        count[row["tx_hash"]] += 1
        yield EventId(f"{row['tx_hash']}/{count[row['tx_hash']]}"), row


def witness(second: list[Row]) -> Witness:
    """Where the second export has each log. No two of one transaction have the same amount."""
    return {
        (row["block_number"], row["tx_hash"], base_units(row["amount_crv"], CRV_DECIMALS)): row["log_index"]
        for row in second
    }


def evidence(row: Row, seen_at: str | None = None) -> Evidence:
    """Where the fact stands on the chain, with the log's index if the second export says the same."""
    index = int(row["log_index"]) if row["log_index"] == seen_at else None
    return Evidence(chain_id=1, block=int(row["block"]), tx=row["tx_hash"], log_index=index)


def first_liquidation(exports: Exports) -> Timestamp:
    return timestamp(in_order(exports.liquidations)[0]["datetime"])


def in_crv(usdc: int, at: Timestamp, prices: list[PriceObserved]) -> int:
    """What USDC is worth in CRV, both in base units, at the latest price seen by then; rounded down."""
    latest = [price for price in prices if instant_key(price.at) <= instant_key(at)][-1]
    return mul_div_down(usdc, 10**latest.scale, latest.price)


def total(logs: list[Row], column: str) -> int:
    return sum(int(row[column]) for row in logs)


def base_units(decimal: str, decimals: int) -> int:
    """The integer that a decimal stands for, exactly. Raises `ValueError` where it is finer than `decimals`."""
    whole, _, fraction = decimal.partition(".")
    if len(fraction) > decimals:
        raise ValueError(f"{decimal} is finer than {decimals} decimals")
    return int(whole + fraction.ljust(decimals, "0"))


if __name__ == "__main__":
    main(sys.argv[1:])
