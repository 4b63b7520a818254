"""A number opened: the parts sum to it at every node, the root is what the report says, and a loss tells its case."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import AskedAmiss, BooksBroken
from ledger.journal import Journal
from ledger.values import LENDERS, CaseId, Commodity, EventId, Timestamp
from projections.explain.asked import Kind, Subject, explain
from projections.explain.causes import Mark
from projections.explain.tree import Node, by, entries_below, fact, folded, leaf, nested, paths, whole, within
from projections.reading import Asked
from projections.rows import Units
from tests.histories import HISTORIES, NOW, TIMES_ASKED, History, histories, lasting_events, recorded, rows_of, written
from tests.story import (
    AT,
    CASE,
    ETH,
    FUND,
    JUNIOR,
    LENDER,
    OTHER_LENDER,
    OTHER_LOAN,
    POOL,
    SOCIALIZE,
    USD,
    Story,
    a_deficit,
    a_loan,
    a_pool,
    adjustment_posted,
    asset_registered,
    bad_debt_socialized,
    case_closed,
    collateral_posted,
    collateral_sold,
    cost_advanced,
    deficit_covered,
    deposited,
    fund_contributed,
    fund_drawn,
    fund_layer,
    fund_opened,
    fund_withdrawn,
    income_received,
    interest_accrued,
    loan_defaulted,
    loan_drawn,
    loan_originated,
    part,
    pool_opened,
    posted,
    recovery_allocated,
    recovery_received,
    repaid,
    restitution_paid,
    shares_transferred,
    shortfall_recognized,
    told,
)

LOSS, SECOND, LATER = EventId("loss"), CaseId("second"), Timestamp("2022-12-24T00:00:00Z")


def tree_of(of: Story | Journal, kind: Kind, name: str, asked: Asked = NOW, **apart: str) -> Node:
    """The tree of a number of a story, or of a journal."""
    journal = recorded(of.facts) if isinstance(of, Story) else of
    subject = Subject(kind, name, **apart)
    return explain(journal, asked, subject, iter).tree


def every_node(node: Node) -> Iterator[Node]:
    """A node and all below it, summed or not."""
    yield node
    for below in (*node.parts, *node.because):
        yield from every_node(below)


def at(node: Node, *names: str) -> Node:
    """The node that is reached by the names of parts, or of what explains."""
    for name in names:
        node = next(one for one in (*node.parts, *node.because) if one.what == name)
    return node


def parts_of(node: Node) -> dict[str, int]:
    """The parts of a node by name."""
    return {one.what: one.amount for one in node.parts}


def reasons(node: Node) -> dict[str, int]:
    """What explains a node, by name."""
    return {one.what: one.amount for one in node.because}


def entries(node: Node) -> list[tuple[int, int]]:
    """The entries that a node is the sum of: their positions, and what each adds."""
    if node.mark.position:
        return [(node.mark.position, node.amount)]
    return [entry for one in node.parts for entry in entries(one)]


def summed(of: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What each entry adds in all, in order of position; those that add nothing are left out."""
    sums: dict[int, int] = {}
    for position, amount in of:
        sums[position] = sums.get(position, 0) + amount
    return sorted((position, amount) for position, amount in sums.items() if amount)


def opened(deficit: Node) -> list[tuple[int, int]]:
    """The entries that opened a deficit, and those that bore it."""
    recognized = [reason for one in deficit.parts if one.what == "recognized" for reason in one.because]
    borne = [one for one in deficit.parts if one.what != "recognized"]
    return [entry for one in (*recognized, *borne) for entry in entries(one)]


def posted_to(account: str, journal: Journal, asked: Asked) -> list[tuple[int, int]]:
    """What each entry posted to an account, if any did."""
    known = {row["account"] for row in rows_of("trial-balance", journal, asked)}
    return entries(tree_of(journal, "account", account, asked)) if account in known else []


# A tree by itself.


