"""Kinds of movement: what an entry does to lenders' claims, to a fund, to a deficit or to loans, in a word."""

from typing import Final, Literal, get_args

from ledger.accounts import Charters
from ledger.events import AnyEvent, BadDebtSocialized
from ledger.values import LENDERS, Account

What = Literal["lenders", "fund", "deficit", "loans"]
WHAT: Final[tuple[What, ...]] = get_args(What)

_KINDS: Final[dict[What, dict[str, str]]] = {
    "lenders": {
        **dict.fromkeys(("deposited", "loan-originated", "loan-drawn"), "deposited"),
        **dict.fromkeys(("cost-advanced", "reserve-withdrawn"), "deposited"),
        **dict.fromkeys(("withdrawn", "repaid", "collateral-sold", "reserve-contributed"), "withdrawn"),
        "interest-accrued": "interest",
        "income-received": "income",
        "bad-debt-socialized": "losses",
        **dict.fromkeys(("fund-drawn", "deficit-covered", "deficit-recapitalized"), "covered"),
        "recovery-allocated": "recoveries",
        "adjustment-posted": "adjusted",
    },
    "fund": {
        "fund-contributed": "contributed",
        "fund-withdrawn": "withdrawn",
        "fund-drawn": "drawn",
        "recovery-allocated": "reimbursed",
        "adjustment-posted": "adjusted",
    },
    "deficit": {
        "shortfall-recognized": "recognized",
        "adjustment-posted": "adjusted_open",
        "fund-drawn": "fund",
        "reserve-drawn": "reserve",
        "bad-debt-socialized": "socialized",
        "deficit-covered": "covered",
        "deficit-recapitalized": "recapitalized",
        "debt-redistributed": "redistributed",
        "recovery-allocated": "recovered",
    },
    "loans": {
        **dict.fromkeys(("loan-originated", "loan-drawn"), "drawn"),
        **dict.fromkeys(("interest-accrued", "interest-allocated"), "interest"),
        "cost-advanced": "advanced",
        "repaid": "repaid",
        "debt-transferred": "transferred",
        "loan-defaulted": "defaulted",
        "collateral-sold": "sold",
        "guarantee-paid": "guaranteed",
        "loan-cured": "cured",
        "shortfall-recognized": "recognized",
        "debt-redistributed": "redistributed",
        "adjustment-posted": "adjusted",
    },
}

MOVEMENTS: Final[dict[What, tuple[str, ...]]] = {
    what: tuple(dict.fromkeys(("opening", *kinds.values(), "tranches", "closing"))) for what, kinds in _KINDS.items()
}
"""The kinds of each, in their order, between opening and closing. Of `loans`, what is transferred, defaulted or cured
stays within a pool."""


def kind_of(event: AnyEvent, what: What) -> str:
    """The kind of movement that an event is. Raises `KeyError` for an event that moves nothing of the sort."""
    if what == "deficit" and isinstance(event, BadDebtSocialized) and event.tranche != LENDERS:
        return "tranches"
    return _KINDS[what][event.type]


def moved_of(account: Account, what: What, charters: Charters) -> tuple[str, str] | None:
    """The pool or fund, and the tranche (else nothing), whose claims, cash, deficit or loans an account holds."""
    side, owner, holds, *rest = *account.split(":"), ""
    match what:
        case "lenders":
            return (owner, rest[0]) if side == "liabilities" and holds == "claims" else None
        case "fund":
            return (owner, "") if side == "assets" and holds == "cash" and owner in charters.funds else None
        case "deficit":
            return (owner, "") if side == "assets" and holds == "deficit" else None
        case "loans":
            return (owner, "") if side == "assets" and holds in ("loans", "defaulted", "interest") else None
