"""Morpho Blue (github.com/morpho-org/morpho-blue): what facts follow from each log of its one contract.

A market is a pool, an address is a lender and a loan. Infer nothing: the amounts are the log's own. What the log does
not say is asked of the books as they are before it: whether a loan is there, what all loans owe, who takes the fee.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from ledger.errors import FactRefused
from ledger.events import (
    BadDebtSocialized,
    CaseClosed,
    CollateralPosted,
    CollateralReleased,
    CollateralSold,
    Deposited,
    InterestAccrued,
    LoanCured,
    LoanDefaulted,
    LoanDrawn,
    LoanOriginated,
    PoolOpened,
    Repaid,
    ShortfallRecognized,
    TermsChanged,
    Withdrawn,
)
from ledger.sources.evm.declared import Argument, Draft, declared
from ledger.sources.evm.protocol import NO_ADDRESS, View, protocol
from ledger.terms import CollateralTerms
from ledger.values import LENDERS, Commodity, LoanId, PartyId, PoolId, mul_div_up
from ledger.waterfall import SocializeLayer

VIRTUAL_ASSETS: Final = 1
"""`SharesMathLib.VIRTUAL_ASSETS`."""

VIRTUAL_SHARES: Final = 10**6
"""`SharesMathLib.VIRTUAL_SHARES`."""


class _Debt(NamedTuple):
    """What all loans of a market owe together, the debt shares issued, and those that one loan owes of them."""

    assets: int
    issued: int
    shares: int

    def less(self, assets: int, shares: int) -> "_Debt":
        """The same once so much is taken off the loan, at most all."""
        return _Debt(max(self.assets - assets, 0), max(self.issued - shares, 0), max(self.shares - shares, 0))

    def owed(self) -> int:
        """What the loan owes, rounded up: `SharesMathLib.toAssetsUp`."""
        return mul_div_up(self.shares, self.assets + VIRTUAL_ASSETS, self.issued + VIRTUAL_SHARES)


def _create_market(
    view: View, market: str, loan_token: str, collateral_token: str, oracle: str, irm: str, lltv: int
) -> Iterator[Draft]:
    """A market may be without collateral: then nothing can be borrowed, and it only keeps what is supplied."""
    taken = () if collateral_token == NO_ADDRESS else (collateral_token,)
    yield from view.registrations(loan_token, *taken)
    yield partial(
        PoolOpened,
        pool=PoolId(market),
        asset=view.asset(loan_token),
        debt="pooled",
        virtual_assets=VIRTUAL_ASSETS,
        virtual_shares=VIRTUAL_SHARES,
        waterfall=(SocializeLayer(layer="socialize"),),
        fee_recipient=_fee_recipient_of_all(view),
        collateral=tuple(
            CollateralTerms(asset=Commodity(view.asset(token)), liquidation_threshold_wad=lltv) for token in taken
        ),
        memo=f"Morpho Blue market; oracle {oracle}, interest rate model {irm}",
    )


def _fee_recipient_of_all(view: View) -> PartyId | None:
    """The one recipient that all markets have: as the oldest that is open says, else as set before the first.

    Where the first market left the chain, what was set before it is known by its withdrawn opening.
    """
    pools, kept = view.pools(), view.setting("SetFeeRecipient")
    if pools:
        return view.books.terms[pools[0]][-1].fee_recipient
    if kept:
        return _recipient(*kept)
    before = {opening.fee_recipient for opening in view.withdrawn_openings()}
    if len(before) > 1:
        raise FactRefused("opens the first market again: import it together with the SetFeeRecipient before it")
    return before.pop() if before else None


def _recipient(address: Argument) -> PartyId | None:
    """Nobody, where it is the zero address."""
    return None if address == NO_ADDRESS else PartyId(str(address))


def _is_recipient(opening: PoolOpened, address: Argument) -> bool:
    return opening.fee_recipient == _recipient(address)


def _set_fee_recipient(view: View, recipient: str) -> Iterator[Draft]:
    for pool in view.pools():
        yield partial(TermsChanged, pool=pool, fee_recipient=PartyId(recipient))


def _set_fee(_view: View, market: str, fee: int) -> Iterator[Draft]:
    yield partial(TermsChanged, pool=PoolId(market), reserve_factor_wad=fee)


def _accrue_interest(view: View, market: str, _rate: int, interest: int, fee_shares: int) -> Iterator[Draft]:
    """Fee shares without a recipient go to the zero address, and stay there."""
    pool = PoolId(market)
    recipient = view.books.terms[pool][-1].fee_recipient if fee_shares and pool in view.books.terms else None
    yield partial(
        InterestAccrued,
        pool=pool,
        interest=interest,
        fee_recipient=(recipient or PartyId(NO_ADDRESS)) if fee_shares else None,
        fee_shares=fee_shares,
    )


def _supply(_view: View, market: str, _caller: str, on_behalf: str, assets: int, shares: int) -> Iterator[Draft]:
    yield partial(Deposited, pool=PoolId(market), lender=PartyId(on_behalf), assets=assets, shares=shares)


def _withdraw(
    _view: View,
    market: str,
    _caller: str,
    on_behalf: str,
    _receiver: str,
    assets: int,
    shares: int,
) -> Iterator[Draft]:
    yield partial(Withdrawn, pool=PoolId(market), lender=PartyId(on_behalf), assets=assets, shares=shares)


def _borrow(
    view: View,
    market: str,
    _caller: str,
    on_behalf: str,
    _receiver: str,
    assets: int,
    shares: int,
) -> Iterator[Draft]:
    """The first is the origination of the loan; the others are drawn on it."""
    pool, loan = PoolId(market), LoanId(on_behalf)
    if _is_there(view, pool, loan):
        yield partial(LoanDrawn, pool=pool, loan=loan, principal=assets, debt_shares=shares)
    else:
        yield _originated(pool, loan, assets, shares)


def _repay(view: View, market: str, caller: str, on_behalf: str, assets: int, shares: int) -> Iterator[Draft]:
    pool, loan = PoolId(market), LoanId(on_behalf)
    principal = _principal(assets, _debt(view, pool, loan))
    yield from _opened_at_zero(view, pool, loan)
    yield partial(
        Repaid,
        pool=pool,
        loan=loan,
        payer=PartyId(caller),
        principal=principal,
        debt_shares=shares,
        rounding=assets - principal,
    )


def _supply_collateral(view: View, market: str, _caller: str, on_behalf: str, assets: int) -> Iterator[Draft]:
    pool, loan = PoolId(market), LoanId(on_behalf)
    yield from _opened_at_zero(view, pool, loan)
    yield partial(CollateralPosted, pool=pool, loan=loan, asset=_collateral(view, pool), quantity=assets)


def _withdraw_collateral(
    view: View,
    market: str,
    _caller: str,
    on_behalf: str,
    _receiver: str,
    assets: int,
) -> Iterator[Draft]:
    pool, loan = PoolId(market), LoanId(on_behalf)
    yield partial(CollateralReleased, pool=pool, loan=loan, asset=_collateral(view, pool), quantity=assets)


def _liquidate(
    view: View,
    market: str,
    caller: str,
    borrower: str,
    repaid_assets: int,
    repaid_shares: int,
    seized_assets: int,
    bad_debt_assets: int,
    bad_debt_shares: int,
) -> Iterator[Draft]:
    """A default and a sale; then bad debt, which falls on the lenders at once, or what stays behind, which is cured.

    The exposure is all that the case accounts for: the principal of the sale, the bad debt, and what stays behind.
    """
    pool, loan, case = PoolId(market), LoanId(borrower), view.case
    debt = _debt(view, pool, loan)
    principal = _principal(repaid_assets, debt)
    left = debt.less(principal + bad_debt_assets, repaid_shares + bad_debt_shares)
    exposure = principal + bad_debt_assets + left.owed()
    yield partial(LoanDefaulted, pool=pool, loan=loan, case=case, reason="liquidated", principal=exposure, interest=0)
    yield partial(
        CollateralSold,
        pool=pool,
        loan=loan,
        case=case,
        asset=_collateral(view, pool),
        quantity=seized_assets,
        proceeds=repaid_assets,
        principal=principal,
        rounding=repaid_assets - principal,
        debt_shares=repaid_shares,
        buyer=PartyId(caller),
    )
    if bad_debt_shares or bad_debt_assets:
        yield from _bad_debt(view, pool, loan, bad_debt_assets, bad_debt_shares)
    if left.shares:
        yield partial(LoanCured, pool=pool, loan=loan, case=case, principal=left.owed(), interest=0, reason="residual")
    else:
        outcome = "bad debt socialized" if bad_debt_shares or bad_debt_assets else "repaid from collateral"
        yield partial(CaseClosed, pool=pool, loan=loan, case=case, outcome=outcome)


def _bad_debt(view: View, pool: PoolId, loan: LoanId, assets: int, shares: int) -> Iterator[Draft]:
    books = view.books
    yield partial(ShortfallRecognized, pool=pool, loan=loan, case=view.case, principal=assets, debt_shares=shares)
    yield partial(
        BadDebtSocialized,
        pool=pool,
        case=view.case,
        tranche=LENDERS,
        amount=assets,
        claims_before=books.claims(pool, LENDERS),
        shares=books.issued(pool, LENDERS),
        holder_count=books.holder_count(pool, LENDERS),
    )


def _principal(repaid: int, debt: _Debt) -> int:
    """The part of a repayment that all loans owe. It is rounded up, so it may be one unit above, which is rounding."""
    if repaid > debt.assets + VIRTUAL_ASSETS:
        raise FactRefused(f"repays {repaid}, and all loans of the market owe {debt.assets}")
    return min(repaid, debt.assets)


def _is_there(view: View, pool: PoolId, loan: LoanId) -> bool:
    return loan in view.books.loans[pool]


def _opened_at_zero(view: View, pool: PoolId, loan: LoanId) -> Iterator[Draft]:
    """A loan is there before anything else is told of it: one that nothing was drawn on yet begins at zero."""
    if not _is_there(view, pool, loan):
        yield _originated(pool, loan, 0, 0)


def _originated(pool: PoolId, loan: LoanId, principal: int, debt_shares: int) -> Draft:
    borrower = PartyId(loan)
    return partial(
        LoanOriginated, pool=pool, loan=loan, borrower=borrower, principal=principal, debt_shares=debt_shares
    )


def _debt(view: View, pool: PoolId, loan: LoanId) -> _Debt:
    charter, sums = view.books.charters.pools[pool], view.books.sums
    return _Debt(
        assets=sums.balance(charter.loans, charter.asset),
        issued=sums.owed(charter.debt_issued, charter.debt_shares),
        shares=sums.balance(charter.debtor(loan), charter.debt_shares),
    )


def _collateral(view: View, pool: PoolId) -> Commodity:
    """The one asset that a market takes, as its opening says. Raises `UnknownName` where there is no such market."""
    _ = view.books.charters.pools[pool]
    for terms in view.books.terms[pool][0].collateral:
        return terms.asset
    raise FactRefused(f"market {pool} takes no collateral")


PROTOCOL: Final = protocol(
    "morpho-blue",
    declared(
        "CreateMarket(bytes32 indexed id,"
        " (address loanToken, address collateralToken, address oracle, address irm, uint256 lltv))",
        _create_market,
    ),
    declared("SetFeeRecipient(address indexed newFeeRecipient)", _set_fee_recipient, setting=_is_recipient),
    declared("SetFee(bytes32 indexed id, uint256 newFee)", _set_fee),
    declared(
        "AccrueInterest(bytes32 indexed id, uint256 prevBorrowRate, uint256 interest, uint256 feeShares)",
        _accrue_interest,
    ),
    declared(
        "Supply(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets, uint256 shares)",
        _supply,
    ),
    declared(
        "Withdraw(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver,"
        " uint256 assets, uint256 shares)",
        _withdraw,
    ),
    declared(
        "Borrow(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver,"
        " uint256 assets, uint256 shares)",
        _borrow,
    ),
    declared(
        "Repay(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets, uint256 shares)",
        _repay,
    ),
    declared(
        "SupplyCollateral(bytes32 indexed id, address indexed caller, address indexed onBehalf, uint256 assets)",
        _supply_collateral,
    ),
    declared(
        "WithdrawCollateral(bytes32 indexed id, address caller, address indexed onBehalf, address indexed receiver,"
        " uint256 assets)",
        _withdraw_collateral,
    ),
    declared(
        "Liquidate(bytes32 indexed id, address indexed caller, address indexed borrower, uint256 repaidAssets,"
        " uint256 repaidShares, uint256 seizedAssets, uint256 badDebtAssets, uint256 badDebtShares)",
        _liquidate,
    ),
    declared("FlashLoan(address indexed caller, address indexed token, uint256 assets)"),
    declared(
        "SetAuthorization(address indexed caller, address indexed authorizer, address indexed authorized,"
        " bool newIsAuthorized)"
    ),
    declared("IncrementNonce(address indexed caller, address indexed authorizer, uint256 usedNonce)"),
    declared("EnableIrm(address indexed irm)"),
    declared("EnableLltv(uint256 lltv)"),
    declared("SetOwner(address indexed newOwner)"),
)
"""The protocol, with every event of its contract (`EventsLib.sol`)."""