def test_a_node_whose_parts_do_not_sum_to_it_is_never_made() -> None:
    parts = [fact("one", 1, "USD"), fact("two", 2, "USD")]
    assert whole("three", "USD", parts, amount=3).amount == 3
    with pytest.raises(BooksBroken, match="the parts of four sum to 3, not to 4 USD"):
        whole("four", "USD", parts, amount=4)


def test_parts_of_another_commodity_are_no_parts() -> None:
    with pytest.raises(BooksBroken):
        whole("three", "USD", [fact("one", 1, "USD"), fact("two", 2, "ETH")])


def test_a_number_of_which_no_part_is_known_is_not_passed_off_as_explained() -> None:
    with pytest.raises(BooksBroken, match="nothing is known of which five is made"):
        whole("five", "USD", [], amount=5)
    assert whole("nothing", "USD", [], amount=0).parts == ()


def numbered(count: int) -> list[Node]:
    return [leaf(Mark(position, "deposited"), position, "USD") for position in range(1, count + 1)]


def test_further_parts_are_folded_into_one_and_no_amount_is_dropped() -> None:
    many = whole("many", "USD", numbered(100))
    few = folded(many, 10)
    assert [one.amount for one in few.parts] == [*range(1, 10), sum(range(10, 101))]
    assert (few.parts[-1].what, few.parts[-1].hidden) == ("further", 91)
    assert (few.amount, entries_below(few)) == (many.amount, entries_below(many)) == (5050, 100)
    assert folded(many, 100) == folded(many, None) == many


def test_a_tree_cut_at_a_depth_keeps_its_amounts_and_counts_what_is_left_out() -> None:
    deep = whole("top", "USD", [whole("one", "USD", numbered(3)), whole("two", "USD", numbered(4))])
    cut = within(deep, 1)
    assert [(one.what, one.amount, one.hidden, one.parts) for one in cut.parts] == [
        ("one", 6, 3, ()),
        ("two", 10, 4, ()),
    ]
    assert within(deep, 0) == Node("top", Units(16), "USD", hidden=7)
    assert within(deep, 2) == within(deep, None) == deep


def test_parts_of_one_key_stand_together_where_there_are_several_keys() -> None:
    leaves = numbered(5)
    odd = by(lambda one: "odd" if one.amount & 1 else "even", leaves, "USD")
    assert [(one.what, one.amount) for one in odd] == [("odd", 9), ("even", 6)]
    assert by(lambda one: one.what, leaves, "USD") == leaves


def test_a_tree_is_told_nested_and_as_paths() -> None:
    tree = whole("top", "USD", numbered(1), because=[fact("why", 7, "ETH")])
    assert [(row.path, row.depth, row.relation, row.amount, row.position) for row in paths(tree)] == [
        ("0", 0, "root", 1, None),
        ("0.0", 1, "part", 1, 1),
        ("0.b0", 1, "because", 7, None),
    ]
    row = nested(tree)
    assert (row.parts[0]["amount"], row.because[0]["commodity"]) == ("1", "ETH")


# A lender.


def a_loss_shared_six_to_four() -> Story:
    """600 and 400 deposited, 510 in default, 295 net of a sale, 65 of the fund, 150 of the lenders."""
    return a_pool(fund_layer(), SOCIALIZE, assets=600, fund=65).then(
        deposited(lender=OTHER_LENDER, assets=400, shares=400),
        loan_originated(principal=500),
        interest_accrued(interest=10),
        collateral_posted(quantity=10),
        loan_defaulted(principal=500, interest=10),
        collateral_sold(quantity=10, proceeds=300, costs=5, principal=285, interest=10),
        shortfall_recognized(principal=215),
        fund_drawn(amount=65),
        bad_debt_socialized(amount=150, id=LOSS),
    )


def test_a_balance_opens_to_what_was_brought_earned_and_lost() -> None:
    tree = tree_of(a_loss_shared_six_to_four(), "lender", LENDER)
    assert (tree.amount, parts_of(tree)) == (516, {"deposited": 600, "earned": 6, "losses": -90})
    assert reasons(tree) == {"held": 600, "issued in all": 1000, "claims of tranche lenders": 860}


