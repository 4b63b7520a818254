"""What random commands reach: a command or a rare state that they do not reach, no property is held against."""

from collections.abc import Iterator
from typing import Any, Final

from hypothesis import Phase, given, seed, settings

from ledger.commands import COMMANDS
from tests.histories_asker import HUGE, Leaning
from tests.histories_commands import HISTORIES, LEANINGS, CommandHistory, command_histories
from tests.histories_desk_setup import POLICIES
from tests.naive_desk import Case, Pool
from tests.naive_desk_book import NaiveDesk

WANTED: Final = frozenset(
    {
        *(f"{command} is {outcome}" for command in COMMANDS for outcome in ("accepted", "refused")),
        *(f"layer {layer} bears" for layer in ("tranche", "fund", "reserve", "socialize")),
        "a fund in another asset bears",
        "three layers bear in turn",
        "a reserve goes below zero",
        "a resolution leaves a part of the deficit open",
        "what stayed open is resolved later",
        "interest is trued down before a recognition",
        *(f"a {source} covers" for source in ("fund", "reserve", "lender", "investor")),
        "a cover is split over several cases",
        "what a fund could not bear is covered later",
        *(f"a recovery is allocated by {policy}" for policy in POLICIES if policy != "none"),
        "a closed case recovers",
        "several are paid restitution by one command",
        "someone who has sold is paid restitution",
        "a fee is taken by dilution",
        "2^200 is asked and taken",
        "a command is refused after facts that were lawful",
    }
)
"""Every command, accepted and refused, and the rare states that histories are meant to reach."""


def reached(history: CommandHistory) -> Iterator[str]:
    """What a history reaches."""
    desk = NaiveDesk()
    for asked in history:
        before = len(losses(desk, asked)), issued(desk, asked)
        facts = desk.ask(asked)
        yield f"{asked.type} is {'refused' if facts is None else 'accepted'}"
        if facts is None and desk.facts:
            yield "a command is refused after facts that were lawful"
        if facts is not None:
            yield from rare(desk, asked, facts, *before)


def found(desk: NaiveDesk, asked: Any) -> tuple[Pool | None, Case | None]:
    """The pool and the case that are named."""
    pool = desk.pools.get(getattr(asked, "pool", ""))
    return pool, pool.cases.get(getattr(asked, "case", None) or "") if pool else None


def losses(desk: NaiveDesk, asked: Any) -> list[Any]:
    """What was borne of the case that is named."""
    _, case = found(desk, asked)
    return case.losses if case else []


def issued(desk: NaiveDesk, asked: Any) -> int:
    """The shares of the lenders of the pool that is named."""
    pool, _ = found(desk, asked)
    return pool.issued("lenders") if pool else 0


def rare(desk: NaiveDesk, asked: Any, facts: tuple[str, ...], borne: int, shares: int) -> Iterator[str]:
    """The rare states that an accepted command shows; `borne` losses and `shares` there were before it."""
    pool, case = found(desk, asked)
    if HUGE in vars(asked).values():
        yield "2^200 is asked and taken"
    if pool and pool.reserve < 0:
        yield "a reserve goes below zero"
    match asked.type:
        case "resolve-shortfall" if pool and case:
            yield from rare_resolution(desk, pool, case, facts, borne)
        case "cover-deficit" if asked.amount:
            yield from rare_cover(asked, facts, losses(desk, asked)[:borne])
        case "allocate-recovery" if case and case.terms:
            yield f"a recovery is allocated by {asked.policy or case.terms['recovery']}"
        case "receive-recovery" if case and case.closed:
            yield "a closed case recovers"
        case "pay-restitution" if len(facts) > 1:
            yield "several are paid restitution by one command"
        case "pay-restitution" if pool and not any(held.get(asked.holder) for held in pool.shares.values()):
            yield "someone who has sold is paid restitution"
        case "accrue-interest" if issued(desk, asked) > shares:
            yield "a fee is taken by dilution"


def rare_cover(asked: Any, facts: tuple[str, ...], earlier: list[Any]) -> Iterator[str]:
    """The rare states that a cover shows."""
    yield f"a {asked.source} covers"
    if len(facts) > 1:
        yield "a cover is split over several cases"
    if any(loss.by == "fund" and loss.amount for loss in earlier):
        yield "what a fund could not bear is covered later"


def rare_resolution(desk: NaiveDesk, pool: Pool, case: Case, facts: tuple[str, ...], borne: int) -> Iterator[str]:
    """The rare states that a resolution shows."""
    bearers = [loss for loss in case.losses[borne:] if loss.amount]
    for loss in bearers:
        yield f"layer {'socialize' if loss.name == 'lenders' else loss.by} bears"
        if loss.by == "fund" and desk.funds[loss.name].asset != pool.asset:
            yield "a fund in another asset bears"
    if len(bearers) > 2:
        yield "three layers bear in turn"
    if bearers and case.open:
        yield "a resolution leaves a part of the deficit open"
    if "shortfall-recognized" not in facts:
        yield "what stayed open is resolved later"
    if "interest-allocated" in facts:
        yield "interest is trued down before a recognition"


def reached_by(leaning: Leaning, begun_with: int) -> set[str]:
    """What 25 histories of a leaning reach, drawn from a seed."""
    names = set[str]()

    @seed(begun_with)
    @settings(HISTORIES, max_examples=25, database=None, phases=[Phase.generate])
    @given(command_histories(leanings=(leaning,)))
    def ask(history: CommandHistory) -> None:
        names.update(reached(history))

    ask()
    return names


def not_reached(rounds: int) -> set[str]:
    """What histories of all leanings do not reach in so many rounds, mostly one.

    What Hypothesis draws from a seed depends on the constants of all modules that happen to be imported.
    """
    missing = set(WANTED)
    for number in range(rounds):
        for begun_with, leaning in enumerate(LEANINGS, number * len(LEANINGS)):
            missing -= reached_by(leaning, begun_with) if missing else set()
    return missing


def test_random_commands_reach_every_command_and_every_rare_state() -> None:
    assert not_reached(rounds=6) == set()
