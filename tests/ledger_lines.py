"""JSON Lines of one lending desk, as many as are wanted: lawful, the same at every run, in the order of their time."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from typing import Any

FIRST_AT = datetime(2022, 11, 1, tzinfo=UTC)
DEFAULTED = 4
"""Of every five loans this one defaults; the others are repaid."""


def lines(number: int, desk: str = "desk") -> list[bytes]:
    """The first `number` facts of a desk, one a line; a longer list begins with every shorter one.

    Facts of two desks share no name and no id, so that they can be recorded in any order.
    """
    return [_line(desk, position, fact) for position, fact in enumerate(islice(_facts(desk), number), 1)]


def _line(desk: str, position: int, fact: dict[str, Any]) -> bytes:
    at = FIRST_AT + timedelta(minutes=position)
    envelope = {"type": fact["type"], "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "id": f"{desk}/{position}"}
    return json.dumps(envelope | fact, separators=(",", ":")).encode() + b"\n"


def _facts(desk: str) -> Iterator[dict[str, Any]]:
    pool, fund, asset = f"{desk}-pool", f"{desk}-fund", f"{desk}-usd"
    waterfall = [{"layer": "fund", "fund": fund}, {"layer": "socialize"}]
    yield {"type": "asset-registered", "asset": asset, "decimals": 6}
    yield {"type": "fund-opened", "fund": fund, "asset": asset}
    yield {"type": "pool-opened", "pool": pool, "asset": asset, "debt": "bilateral", "waterfall": waterfall}
    for loan in count():
        lender, here = f"lender-{loan % 7}", {"pool": pool, "loan": f"L{loan}"}
        yield {"type": "deposited", "pool": pool, "lender": lender, "assets": "1000", "shares": "1000"}
        yield {"type": "loan-originated", **here, "borrower": f"borrower-{loan}", "principal": "600"}
        yield {"type": "interest-accrued", **here, "interest": "6"}
        yield from _default(here, fund) if loan % 5 == DEFAULTED else _repayment(here, lender)


def _repayment(here: dict[str, str], lender: str) -> Iterator[dict[str, Any]]:
    yield {"type": "repaid", **here, "principal": "600", "interest": "6"}
    yield {"type": "withdrawn", "pool": here["pool"], "lender": lender, "assets": "500", "shares": "500"}


def _default(here: dict[str, str], fund: str) -> Iterator[dict[str, Any]]:
    pool, case = here["pool"], f"{here['pool']}/{here['loan']}"
    yield {"type": "fund-contributed", "fund": fund, "contributor": "sponsor", "amount": "100"}
    yield {"type": "loan-defaulted", **here, "case": case, "reason": "unpaid", "principal": "600", "interest": "6"}
    yield {"type": "shortfall-recognized", **here, "case": case, "principal": "600", "interest": "6"}
    yield {"type": "fund-drawn", "fund": fund, "pool": pool, "case": case, "amount": "100"}
    yield {"type": "bad-debt-socialized", "pool": pool, "case": case, "tranche": "lenders", "amount": "506"}
    yield {"type": "case-closed", **here, "case": case, "outcome": "loss borne"}