def test_a_loss_opens_to_its_share() -> None:
    loss = at(tree_of(a_loss_shared_six_to_four(), "lender", LENDER), "losses", "case case", "bad-debt-socialized")
    assert (loss.amount, parts_of(loss)) == (-90, {"worth before": -606, "worth after": 516})
    assert reasons(loss) == {
        "held": 600,
        "issued in all": 1000,
        "claims of tranche lenders": 1010,
        "taken from tranche lenders": -150,
    }


def test_a_loss_opens_to_the_loan_the_sale_the_draw_and_what_was_socialized() -> None:
    case = at(tree_of(a_loss_shared_six_to_four(), "lender", LENDER), "losses", "case case")
    deficit = at(case, "open deficit of case case")
    assert (deficit.amount, parts_of(deficit)) == (0, {"recognized": 215, "fund": -65, "socialized": -150})
    assert parts_of(at(deficit, "recognized")) == {"exposure": 510, "proceeds": -300, "costs": 5}
    assert reasons(at(deficit, "recognized", "proceeds")) == {"sold for it": 10}
    assert reasons(at(deficit, "fund", "fund-drawn")) == {"open before it": 215}
    assert reasons(at(deficit, "socialized", "bad-debt-socialized")) == {"open before it": 150}
    loan = at(deficit, "recognized", "exposure", "what loan loan of pool pool owed at default")
    assert parts_of(loan) == {"loan-originated": 500, "interest-accrued": 10}


def test_what_is_earned_opens_to_each_accrual_and_the_rounding_is_named() -> None:
    story = a_pool(assets=3).then(
        deposited(lender=OTHER_LENDER, assets=4, shares=4),
        income_received(amount=5, to=LENDERS, source="a fee"),
        deposited(lender=OTHER_LENDER, assets=3, shares=0),
    )
    earned = at(tree_of(story, "lender", LENDER), "earned")
    assert parts_of(earned) == {"income": 2, "rounding at entries that issue, burn or move shares": 1}
    assert reasons(at(earned, "income")) == {"added to the claims of tranche lenders": 5}
    assert at(earned, "income", "income-received").cause == "a fee"


def test_interest_is_opened_by_loan() -> None:
    story = a_pool(assets=100).then(
        loan_originated(principal=1),
        loan_originated(principal=1, loan=OTHER_LOAN),
        *(interest_accrued(interest=10, loan=OTHER_LOAN), interest_accrued(interest=20), interest_accrued(interest=30)),
    )
    interest = at(tree_of(story, "lender", LENDER), "earned", "interest")
    assert parts_of(interest) == {"interest-accrued": 10, "loan loan": 50}


def test_a_transfer_is_what_the_shares_were_worth_then() -> None:
    story = a_loss_shared_six_to_four().then(shares_transferred(shares=100))
    sold, bought = (tree_of(story, "lender", name) for name in (LENDER, OTHER_LENDER))
    assert (parts_of(sold)["transferred"], parts_of(bought)["transferred"]) == (-86, 86)
    assert reasons(at(sold, "transferred", "shares-transferred")) == {"moved": -100}


def test_claims_that_were_burnt_for_a_case_open_to_it() -> None:
    story = a_deficit().then(deficit_covered(amount=600, shares=600))
    covered = at(tree_of(story, "lender", LENDER), "covered")
    assert parts_of(covered) == {"case case": -600}
    assert reasons(at(covered, "case case", "deficit-covered")) == {"burnt": 600}
    assert parts_of(at(covered, "case case", "open deficit of case case")) == {"recognized": 600, "covered": -600}


def test_a_recovery_opens_to_what_came_in() -> None:
    story = a_deficit(SOCIALIZE).then(
        bad_debt_socialized(amount=600),
        recovery_received(amount=70, costs=10),
        recovery_allocated(parts=(part("tranche", 60),)),
    )
    tree = tree_of(story, "lender", LENDER)
    assert parts_of(tree) == {"deposited": 1000, "losses": -600, "recoveries": 60}
    case = at(tree, "recoveries", "case case")
    assert parts_of(at(case, "recovery-allocated")) == {"worth before": -400, "worth after": 460}
    assert parts_of(at(case, "recovered for case case")) == {"recovery-received": 60}


