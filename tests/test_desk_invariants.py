"""What holds at every step of random commands: the waterfall's order and limits, and that nobody gets more than is due.

It is read off the desk's states and receipts, and worked out here again.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given

from ledger.commands import AllocateRecovery, ResolveShortfall
from ledger.desk import Desk
from ledger.events import AnyEvent, FundDrawn, PoolOpened, RecoveryAllocated, RestitutionPaid, ShortfallRecognized
from ledger.receipt import Receipt, borne_by
from ledger.states import CaseState, LayerState
from ledger.values import LENDERS, WAD, TrancheId
from ledger.waterfall import FundLayer
from tests.histories_asker import PARTIES, Asked
from tests.histories_commands import HISTORIES, CommandHistory, command_histories
from tests.histories_desk_setup import ETH_FUND, FUND
from tests.naive_desk_both import a_desk, receipt_of


def steps(history: CommandHistory, desk: Desk) -> Iterator[tuple[Asked, Receipt]]:
    """What a desk takes of a history, one after the other, with its receipt; nothing is reversed."""
    for asked in history:
        if asked.type != "reverse-entry" and (receipt := receipt_of(desk, asked)) is not None:
            yield asked, receipt


# The waterfall.


def names(layer: LayerState) -> tuple[str, str]:
    """The source that a layer names, as receipts call it."""
    kind, _, name = layer.layer.partition(" ")
    return ("tranche", "lenders") if kind == "socialize" else (kind, name)


def bears_in_order(before: CaseState, after: CaseState, receipt: Receipt) -> bool:
    """Each layer bears what it can before the next one bears anything, and what stays open no layer can bear."""
    borne = [((part.source, "" if part.source == "reserve" else part.name), part.paid) for part in receipt.borne]
    earlier_are_exhausted = True
    for layer, then in zip(before.layers, after.layers, strict=True):
        if layer.layer == "hold":
            break
        if borne and names(layer) == borne[0][0]:
            _, paid = borne.pop(0)
            if not earlier_are_exhausted or (layer.room is not None and paid > layer.room):
                return False
        earlier_are_exhausted = earlier_are_exhausted and then.room == 0
    return not borne and (after.open == 0 or earlier_are_exhausted)


@HISTORIES
@given(history=command_histories())
def test_a_deficit_is_borne_layer_by_layer(history: CommandHistory) -> None:
    desk = a_desk()
    for asked in history:
        if isinstance(asked, ResolveShortfall) and receipt_of(desk, asked, dry_run=True) is not None:
            before = desk.case(asked.pool, asked.case)
            receipt = desk.record(asked)

            assert bears_in_order(before, desk.case(asked.pool, asked.case), receipt), asked
        else:
            receipt_of(desk, asked)


class Bounds(NamedTuple):
    """What a fund layer may pay for a case at most, and what it leaves in the fund."""

    limit: int
    floor: int


def bounds(desk: Desk, pool: str, held: dict[str, int]) -> dict[str, Bounds]:
    """The bounds that a first recognition fixes for each fund that the terms of its pool name."""
    fixed = {}
    for layer in desk.pool(pool).terms.waterfall:
        if isinstance(layer, FundLayer):
            share = None if layer.share_wad is None else held[layer.fund] * layer.share_wad // WAD
            limits = [limit for limit in (layer.cap, share) if limit is not None]
            fixed[str(layer.fund)] = Bounds(min(limits, default=2**256), layer.floor)
    return fixed


@HISTORIES
@given(history=command_histories())
def test_a_fund_pays_within_its_cap_its_share_and_its_floor(history: CommandHistory) -> None:
    desk, held = a_desk(), dict[str, int]()
    fixed, paid = dict[str, dict[str, Bounds]](), Counter[tuple[str, str]]()
    for asked, receipt in steps(history, desk):
        for event in receipt.events:
            if isinstance(event, ShortfallRecognized):
                fixed.setdefault(event.case, bounds(desk, event.pool, held))
            elif isinstance(event, FundDrawn):
                paid[event.case, event.fund] += event.price()
                bound = fixed[event.case].get(event.fund, Bounds(2**256, 0)) if event.case in fixed else Bounds(0, 0)
                if event.override is None and event.price():
                    assert paid[event.case, event.fund] <= bound.limit, asked
                    assert desk.fund(event.fund).balance >= bound.floor, asked
        held = {fund: desk.fund(fund).balance for fund in (FUND, ETH_FUND) if desk.position >= 6}
        assert min(held.values(), default=0) >= 0


# What lenders and bearers get.


def exceeds(desk: Desk, opened: PoolOpened, tranche: TrancheId) -> bool:
    """Whether the lenders of a tranche have more than its claims together, beyond what virtual amounts explain."""
    state = desk.pool(opened.pool)
    claims, shares = state.claims[tranche], state.shares[tranche]
    together = sum(desk.lender(opened.pool, party, tranche=tranche).balance for party in PARTIES)
    may_exceed = shares * opened.virtual_assets > claims * opened.virtual_shares
    return together - claims >= opened.virtual_assets if may_exceed else together > claims


@HISTORIES
@given(history=command_histories())
def test_the_balances_of_lenders_exceed_claims_by_less_than_the_virtual_assets(history: CommandHistory) -> None:
    desk = a_desk()
    openings: list[PoolOpened] = []
    for asked, _ in steps(history, desk):
        openings += [asked] if isinstance(asked, PoolOpened) else []
        for opened in openings:
            for tranche in desk.pool(opened.pool).claims:
                assert not exceeds(desk, opened, tranche), asked


class Losses:
    """What each source bore of each case and has not got back, by the receipts."""

    def __init__(self) -> None:
        self.owed: Counter[tuple[str, str]] = Counter()
        self._of: dict[str, tuple[str, str]] = {}

    def take(self, event: AnyEvent) -> None:
        """A source bears a part of a deficit: funds and reserve and tranches as one, who covers it by the event."""
        for part in borne_by(event):
            one_off = part.source in ("lender", "investor")
            key = self._of[event.id] = (part.case, event.id if one_off else f"{part.source} {part.name}")
            self.owed[key] += part.amount

    def give_back(self, event: RecoveryAllocated) -> Iterator[int]:
        """What is left of each loss that a part of a recovery gives back: below 0 where it gives more than that."""
        for part in event.parts:
            if part.to in ("fund", "reserve", "tranche"):
                name = {"reserve": event.pool, "tranche": part.name or LENDERS}.get(part.to, part.name)
                key = str(event.case), f"{part.to} {name}"
            elif part.to == "bearers":
                key = self._of[part.basis or ""]
            else:
                continue
            self.owed[key] -= part.amount
            yield self.owed[key]


@HISTORIES
@given(history=command_histories())
def test_a_recovery_gives_nobody_more_than_they_lost(history: CommandHistory) -> None:
    desk, losses, policies = a_desk(), Losses(), dict[str, str]()
    for asked, receipt in steps(history, desk):
        for event in receipt.events:
            losses.take(event)
            if isinstance(event, ShortfallRecognized):
                policies.setdefault(event.case, desk.pool(event.pool).terms.recovery)
            elif isinstance(event, RecoveryAllocated) and isinstance(asked, AllocateRecovery):
                left = list(losses.give_back(event))
                by_loss = (asked.policy or policies[event.case]) in ("reverse-waterfall", "bearers")
                assert not by_loss or min(left, default=0) >= 0, asked
                for due in desk.entitlements(event.pool, event.case):
                    assert due.bore >= due.allocated == due.paid + due.due, asked
            elif isinstance(event, RestitutionPaid):
                assert all(due.allocated >= due.paid for due in desk.entitlements(event.pool, event.case)), asked
