"""Histories of random commands over three pools and two funds: which are asked, and how often, by what there is."""

import os
from collections.abc import Callable
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ledger import commands
from ledger.values import EventId
from tests.histories_asker import TIMES, Asked, Asker, Leaning
from tests.histories_desk_cases import (
    advance_cost,
    allocate,
    call_guarantee,
    close,
    cover,
    cure,
    default,
    pay_restitution,
    recognize,
    recover,
    redistribute,
    resolve,
    return_surplus,
    sell,
    sell_out,
    state_default,
)
from tests.histories_desk_lending import (
    accrue,
    contribute,
    deposit,
    draw_loan,
    originate,
    post,
    release,
    repay,
    transfer_shares,
    withdraw,
    withdraw_from_fund,
)
from tests.histories_desk_setup import change_allowance, change_terms, open_desk, receive_income

STEPS: Final = 60
MANY: Final = os.environ.get("RECOUP_HISTORIES") == "many-histories"
HISTORIES: Final = settings(
    max_examples=1_000 if MANY else 25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""How many histories a property is held against: `RECOUP_HISTORIES=many-histories` asks for many."""


# Control.


def reverse(asker: Asker) -> Asked:
    last = asker.desk.before[-1][0]
    others = [name for name in asker.desk.recorded if name not in dict(asker.desk.before)]
    of = asker.one([*others, "no-entry"]) if asker.seldom(6) else last
    if of == last and int(of.split("/")[0].removeprefix("asked-")) <= len(opening(asker)):
        of = "no-entry"
    return commands.ReverseEntry(at=asker.at(), of=EventId(of), reason="a slip")


def opening(asker: Asker) -> list[Asked]:
    """What set the desk up: that stays."""
    return asker.asked[: 2 + 4 + 3 + sum(len(pool.claims) + 1 for pool in asker.desk.pools.values())]


def close_period(asker: Asker) -> Asked:
    at = asker.at()
    return commands.ClosePeriod(at=at, through=asker.one(TIMES[: TIMES.index(at) + 2]))


Proposal = Callable[[Asker], Asked]
AT_ANY_TIME: Final[tuple[Proposal, ...]] = (
    *(deposit, deposit, withdraw, transfer_shares, contribute, withdraw_from_fund, originate, originate),
    *(change_terms, receive_income, reverse),
)
WITH_A_LOAN: Final[tuple[Proposal, ...]] = (
    *(draw_loan, repay, repay, accrue, accrue, accrue, post, post, release, change_allowance, return_surplus),
)
IN_DEFAULT: Final[tuple[Proposal, ...]] = (
    *(resolve, resolve, resolve, resolve, sell, sell, call_guarantee, advance_cost, cure, draw_loan, repay, accrue),
)
WITH_A_DEFICIT: Final[tuple[Proposal, ...]] = (cover, cover, cover, resolve, contribute, recover, close)
AFTER_A_LOSS: Final[tuple[Proposal, ...]] = (recover, recover, transfer_shares, withdraw, close, pay_restitution)


LOST: Final[tuple[Proposal, ...]] = (originate, default, resolve)
LEANINGS: Final = (
    Leaning(in_default=(resolve,), with_a_deficit=(resolve, deposit, contribute), after_a_loss=(recover,)),
    Leaning(
        pool="bilateral",
        first_layer="socialize",
        recovery="bearers",
        begins_with=(*LOST, recover, allocate),
        with_a_loan=(deposit, transfer_shares),
        in_default=(resolve, resolve, resolve),
        after_a_loss=(recover, recover, transfer_shares, withdraw, pay_restitution),
    ),
    Leaning(
        pool="indexed",
        begins_with=(originate, accrue, accrue, default),
        with_a_loan=(accrue, accrue, accrue, draw_loan, repay, originate),
        in_default=(advance_cost, accrue, resolve, resolve, sell, draw_loan, cure),
    ),
    Leaning(
        pool="pooled",
        begins_with=(originate, accrue),
        with_a_loan=(accrue, draw_loan, repay, repay, originate, state_default),
        in_default=(advance_cost, accrue, resolve, resolve, sell, cure, call_guarantee, recognize, recognize),
    ),
    Leaning(
        pool="bilateral",
        first_layer="hold",
        begins_with=(originate, originate, default, default, resolve, resolve),
        with_a_loan=(originate, default),
        in_default=(resolve, resolve),
        with_a_deficit=(cover, cover, cover, default, default, originate, receive_income, resolve),
        after_a_loss=(recover,),
    ),
    Leaning(
        first_layer="fund",
        pool="bilateral",
        begins_with=(originate, default, recognize, call_guarantee, resolve),
        in_default=(resolve, sell, recognize, call_guarantee, draw_loan),
        with_a_deficit=(cover, resolve, contribute),
        after_a_loss=(recover, sell),
    ),
    Leaning(
        first_layer="reserve",
        recovery="reverse-waterfall",
        begins_with=(receive_income, *LOST),
        in_default=(resolve, draw_loan),
        with_a_deficit=(cover, resolve, redistribute),
        after_a_loss=(recover, allocate),
    ),
)


def proposals(asker: Asker) -> list[Proposal]:
    """Kinds of commands of which one may be asked next: the rarer the state, the more of what only it allows."""
    if asker.seldom(60):
        return [close_period]
    groups: list[tuple[Proposal, ...]] = [AT_ANY_TIME]
    leaning = asker.leaning
    loans, cases = asker.loans(), [case for _, _, _, case in asker.cases()]
    if loans:
        groups += [WITH_A_LOAN, *[leaning.with_a_loan] * 2]
    if any(loan.case is None and asker.desk.debt_of(pool, loan) for _, _, pool, loan in loans):
        groups += [(default, default, default, state_default)] * 2
    if any(not (case.cured or case.closed) for case in cases):
        groups += [IN_DEFAULT, IN_DEFAULT, *[leaning.in_default] * 2]
    if any(case.open for case in cases):
        groups += [WITH_A_DEFICIT, WITH_A_DEFICIT, *[leaning.with_a_deficit] * 3]
    if any(case.recognized for case in cases):
        groups += [AFTER_A_LOSS, leaning.after_a_loss]
    if any(case.unallocated for case in cases):
        groups += [(allocate,)] * 3
    if any(case.restitution for case in cases):
        groups += [(pay_restitution, sell_out)] * 3
    return list(asker.one([group for group in groups if group]))


class CommandHistory(tuple[Asked, ...]):
    """What was asked, in its order: facts that set the desk up, and commands."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "".join(f"\n{asked!r}" for asked in self)


@st.composite
def command_histories(draw: st.DrawFn, leanings: tuple[Leaning, ...] = LEANINGS) -> CommandHistory:
    """A desk that is set up, and up to `STEPS` commands, those that are refused among them."""
    asker = Asker(draw, draw(st.sampled_from(leanings)))
    open_desk(asker)
    for proposal in asker.leaning.begins_with:
        asker.ask(proposal(asker))
    least = draw(st.sampled_from((0, 30, 40, 50)))
    draw(st.lists(steps(asker), min_size=least, max_size=STEPS))
    return CommandHistory(asker.asked)


@st.composite
def steps(draw: st.DrawFn, asker: Asker) -> None:
    """The next command. As elements of a list, steps can be left out one by one."""
    asker.goes_on_by(draw)
    asker.ask(asker.one(proposals(asker))(asker))