def test_restitution_stands_beside_the_balance() -> None:
    story = a_loss_shared_six_to_four().then(
        recovery_received(amount=50),
        recovery_allocated(parts=(part("bearers", 50, basis=LOSS),)),
        restitution_paid(amount=30),
    )
    tree = tree_of(story, "lender", LENDER)
    assert (tree.amount, reasons(tree)["restitution, paid outside the balance"]) == (516, 30)


def test_a_lender_in_several_tranches_is_asked_which() -> None:
    story = a_pool(tranches=(JUNIOR,)).then(deposited(tranche=JUNIOR, assets=5, shares=5))
    with pytest.raises(AskedAmiss, match="in several tranches: there are --pool pool --tranche junior, --pool pool --"):
        tree_of(story, "lender", LENDER)
    assert tree_of(story, "lender", LENDER, tranche="junior").amount == 5
    assert tree_of(story, "lender", LENDER, tranche="lenders").amount == 1000
    with pytest.raises(AskedAmiss, match="is not in that tranche: there are --pool pool --tranche junior, --pool pool"):
        tree_of(story, "lender", LENDER, pool="other")


# A fund.


def test_a_fund_opens_to_its_contributors_and_to_the_cases_it_paid_for() -> None:
    story = a_loss_shared_six_to_four().then(
        fund_contributed(amount=9, contributor=LENDER),
        fund_withdrawn(amount=4),
        recovery_received(amount=50),
        recovery_allocated(parts=(part("fund", 50, name=FUND),)),
    )
    tree = tree_of(story, "fund", FUND)
    assert tree.amount == 55
    assert parts_of(tree) == {"contributed": 74, "withdrawn": -4, "drawn": -65, "reimbursed": 50}
    assert parts_of(at(tree, "drawn")) == {"case case": -65}
    assert reasons(at(tree, "drawn", "case case", "fund-drawn")) == {"held before it": 65}
    assert parts_of(at(tree, "drawn", "case case", "open deficit of case case"))["fund"] == -65
    assert at(tree, "reimbursed", "case case", "recovered for case case").amount == 50


def test_what_a_fund_pays_in_its_own_asset_opens_to_a_case_in_the_pools() -> None:
    story = told(
        asset_registered(),
        asset_registered(asset=ETH, decimals=18),
        fund_opened(asset=ETH),
        fund_contributed(amount=10),
        pool_opened(waterfall=(fund_layer(),)),
        deposited(assets=600, shares=600),
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        shortfall_recognized(principal=600),
        fund_drawn(amount=600, paid=3),
    )
    drawn = at(tree_of(story, "fund", FUND), "drawn", "case case")
    deficit = at(drawn, "open deficit of case case")
    assert (drawn.amount, drawn.commodity) == (-3, "ETH")
    assert (parts_of(deficit)["fund"], deficit.commodity) == (-600, "USD")


def test_a_fund_that_never_held_anything_is_explained_by_nothing() -> None:
    tree = tree_of(told(asset_registered(), fund_opened()), "fund", FUND)
    assert (tree.amount, tree.parts) == (0, ())


# A deficit.


def test_a_deficit_opens_by_every_column_of_the_register_of_bad_debt() -> None:
    story = a_pool(SOCIALIZE).then(
        loan_originated(principal=600),
        loan_defaulted(principal=600, interest=0),
        cost_advanced(amount=7),
        cost_advanced(amount=8),
        interest_accrued(interest=5, case=CASE),
        repaid(principal=20, case=CASE),
        shortfall_recognized(principal=300),
        adjustment_posted(pool=POOL, postings=posted(("assets:pool:deficit:case", 9), ("equity:pool:rounding", -9))),
        bad_debt_socialized(amount=100),
    )
    tree = tree_of(story, "deficit", "case")
    assert (tree.amount, parts_of(tree)) == (209, {"recognized": 300, "adjusted open": 9, "socialized": -100})
    recognized = at(tree, "recognized")
    assert parts_of(recognized) == {"exposure": 600, "added": 20, "repaid": -20, "in default": -300}
    assert [one.amount for one in at(recognized, "added").parts] == [7, 8, 5]
    assert reasons(recognized) == {"recognized in": 300}
    assert at(tree, "adjusted open", "adjustment-posted").cause == "the board decided"


