"""Each class of break on the smallest case of it: one entry, one line, or one of each."""

from collections.abc import Sequence

from projections.reconciliation.breaks import Break
from projections.reconciliation.items import Item
from projections.reconciliation.matching.matched import matched
from projections.reconciliation.movements.classes import classified
from projections.reconciliation.paper import Ours, Paper, Standing
from projections.reconciliation.rules import Rules
from tests.reconciliation_papers import CASH, CLOSED, a_break, a_paper, entry, line

OTHER = "assets:beta:cash"


def breaks_of(
    ours: Sequence[Item] = (),
    theirs: Sequence[Item] = (),
    rules: Rules | None = None,
    *,
    later: tuple[Item, ...] = (),
    elsewhere: tuple[Item, ...] = (),
    pending: tuple[Item, ...] = (),
    previous: Paper | None = None,
) -> list[Break]:
    rules = rules or Rules()
    book = Ours(Standing("desk.db", 9, "", ""), (CASH,), "EUR", 2, 0, 0, tuple(ours), later, elsewhere, ())
    found = matched(ours, theirs, rules)
    return list(classified(found, book, pending, rules, closed_at=CLOSED, previous=previous))


def told(breaks: Sequence[Break]) -> list[tuple[str, int, str]]:
    return [(one.class_, one.effect, one.party) for one in breaks]


def test_what_is_matched_is_no_break() -> None:
    assert breaks_of([entry(12, "2026-02-20", 1_000, "wire-7")], [line(7, "2026-02-22", 1_000, "wire-7")]) == []


def test_the_opposite_amount_under_one_key_is_a_sign() -> None:
    found = breaks_of([entry(12, "2026-02-20", 1_000, "wire-7")], [line(7, "2026-02-20", -1_000, "wire-7")])
    assert told(found) == [("sign", 2_000, "ours")]


def test_less_by_the_charges_stated_is_a_fee_and_tells_both_sides() -> None:
    mine, other = entry(12, "2026-02-20", 100_000, "wire-7"), line(7, "2026-02-20", 99_500, "wire-7", fee=500)
    (found,) = breaks_of([mine], [other])
    assert told([found]) == [("fee", 500, "ours")]
    assert found.evidence == "line 7 (wire-7) says 995.00 EUR, entry 12 (wire-7) 1000.00 EUR, charges 5.00 EUR stated"
    assert (found.ours, found.theirs, found.trace) == ((mine,), (other,), (12,))


def test_charges_on_what_is_paid_out_make_the_line_larger() -> None:
    theirs = [line(7, "2026-02-20", -1_005, "wire-7", fee=5)]
    assert told(breaks_of([entry(12, "2026-02-20", -1_000, "wire-7")], theirs)) == [("fee", 5, "ours")]


def test_charges_that_are_not_the_difference_explain_nothing() -> None:
    theirs = [line(7, "2026-02-20", 994, "wire-7", fee=5)]
    assert told(breaks_of([entry(12, "2026-02-20", 1_000, "wire-7")], theirs)) == [("amount", 6, "ours")]


def test_our_amount_in_a_larger_unit_is_a_rounding_down_or_up() -> None:
    ours = [entry(12, "2026-02-20", 1_234, "down"), entry(13, "2026-02-20", 5_678, "up")]
    theirs = [line(7, "2026-02-20", 1_200, "down"), line(8, "2026-02-20", 5_700, "up")]
    found = breaks_of(ours, theirs, Rules(precision=100))
    assert told(found) == [("rounding", 34, "nobody"), ("rounding", -22, "nobody")]


def test_near_to_our_amount_but_in_no_larger_unit_is_no_rounding() -> None:
    ours, theirs = [entry(12, "2026-02-20", 1_234, "wire-7")], [line(7, "2026-02-20", 1_201, "wire-7")]
    assert told(breaks_of(ours, theirs, Rules(precision=100))) == [("amount", 33, "ours")]


def test_what_the_rules_tolerate_is_a_rounding_under_a_key_or_alone() -> None:
    ours = [entry(12, "2026-02-20", 1_000, "wire-7"), entry(13, "2026-02-21", 500, "wire-8")]
    theirs = [line(7, "2026-02-20", 999, "wire-7"), line(8, "2026-02-21", 501)]
    found = breaks_of(ours, theirs, Rules(amount_tolerance=1))
    assert sorted(told(found)) == [("rounding", -1, "nobody"), ("rounding", 1, "nobody")]