def test_what_recoveries_gave_back_stands_beside_the_deficit() -> None:
    story = a_loss_shared_six_to_four().then(
        case_closed(), recovery_received(amount=50), recovery_allocated(parts=(part("tranche", 50),))
    )
    assert reasons(tree_of(story, "deficit", "case")) == {"restored: what recoveries gave back": 50}


def test_a_loan_of_a_pooled_pool_owes_its_part_of_the_interest_of_all() -> None:
    story = told(
        asset_registered(),
        pool_opened(debt="pooled", waterfall=(SOCIALIZE,)),
        deposited(assets=600, shares=600),
        loan_originated(principal=0),
        loan_drawn(principal=500, debt_shares=500),
        interest_accrued(loan=None, interest=60),
        loan_defaulted(principal=560, interest=0),
    )
    recognized = at(tree_of(story, "deficit", "case"), "recognized")
    loan = at(recognized, "exposure", "what loan loan of pool pool owed at default")
    assert parts_of(recognized) == {"exposure": 560, "in default": -560}
    assert parts_of(loan) == {"loan-drawn": 500, "its part of the pool's interest, by its debt shares": 60}


def test_a_second_case_of_a_loan_opens_to_what_it_owed_by_then() -> None:
    story = a_pool(SOCIALIZE).then(
        loan_originated(principal=100),
        loan_defaulted(principal=100, interest=0),
        shortfall_recognized(principal=100),
        bad_debt_socialized(amount=100),
        case_closed(),
        loan_drawn(principal=30),
        loan_defaulted(principal=30, interest=0, case=SECOND),
    )
    first, second = (
        at(tree_of(story, "deficit", name), "recognized", "exposure", "what loan loan of pool pool owed at default")
        for name in (CASE, SECOND)
    )
    assert parts_of(first) == {"loan-originated": 100}
    assert parts_of(second) == {"loan-originated": 100, "shortfall-recognized": -100, "loan-drawn": 30}


# An account.


def test_an_account_opens_to_its_postings_by_what_made_them() -> None:
    tree = tree_of(a_loss_shared_six_to_four(), "account", "assets:pool:cash")
    assert (tree.amount, tree.commodity) == (860, "USD")
    assert parts_of(tree) == {"deposited": 1000, "loan-originated": -500, "collateral-sold": 295, "fund-drawn": 65}
    assert entries(at(tree, "deposited")) == [(6, 600), (7, 400)]


def test_an_account_that_holds_several_commodities_is_asked_for_one() -> None:
    story = a_loss_shared_six_to_four().then(
        loan_originated(loan=OTHER_LOAN, principal=0),
        collateral_posted(loan=OTHER_LOAN, quantity=3),
        collateral_posted(loan=OTHER_LOAN, quantity=4, asset=Commodity(USD)),
    )
    name = "assets:pool:collateral:other-loan"
    with pytest.raises(AskedAmiss, match=f"account {name} holds several commodities: --commodity ETH, USD"):
        tree_of(story, "account", name)
    assert tree_of(story, "account", name, commodity="ETH").amount == 3
    with pytest.raises(AskedAmiss, match="was never posted in EUR, but in ETH, USD"):
        tree_of(story, "account", name, commodity="EUR")


# What is not there.