def test_less_by_no_more_than_a_fee_is_one_and_more_is_an_amount() -> None:
    ours = [entry(12, "2026-02-20", 1_000, "wire-7"), entry(13, "2026-02-20", 2_000, "wire-8")]
    theirs = [line(7, "2026-02-20", 990, "wire-7"), line(8, "2026-02-20", 2_010, "wire-8")]
    assert told(breaks_of(ours, theirs, Rules(fee_max=10))) == [("fee", 10, "ours"), ("amount", -10, "ours")]


def test_a_line_word_for_word_again_is_a_duplicate_in_the_statement() -> None:
    theirs = [line(7, "2026-02-20", 1_000, "wire-7"), line(8, "2026-02-20", 1_000, "wire-7")]
    (found,) = breaks_of([entry(12, "2026-02-20", 1_000, "wire-7")], theirs)
    assert told([found]) == [("duplicate in statement", -1_000, "theirs")]
    assert found.evidence == "line 8 (wire-7) says 10.00 EUR on 2026-02-20, as line 7 (wire-7) does"


def test_an_entry_again_under_another_id_is_a_duplicate_in_the_ledger() -> None:
    first = entry(12, "2026-02-20", 1_000, "wire-7", twin="same")
    (found,) = breaks_of([first, first._replace(place=13, id="typed")], [line(7, "2026-02-20", 1_000, "wire-7")])
    assert told([found]) == [("duplicate in ledger", 1_000, "ours")]
    assert (found.ours[0].id, found.trace) == ("typed", (12, 13))


def test_a_duplicate_stays_one_when_what_it_repeats_is_settled() -> None:
    copy = entry(13, "2026-02-20", 1_000, "typed", twin="same")
    known = a_break("duplicate in ledger", 1_000, ours=(copy,), evidence="as entry 12 does")
    (found,) = breaks_of([copy], previous=a_paper([known], {"EUR": 1_000}, {"EUR": 2}))
    assert told([found]) == [("duplicate in ledger", 1_000, "ours")]
    assert found.evidence == "as entry 12 does"


def test_a_line_that_undoes_what_stands_in_the_book_is_a_pending_reversal_of_ours() -> None:
    theirs = [line(7, "2026-02-10", 1_000, "wire-7"), line(8, "2026-02-20", -1_000, "R-1", reverses="wire-7")]
    (found,) = breaks_of([entry(12, "2026-02-10", 1_000, "wire-7")], theirs)
    assert told([found]) == [("reversal pending", 1_000, "ours")]
    assert found.evidence.endswith("and undoes line 7 (wire-7), which is entry 12 (wire-7)")
    assert (found.ours, found.trace) == ((), (12,))


def test_a_line_that_undoes_what_was_settled_before_is_one_too() -> None:
    found = breaks_of([], [line(8, "2026-02-20", -1_000, "R-1", reverses="?")])
    assert told(found) == [("reversal pending", 1_000, "ours")]


def test_a_line_that_undoes_one_that_is_open_itself_is_missing_in_the_ledger_with_it() -> None:
    theirs = [
        line(7, "2026-02-10", 1_000, "wire-7"),
        line(8, "2026-02-20", -1_000, "R-1", reverses="wire-7"),
        line(9, "2026-02-21", -1_000, "R-2", reverses="wire-7"),
    ]
    assert sorted(told(breaks_of([], theirs))) == [
        ("missing in ledger", -1_000, "ours"),
        ("missing in ledger", 1_000, "ours"),
        ("missing in ledger", 1_000, "ours"),
    ]


def test_a_line_that_undoes_a_copy_asks_nothing_of_what_the_copy_repeats() -> None:
    theirs = [line(place, "2026-02-10", 1_000, "wire-7") for place in (6, 7, 8)]
    undone = line(9, "2026-02-20", -1_000, "R-1", reverses="wire-7")
    found = breaks_of([entry(12, "2026-02-10", 1_000, "wire-7")], [*theirs, undone])
    assert sum(one.effect for one in found) == -1_000
    assert "reversal pending" not in {one.class_ for one in found}


def test_an_entry_that_undoes_what_is_matched_is_a_pending_reversal_of_theirs() -> None:
    ours = [
        entry(12, "2026-02-10", 1_000, "wire-7"),
        entry(13, "2026-02-27", -1_000, "undone", kind="entry-reversed", reverses="wire-7"),
    ]
    found = breaks_of(ours, [line(7, "2026-02-10", 1_000, "wire-7")])
    assert told(found) == [("reversal pending", -1_000, "theirs")]


def test_a_line_of_a_charge_or_of_interest_is_a_fee_or_an_accrual() -> None:
    theirs = [line(7, "2026-02-20", -12, kind="fee"), line(8, "2026-02-20", 34, kind="interest")]
    assert told(breaks_of([], theirs)) == [("fee", 12, "ours"), ("accrual", -34, "ours")]