@pytest.mark.parametrize(
    ("kind", "name", "saying"),
    [
        ("lender", "lendr", "no lender lendr in this book at that point; near it are lender"),
        ("lender", "?", "no lender ? in this book at that point; there are lender, other-lender"),
        ("fund", "funds", "no fund funds in this book at that point; near it are fund"),
        ("deficit", "cases", "no case cases in this book at that point; near it are case"),
        ("account", "assets:pool:cahs", "no account assets:pool:cahs in this book at that point; near it are assets:"),
        ("account", "?", "there are assets:fund:cash, assets:pool:cash, assets:pool:collateral:loan, "),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_what_is(kind: Kind, name: str, saying: str) -> None:
    with pytest.raises(AskedAmiss) as refused:
        tree_of(a_loss_shared_six_to_four(), kind, name)
    assert saying in str(refused.value)


@pytest.mark.parametrize(("kind", "name"), [("lender", LENDER), ("fund", FUND), ("deficit", "case")])
def test_what_is_not_there_yet_is_refused(kind: Kind, name: str) -> None:
    with pytest.raises(AskedAmiss, match=f"no .* {name} in this book at that point$"):
        tree_of(a_loss_shared_six_to_four(), kind, name, Asked(position=2))


def test_a_loss_whose_default_is_not_shown_is_explained_without_its_case() -> None:
    story = a_loan(SOCIALIZE).then(
        loan_defaulted(principal=600, interest=0, at=LATER),
        shortfall_recognized(principal=600),
        bad_debt_socialized(amount=600),
    )
    losses = at(tree_of(story, "lender", LENDER, Asked(as_of=AT)), "losses")
    assert (losses.amount, at(losses, "case case").because) == (-600, ())
    with pytest.raises(AskedAmiss, match="no case case in this book at that point"):
        tree_of(story, "deficit", "case", Asked(as_of=AT))


# Random histories.


def every_subject(journal: Journal, asked: Asked) -> Iterator[tuple[Subject, int]]:
    """All that can be explained at a point, with what the reports say it is."""
    for row in rows_of("lenders", journal, asked):
        yield Subject("lender", row["lender"], row["pool"], row["tranche"]), row["balance"]
    for row in rows_of("funds", journal, asked):
        yield Subject("fund", row["fund"]), row["balance"]
    for row in rows_of("deficits", journal, asked):
        yield Subject("deficit", row["case"]), row["open"]
    for row in rows_of("trial-balance", journal, asked):
        yield Subject("account", row["account"], commodity=row["commodity"]), row["debit"] - row["credit"]


points = st.builds(
    Asked, as_of=st.none() | TIMES_ASKED, position=st.none() | st.integers(1, 80), known_at=st.none() | TIMES_ASKED
)


@HISTORIES
@given(histories(), points)
def test_every_number_opens_to_parts_that_sum_to_it_at_any_point(history: History, asked: Asked) -> None:
    journal = recorded(history)
    for subject, amount in every_subject(journal, asked):
        tree = explain(journal, asked, subject, iter).tree
        assert tree.amount == amount
        for node in every_node(tree):
            assert not node.parts or node.amount == sum(one.amount for one in node.parts)
            assert {one.commodity for one in node.parts} <= {node.commodity}
    for row in rows_of("deficits", journal, asked):
        of_case = tree_of(journal, "deficit", row["case"], asked)
        account = f"assets:{row['pool']}:deficit:{row['case']}"
        assert summed(opened(of_case)) == summed(posted_to(account, journal, asked))


@HISTORIES
@given(histories(), st.data())
def test_an_entry_adds_to_a_balance_what_the_reports_changed_by_at_it(history: History, data: st.DataObject) -> None:
    journal = written(lasting_events(history))
    position = data.draw(st.integers(1, max(journal.head().position, 1)))
    before, after = (set(every_subject(journal, Asked(position=last))) for last in (position - 1, position))
    held = dict(before)
    for subject, amount in sorted(after - before, key=repr):
        if subject.kind != "deficit":
            tree = explain(journal, NOW, subject, iter).tree
            assert dict(summed(entries(tree))).get(position, 0) == amount - held.get(subject, 0)