def test_a_line_whose_entry_is_after_the_closing_is_a_cut_off() -> None:
    later = entry(12, "2026-03-02", 1_000, "wire-7")
    (found,) = breaks_of([], [line(7, "2026-02-27", 1_000, "wire-7")], later=(later,))
    assert told([found]) == [("cut-off", -1_000, "nobody")]
    assert found.ours == (later,)
    assert found.evidence.endswith("entry 12 (wire-7) has it on 2026-03-02, after the closing")


def test_by_its_amount_alone_a_later_entry_is_meant_only_where_no_other_is() -> None:
    theirs, later = [line(7, "2026-02-27", 1_000)], entry(12, "2026-03-02", 1_000, "wire-7")
    assert told(breaks_of([], theirs, later=(later,))) == [("cut-off", -1_000, "nobody")]
    other = later._replace(place=13, id="wire-8")
    assert told(breaks_of([], theirs, later=(later, other))) == [("missing in ledger", -1_000, "ours")]
    far = later._replace(at="2026-03-05")
    assert told(breaks_of([], theirs, later=(far,))) == [("missing in ledger", -1_000, "ours")]


def test_a_line_whose_entry_is_in_another_account_is_on_the_wrong_account() -> None:
    other = entry(12, "2026-02-20", 1_000, "wire-7")._replace(account=OTHER)
    (found,) = breaks_of([], [line(7, "2026-02-22", 1_000, "wire-7")], elsewhere=(other,))
    assert told([found]) == [("wrong account", -1_000, "ours")]
    assert found.ours == (other,)
    assert found.evidence.endswith(f"entry 12 (wire-7) has it in {OTHER}")


def test_without_a_key_an_entry_elsewhere_has_to_be_of_the_same_day() -> None:
    other = entry(12, "2026-02-20", 1_000, "wire-7")._replace(account=OTHER)
    same_day, day_after = [line(7, "2026-02-20", 1_000)], [line(7, "2026-02-21", 1_000)]
    assert told(breaks_of([], same_day, elsewhere=(other,))) == [("wrong account", -1_000, "ours")]
    assert told(breaks_of([], day_after, elsewhere=(other,))) == [("missing in ledger", -1_000, "ours")]


def test_which_of_two_entries_a_line_is_may_be_unknown() -> None:
    ours = [entry(12, "2026-02-20", 1_000, "wire-7"), entry(13, "2026-02-20", 1_000, "wire-8")]
    found = breaks_of(ours, [line(7, "2026-02-20", 1_000)])
    assert sorted(told(found)) == [("unexplained", amount, "unknown") for amount in (-1_000, 1_000, 1_000)]
    assert all(one.evidence.endswith("are entry 12 (wire-7), entry 13 (wire-8), line 7") for one in found)


def test_which_of_two_charges_an_entry_is_may_be_unknown_too() -> None:
    charge = line(7, "2026-02-20", -12, kind="fee", text="account fee")
    found = breaks_of([entry(12, "2026-02-20", -12, "charge")], [charge, charge._replace(place=8, id="8")])
    assert sorted(told(found)) == [("unexplained", amount, "unknown") for amount in (-12, 12, 12)]


def test_a_line_that_nothing_is_found_for_is_missing_in_the_ledger() -> None:
    assert told(breaks_of([], [line(7, "2026-02-20", 1_000, "R-1")])) == [("missing in ledger", -1_000, "ours")]


def test_an_entry_whose_line_is_pending_is_not_final() -> None:
    announced = line(7, "2026-02-28", 1_000, "wire-7", status="pending")
    (found,) = breaks_of([entry(12, "2026-02-10", 1_000, "wire-7")], pending=(announced,))
    assert told([found]) == [("not final", 1_000, "nobody")]
    assert found.theirs == (announced,)


def test_a_pending_line_without_an_entry_is_no_break() -> None:
    assert breaks_of(pending=(line(7, "2026-02-28", 1_000, "wire-7", status="pending"),)) == []


def test_an_entry_is_in_transit_for_as_many_days_as_the_rules_say_and_then_missing() -> None:
    ours = [entry(12, "2026-02-23T23:00:00Z", 1_000, "wire-7"), entry(13, "2026-02-22", 2_000, "wire-8")]
    found = breaks_of(ours, rules=Rules(transit_days=5))
    assert sorted(told(found)) == [("missing in statement", 2_000, "theirs"), ("timing in transit", 1_000, "nobody")]
