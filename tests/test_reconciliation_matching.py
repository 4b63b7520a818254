"""The matching of entries and lines: what matches what, what never does, and that no order changes it."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.reconciliation.breaks import Match, Suggestion
from projections.reconciliation.items import Item, identity
from projections.reconciliation.matching.exact import exact_pairs
from projections.reconciliation.matching.matched import matched
from projections.reconciliation.paper import Confirmed, Matched
from projections.reconciliation.rules import KEYS, Rules

ENTRY = Item(place=1, account="assets:desk:cash", commodity="EUR", at="2026-01-05T09:30:00Z", amount=100)
LINE = Item(place=1, account="DE89370400440532013000", commodity="EUR", at="2026-01-05", amount=100)
RULES = Rules()


def entry(id_: str, amount: int = 100, **said: Any) -> Item:
    """An entry of ours, with its id as the book gives it."""
    return ENTRY._replace(id=id_, end_to_end=id_, reference=id_, amount=amount)._replace(**said)


def line(amount: int = 100, **said: Any) -> Item:
    """A line of theirs."""
    return LINE._replace(amount=amount)._replace(**said)


def ids(found: Iterable[Match]) -> list[tuple[str, tuple[str, ...], tuple[int, ...]]]:
    """Matches as key, ids of entries and places of lines."""
    return [(one.key, tuple(item.id for item in one.ours), tuple(item.place for item in one.theirs)) for one in found]


def by_id(found: Iterable[Item]) -> list[str]:
    return [item.id for item in found]


def by_place(found: Iterable[Item]) -> list[int]:
    return [item.place for item in found]


@pytest.mark.parametrize(
    ("key", "ours", "theirs"),
    [
        pytest.param("chain", entry("a", chain="0xaa:7"), line(chain="0xaa:7"), id="log"),
        pytest.param("chain", entry("a", chain="0xaa:7"), line(chain="0xaa"), id="transaction without an index"),
        pytest.param("chain", entry("a", chain="0xaa"), line(chain="0xaa:7"), id="ours without an index"),
        pytest.param("end-to-end", entry("a"), line(end_to_end="a"), id="end-to-end id"),
        pytest.param("reference", entry("a"), line(reference="a"), id="reference"),
        pytest.param("reference", entry("a", reference="INV 7"), line(reference="INV 7"), id="what ours refers to"),
        pytest.param("amount-and-date", entry("a"), line(), id="amount and day"),
    ],
)
def test_an_entry_and_a_line_match_by_a_key(key: str, ours: Item, theirs: Item) -> None:
    found = matched([ours], [theirs], RULES)
    assert ids(found.matches) == [(key, ("a",), (1,))]
    assert not found.ours
    assert not found.theirs


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(entry("a"), line(commodity="USD"), id="another commodity"),
        pytest.param(entry("a"), line(commodity="USD", end_to_end="a"), id="another commodity under one key"),
        pytest.param(entry("a"), line(101), id="another amount"),
        pytest.param(entry("a", 10**18 + 1), line(10**18), id="another amount to a float"),
        pytest.param(entry("a"), line(-100), id="another sign"),
        pytest.param(entry("a"), line(at="2026-01-06"), id="another day"),
        pytest.param(entry("a", chain="0xaa:7"), line(chain="0xaa:8"), id="another log of one transaction"),
        pytest.param(entry("a", chain="0xaa:7"), line(chain="0xbb"), id="another transaction of one amount and day"),
    ],
)
def test_what_differs_by_whatever_little_does_not_match(ours: Item, theirs: Item) -> None:
    found = matched([ours], [theirs], RULES)
    assert not found.matches
    assert by_id(found.ours) == ["a"]
    assert by_place(found.theirs) == [1]


def test_one_unit_that_a_float_cannot_tell_is_told() -> None:
    ours, theirs = entry("a", 10**18 + 1), line(10**18, end_to_end="a")
    found = matched([ours], [theirs], RULES)
    assert float(ours.amount) == float(theirs.amount)
    assert not found.matches
    assert [(near.ours[0].amount - near.theirs[0].amount) for near in found.near] == [1]


def test_parts_that_floats_do_not_add_up_are_one_match() -> None:
    parts = [line(1 * 10**17, end_to_end="a"), line(2 * 10**17, end_to_end="a", place=2)]
    found = matched([entry("a", 3 * 10**17)], parts, RULES)
    assert 0.1 + 0.2 != 0.3
    assert ids(found.matches) == [("grouped end-to-end", ("a",), (1, 2))]


def test_a_strong_key_comes_before_a_weak_one() -> None:
    ours = [entry("a"), entry("b", place=2)]
    theirs = [line(place=1), line(place=2, end_to_end="a")]
    found = matched(ours, theirs, RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (2,)), ("amount-and-date", ("b",), (1,))]


def test_the_keys_are_tried_in_the_order_of_the_rules() -> None:
    ours = [entry("a"), entry("b", place=2)]
    theirs = [line(end_to_end="a", reference="b")]
    first = matched(ours, theirs, Rules(keys=("reference", "end-to-end")))
    second = matched(ours, theirs, Rules(keys=("end-to-end", "reference")))
    assert ids(first.matches) == [("reference", ("b",), (1,))]
    assert ids(second.matches) == [("end-to-end", ("a",), (1,))]


def test_a_key_that_the_rules_leave_out_matches_nothing() -> None:
    assert not matched([entry("a")], [line(at="2026-01-09", reference="a")], Rules(keys=("chain",))).matches


def test_a_line_that_names_an_entry_is_not_matched_to_another_of_its_amount() -> None:
    found = matched([entry("a", 90), entry("b", place=2)], [line(end_to_end="a")], RULES)
    assert not found.matches
    assert ids(found.near) == [("end-to-end", ("a",), (1,))]
    assert by_id(found.ours) == ["b"]


def test_a_line_that_names_an_entry_that_was_undone_is_what_was_recorded_in_its_place() -> None:
    undone = entry("r", -90, place=2, reverses="a", kind="entry-reversed", at="2026-01-07T00:00:00Z")
    found = matched([entry("a", 90), undone, entry("b", place=3)], [line(end_to_end="a")], RULES)
    assert ids(found.matches) == [("amount-and-date", ("b",), (1,)), ("contra", ("a", "r"), ())]


def test_an_entry_that_a_line_names_is_not_matched_to_another_of_its_amount() -> None:
    found = matched([entry("a")], [line(90, end_to_end="a"), line(place=2)], RULES)
    assert ids(found.near) == [("end-to-end", ("a",), (1,))]
    assert by_place(found.theirs) == [2]


def test_of_one_amount_and_day_what_bears_a_chain_reference_is_what_bears_none() -> None:
    ours = [entry("a", chain="0xaa:1"), entry("b", place=2)]
    found = matched(ours, [line(chain="0xbb:1"), line(place=2)], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (2,)), ("amount-and-date", ("b",), (1,))]


def test_of_one_amount_and_day_what_can_be_none_of_theirs_does_not_make_it_ambiguous() -> None:
    ours = [entry("a", chain="0xaa:1"), entry("b", place=2)]
    found = matched(ours, [line(chain="0xbb:1")], RULES)
    assert ids(found.matches) == [("amount-and-date", ("b",), (1,))]
    assert by_id(found.ours) == ["a"]


def test_of_one_amount_and_day_what_can_be_none_of_ours_does_not_make_it_ambiguous() -> None:
    found = matched([entry("a", chain="0xaa:1")], [line(chain="0xbb:1"), line(place=2)], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (2,))]
    assert by_place(found.theirs) == [1]


def test_chain_references_that_leave_one_without_its_like_are_ambiguous() -> None:
    ours = [entry("a", chain="0xaa:1"), entry("b", chain="0xaa:2", place=2), entry("c", place=3)]
    theirs = [line(chain="0xbb:1"), line(chain="0xbb:2", place=2), line(place=3)]
    found = matched(ours, theirs, RULES)
    assert not found.matches
    assert ids(found.ambiguous) == [("amount-and-date", ("a", "b", "c"), (3, 1, 2))]


def test_equal_numbers_of_one_amount_and_day_are_interchangeable() -> None:
    ours = [entry("b", at="2026-01-05T11:00:00Z", place=1), entry("a", at="2026-01-05T10:00:00Z", place=2)]
    found = matched(ours, [line(place=8), line(place=9)], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (8,)), ("amount-and-date", ("b",), (9,))]


def test_unequal_numbers_are_ambiguous_and_are_told_as_a_suggestion() -> None:
    found = matched([entry("a"), entry("b", place=2)], [line()], RULES)
    assert not found.matches
    assert ids(found.ambiguous) == [("amount-and-date", ("a", "b"), (1,))]
    assert [one.rule for one in found.suggestions] == [
        "2 entries and 1 line have one amount and date, and any may be any"
    ]


def test_a_weaker_key_does_not_see_what_a_stronger_one_left_ambiguous() -> None:
    theirs = [line(end_to_end="a", text="first", at="2026-01-06"), line(end_to_end="a", text="second", place=2)]
    found = matched([entry("a")], theirs, RULES)
    assert not found.matches
    assert ids(found.ambiguous) == [("end-to-end", ("a",), (2, 1))]


def test_lines_word_for_word_the_same_under_one_key_are_copies() -> None:
    theirs = [line(end_to_end="a", place=4), line(end_to_end="a", place=3)]
    found = matched([entry("a")], theirs, RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (3,))]
    assert [(copy.place, of.place) for copy, of in found.copies_theirs] == [(4, 3)]


def test_lines_word_for_word_the_same_that_name_nothing_are_ambiguous() -> None:
    found = matched([entry("a")], [line(place=3), line(place=4)], RULES)
    assert not found.copies_theirs
    assert ids(found.ambiguous) == [("amount-and-date", ("a",), (3, 4))]


def test_entries_that_say_the_same_under_two_ids_are_copies() -> None:
    found = matched([entry("a", twin="t"), entry("b", twin="t", place=2)], [line()], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (1,))]
    assert [(copy.id, of.id) for copy, of in found.copies_ours] == [("b", "a")]


def test_a_copy_that_we_undid_is_a_contra() -> None:
    undone = entry("r", -100, place=3, reverses="b", kind="entry-reversed", at="2026-01-07T00:00:00Z")
    found = matched([entry("a", twin="t"), entry("b", twin="t", place=2), undone], [line()], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (1,)), ("contra", ("b", "r"), ())]


def test_a_copy_that_they_undid_is_a_contra() -> None:
    undone = line(-100, end_to_end="a", place=3, reverses="?", at="2026-01-07")
    found = matched([entry("a")], [line(end_to_end="a"), line(end_to_end="a", place=2), undone], RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,)), ("contra", (), (2, 3))]


def test_a_twin_is_a_copy_where_the_line_names_only_one_of_the_two() -> None:
    found = matched([entry("a", twin="t"), entry("b", twin="t", place=2)], [line(end_to_end="b")], RULES)
    assert ids(found.matches) == [("end-to-end", ("b",), (1,))]
    assert [(copy.id, of.id) for copy, of in found.copies_ours] == [("a", "b")]


def test_two_movements_of_one_entry_are_no_copies_of_each_other() -> None:
    ours = [entry("a", twin="t"), entry("a", twin="t", account="assets:annex:cash")]
    found = matched(ours, [line(end_to_end="a")], RULES)
    assert not found.copies_ours
    assert ids(found.ambiguous) == [("end-to-end", ("a", "a"), (1,))]


def test_a_line_that_says_again_what_was_confirmed_is_a_copy() -> None:
    theirs = [line(reference="N7"), line(reference="N7", place=2)]
    found = matched([entry("a")], theirs, Rules(keys=("chain",)), [confirmation(("a",), (identity(theirs[0]),))])
    assert [(copy.place, of.place) for copy, of in found.copies_theirs] == [(2, 1)]


def test_a_line_that_names_nothing_is_no_copy_of_what_was_confirmed() -> None:
    theirs = [line(), line(place=2)]
    found = matched([entry("a")], theirs, Rules(keys=("chain",)), [confirmation(("a",), (identity(theirs[0]),))])
    assert by_place(found.theirs) == [2]


def test_a_line_that_says_something_else_of_what_was_confirmed_is_no_copy() -> None:
    theirs = [line(reference="N7"), line(reference="N7", text="other", place=2)]
    found = matched([entry("a")], theirs, Rules(keys=("chain",)), [confirmation(("a",), (identity(theirs[0]),))])
    assert by_place(found.theirs) == [2]


def test_a_twin_that_has_a_line_of_its_own_is_no_copy() -> None:
    ours = [entry("a", twin="t"), entry("b", twin="t", place=2)]
    found = matched(ours, [line(end_to_end="b"), line(place=2)], RULES)
    assert ids(found.matches) == [("end-to-end", ("b",), (1,)), ("amount-and-date", ("a",), (2,))]


def test_lines_that_name_one_entry_and_sum_to_it_are_one_match() -> None:
    found = matched([entry("a")], [line(60, end_to_end="a"), line(40, end_to_end="a", place=2)], RULES)
    assert ids(found.matches) == [("grouped end-to-end", ("a",), (1, 2))]


@pytest.mark.parametrize("theirs", [line(group="batch"), line(reference="batch"), line(end_to_end="batch")])
def test_entries_of_one_command_match_a_line_that_names_it_by_their_sum(theirs: Item) -> None:
    ours = [entry("a", 60, group="batch"), entry("b", 40, group="batch", place=2)]
    assert ids(matched(ours, [theirs], RULES).matches) == [("grouped group", ("a", "b"), (1,))]


def test_lines_of_a_batch_match_the_entry_that_is_named_like_it_by_their_sum() -> None:
    theirs = [line(60, group="a"), line(40, group="a", place=2)]
    assert ids(matched([entry("a")], theirs, RULES).matches) == [("grouped group", ("a",), (1, 2))]


def test_a_group_of_two_commodities_is_matched_in_each() -> None:
    ours = [entry("a", 60), entry("a", 7, commodity="USD", place=1)]
    theirs = [line(59, end_to_end="a"), line(1, end_to_end="a", place=2), line(8, end_to_end="a", commodity="USD")]
    assert ids(matched(ours, theirs, RULES).matches) == [("grouped end-to-end", ("a",), (1, 2))]


def test_logs_of_one_transaction_match_a_line_that_tells_only_the_transaction() -> None:
    ours = [entry("a", 60, chain="0xaa:1"), entry("b", 40, chain="0xaa:2", place=2)]
    assert ids(matched(ours, [line(chain="0xaa")], RULES).matches) == [("grouped chain", ("a", "b"), (1,))]


def test_a_group_that_is_one_unit_short_is_no_match() -> None:
    found = matched([entry("a", 101)], [line(60, end_to_end="a"), line(40, end_to_end="a", place=2)], RULES)
    assert not found.matches


def test_an_entry_and_its_reversal_that_they_never_had_are_a_contra() -> None:
    undone = entry("r", -100, place=2, reverses="a", kind="entry-reversed", at="2026-01-07T00:00:00Z")
    assert ids(matched([entry("a"), undone], [], RULES).matches) == [("contra", ("a", "r"), ())]


def test_a_contra_takes_all_movements_of_an_entry() -> None:
    both = [entry("a", 60), entry("a", 40, account="assets:annex:cash")]
    undone = [one._replace(id="r", amount=-one.amount, reverses="a", kind="entry-reversed", place=2) for one in both]
    assert ids(matched([*both, *undone], [], RULES).matches) == [("contra", ("a", "a", "r", "r"), ())]


UNDONE = entry("r", -100, place=2, reverses="a", kind="entry-reversed", twin="r")
CORRECTED = [entry("a", twin="t"), UNDONE, entry("b", twin="t", place=3)]
"""An entry, its reversal, and the same recorded again."""


@pytest.mark.parametrize(
    ("theirs", "key"),
    [
        pytest.param(line(), "amount-and-date", id="by amount and date"),
        pytest.param(line(reference="b"), "reference", id="named as what stands"),
        pytest.param(line(end_to_end="a"), "end-to-end", id="named as what was undone"),
        pytest.param(line(end_to_end="a", at="2026-01-08"), "end-to-end", id="named so, on another day"),
    ],
)
def test_a_line_is_what_was_recorded_in_the_place_of_an_entry_that_was_undone(theirs: Item, key: str) -> None:
    found = matched(CORRECTED, [theirs], RULES)
    assert ids(found.matches) == [(key, ("b",), (1,)), ("contra", ("a", "r"), ())]


def test_what_was_recorded_again_with_other_words_is_the_line_too() -> None:
    ours = [entry("a", twin="t"), UNDONE, entry("b", twin="u", place=3)]
    found = matched(ours, [line()], RULES)
    assert ids(found.matches) == [("amount-and-date", ("b",), (1,)), ("contra", ("a", "r"), ())]


def test_an_entry_of_several_that_a_line_is_the_sum_of_has_its_place_taken() -> None:
    ours = [entry("a", group="batch"), UNDONE, entry("b", place=3), entry("c", 7, group="batch", place=4)]
    found = matched(ours, [line(107, reference="batch")], RULES)
    assert ids(found.matches) == [("grouped group", ("b", "c"), (1,)), ("contra", ("a", "r"), ())]


def test_what_was_corrected_and_they_never_had_is_no_copy() -> None:
    found = matched(CORRECTED, [], RULES)
    assert ids(found.matches) == [("contra", ("a", "r"), ())]
    assert by_id(found.ours) == ["b"]


def test_what_was_corrected_where_they_undid_the_first_is_no_copy() -> None:
    theirs = [line(end_to_end="a"), line(-100, place=2, end_to_end="a", reverses="?", at="2026-01-08")]
    found = matched(CORRECTED, theirs, RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,)), ("end-to-end", ("r",), (2,))]
    assert by_id(found.ours) == ["b"]


def test_both_sides_may_undo_and_say_again() -> None:
    theirs = [line(reference="a"), line(-100, place=2, reverses="a"), line(place=3)]
    found = matched(CORRECTED, theirs, RULES)
    assert ids(found.matches) == [
        ("reference", ("a",), (1,)),
        ("reference", ("r",), (2,)),
        ("amount-and-date", ("b",), (3,)),
    ]


def test_what_they_undid_of_another_movement_keeps_nothing_from_giving_way() -> None:
    other = [line(reference="X", at="2026-01-07", place=2), line(-100, reverses="X", at="2026-01-08", place=3)]
    found = matched(CORRECTED, [line(end_to_end="a"), *other], RULES)
    assert ids(found.matches) == [
        ("end-to-end", ("b",), (1,)),
        ("contra", (), (2, 3)),
        ("contra", ("a", "r"), ()),
    ]


def test_an_entry_that_was_undone_is_no_copy_though_they_have_its_reversal() -> None:
    found = matched(CORRECTED, [line(reference="b"), line(-100, place=2)], RULES)
    assert ids(found.matches) == [("reference", ("b",), (1,)), ("amount-and-date", ("r",), (2,))]
    assert by_id(found.ours) == ["a"]


def test_an_entry_that_was_undone_is_a_line_where_too_few_stand() -> None:
    again = [UNDONE._replace(id="r2", reverses="b", place=4), entry("c", twin="t", place=5)]
    found = matched([*CORRECTED, *again], [line(), line(place=2)], RULES)
    assert ids(found.matches) == [
        ("amount-and-date", ("c",), (1,)),
        ("amount-and-date", ("b",), (2,)),
        ("contra", ("a", "r"), ()),
    ]
    assert by_id(found.ours) == ["r2"]


def test_an_entry_on_a_log_of_its_own_is_not_what_another_log_was() -> None:
    ours = [entry("a", chain="0xaa:1", twin="t"), UNDONE, entry("b", chain="0xbb:1", twin="t", place=3)]
    found = matched(ours, [line(chain="0xaa:1")], RULES)
    assert ids(found.matches) == [("chain", ("a",), (1,))]


def test_what_was_recorded_again_with_the_log_that_a_line_names_is_the_line() -> None:
    ours = [one._replace(chain="" if one.reverses else "0xaa:1") for one in CORRECTED]
    other = [line(reference="X", at="2026-01-07", place=2), line(-100, reverses="X", at="2026-01-08", place=3)]
    found = matched(ours, [line(chain="0xaa:1"), *other], RULES)
    assert ids(found.matches) == [("chain", ("b",), (1,)), ("contra", (), (2, 3)), ("contra", ("a", "r"), ())]


def test_an_entry_that_another_line_names_takes_the_place_of_none() -> None:
    found = matched(CORRECTED, [line(end_to_end="a"), line(99, end_to_end="b", place=2)], RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,))]
    assert ids(found.near) == [("end-to-end", ("b",), (2,))]


def test_a_reversal_of_what_they_have_may_be_any_line_of_its_amount_and_day() -> None:
    ours = [entry("a"), UNDONE, entry("w", -100, place=3)]
    found = matched(ours, [line(end_to_end="a"), line(-100, place=2)], RULES)
    assert ids(found.ambiguous) == [("amount-and-date", ("r", "w"), (2,))]


def test_what_was_undone_does_not_give_way_where_they_have_its_reversal_too() -> None:
    found = matched(CORRECTED, [line(), line(-100, place=2)], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (1,)), ("amount-and-date", ("r",), (2,))]
    assert by_id(found.ours) == ["b"]


def test_what_was_undone_does_not_give_way_where_a_line_may_be_its_reversal() -> None:
    found = matched(CORRECTED, [line(), line(-100, place=2, reverses="?", at="2026-01-08")], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (1,))]
    assert [(by_id(one.ours), by_place(one.theirs)) for one in found.suggestions] == [(["r"], [2])]


def test_an_entry_that_was_undone_is_the_line_where_only_it_can_be_meant() -> None:
    found = matched(CORRECTED[:2], [line()], RULES)
    assert ids(found.matches) == [("amount-and-date", ("a",), (1,))]
    assert by_id(found.ours) == ["r"]


def test_what_a_line_names_and_was_undone_gives_way_to_none_where_either_of_two_may_stand_for_it() -> None:
    ours = [entry("a"), UNDONE, entry("b", twin="t", place=3), entry("c", twin="u", place=4)]
    found = matched(ours, [line(end_to_end="a")], RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,))]
    assert by_id(found.ours) == ["r", "b", "c"]


def test_what_was_confirmed_stays_though_the_entry_was_undone() -> None:
    found = matched(CORRECTED, [line()], RULES, [confirmation(("a",), (identity(line()),))])
    assert ids(found.matches) == [("confirmed", ("a",), (1,))]


def test_a_copy_that_stands_beside_what_was_corrected_is_still_a_copy() -> None:
    found = matched([*CORRECTED, entry("c", twin="t", place=4)], [line()], RULES)
    assert ids(found.matches) == [("amount-and-date", ("b",), (1,)), ("contra", ("a", "r"), ())]
    assert [(copy.id, of.id) for copy, of in found.copies_ours] == [("c", "b")]


def test_an_entry_whose_reversal_undoes_only_a_part_is_no_contra() -> None:
    undone = entry("r", -99, place=2, reverses="a", kind="entry-reversed")
    assert not matched([entry("a"), undone], [], RULES).matches


def test_an_entry_of_nothing_alone_is_no_contra() -> None:
    assert not matched([entry("r", 0, reverses="a", kind="entry-reversed")], [], RULES).matches


@pytest.mark.parametrize("named", [line(reference="N2"), line(end_to_end="N2"), line(chain="N2")])
def test_a_reversal_undoes_the_line_that_bears_what_it_names(named: Item) -> None:
    undone = line(-100, place=3, reverses="N2", at="2026-01-07")
    found = matched([], [line(reference="N1"), named._replace(place=2), undone], RULES)
    assert ids(found.matches) == [("contra", (), (2, 3))]


def test_a_reversal_that_names_nothing_undoes_a_line_of_its_day() -> None:
    assert ids(matched([], [line(), line(-100, place=2, reverses="?")], RULES).matches) == [("contra", (), (1, 2))]


def test_a_reversal_that_names_nothing_undoes_no_later_line() -> None:
    undone = line(-100, place=2, reverses="?", at="2026-01-04")
    assert not matched([], [line(), undone], RULES).matches


def test_two_reversals_of_one_line_undo_it_at_most_once_and_so_not_at_all() -> None:
    undone = [line(-100, place=place, reverses="N7", text=str(place)) for place in (2, 3)]
    assert not matched([], [line(reference="N7"), *undone], RULES).matches


@pytest.mark.parametrize("reverses", ["N7", "?"])
def test_a_line_and_its_reversal_that_we_never_had_are_a_contra(reverses: str) -> None:
    undone = line(-100, place=2, reference="N7", reverses=reverses, at="2026-01-07")
    assert ids(matched([], [line(reference="N7"), undone], RULES).matches) == [("contra", (), (1, 2))]


def test_a_reversal_that_may_undo_either_of_two_lines_undoes_none() -> None:
    undone = line(-100, place=3, reverses="?", at="2026-01-07")
    assert not matched([], [line(place=1, reference="N1"), line(place=2, reference="N2"), undone], RULES).matches


def test_a_reversal_of_ours_is_the_line_that_undoes_what_the_original_is() -> None:
    undone = entry("r", -100, place=2, reverses="a", kind="entry-reversed", at="2026-01-07T00:00:00Z")
    theirs = [line(end_to_end="a"), line(-100, place=2, end_to_end="a", reverses="?", at="2026-01-08")]
    found = matched([entry("a"), undone], theirs, RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,)), ("end-to-end", ("r",), (2,))]


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param(line(-100, reverses="INV 7", at="2026-01-08"), id="named in the reversal"),
        pytest.param(line(-100, reverses="?", reference="INV 7", at="2026-01-08"), id="under one reference"),
    ],
)
def test_a_reversal_of_ours_is_known_by_what_the_original_is_referred_to_by(theirs: Item) -> None:
    undone = entry("r", -100, place=2, reverses="a", reference="", kind="entry-reversed")
    original = line(place=2, reference="INV 7")
    found = matched([entry("a", reference="INV 7"), undone], [theirs, original], RULES)
    assert ids(found.matches) == [("reference", ("a",), (2,)), ("reference", ("r",), (1,))]


def test_a_reversal_of_what_was_settled_before_is_known_by_its_id() -> None:
    undone = entry("r", -100, reverses="a", kind="entry-reversed")
    found = matched([undone], [line(-100, reverses="a", at="2026-01-08")], RULES)
    assert ids(found.matches) == [("reference", ("r",), (1,))]


def test_a_reversal_that_only_they_have_is_left() -> None:
    theirs = [line(end_to_end="a"), line(-100, place=2, end_to_end="a", reverses="?", at="2026-01-08")]
    found = matched([entry("a")], theirs, RULES)
    assert ids(found.matches) == [("end-to-end", ("a",), (1,))]
    assert by_place(found.theirs) == [2]


def test_days_within_the_tolerance_match_where_only_one_can_be_meant() -> None:
    found = matched([entry("a")], [line(at="2026-01-07")], Rules(day_tolerance=2))
    assert ids(found.matches) == [("within tolerance", ("a",), (1,))]


def test_amounts_within_the_tolerance_are_near_and_not_equal() -> None:
    found = matched([entry("a")], [line(99)], Rules(amount_tolerance=1))
    assert not found.matches
    assert ids(found.near) == [("within tolerance", ("a",), (1,))]


@pytest.mark.parametrize("theirs", [line(97, at="2026-01-07"), line(103, at="2026-01-03"), line(103)])
def test_the_tolerance_reaches_to_its_ends(theirs: Item) -> None:
    found = matched([entry("a")], [theirs], Rules(amount_tolerance=3, day_tolerance=2))
    assert ids(found.near) == [("within tolerance", ("a",), (1,))]


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param([line(at="2026-01-08")], id="a day too late"),
        pytest.param([line(at="2026-01-02")], id="a day too early"),
        pytest.param([line(98)], id="a unit too little"),
        pytest.param([line(102)], id="a unit too much"),
        pytest.param([line(commodity="USD")], id="another commodity"),
        pytest.param([line(at="2026-01-04"), line(at="2026-01-06")], id="two that may be meant"),
        pytest.param([line(99), line(101, place=2)], id="two amounts that may be meant"),
    ],
)
def test_the_tolerance_is_no_guess(theirs: list[Item]) -> None:
    found = matched([entry("a")], theirs, Rules(amount_tolerance=1, day_tolerance=2))
    assert not found.matches
    assert not found.near


def test_a_line_that_may_be_either_of_two_entries_within_the_tolerance_is_neither() -> None:
    ours = [entry("a", at="2026-01-04T00:00:00Z"), entry("b", at="2026-01-06T00:00:00Z", place=2)]
    found = matched(ours, [line()], Rules(day_tolerance=2))
    assert not found.matches


def test_two_chain_references_are_never_within_a_tolerance() -> None:
    found = matched([entry("a", chain="0xaa")], [line(chain="0xbb", at="2026-01-06")], Rules(day_tolerance=2))
    assert not found.matches


def test_a_line_that_names_an_entry_is_within_no_tolerance_of_another() -> None:
    ours = [entry("a", 50), entry("b", place=2)]
    found = matched(ours, [line(end_to_end="a", at="2026-01-06")], Rules(day_tolerance=2))
    assert ids(found.near) == [("end-to-end", ("a",), (1,))]


def test_one_key_and_two_amounts_are_near() -> None:
    assert ids(matched([entry("a")], [line(-100, end_to_end="a")], RULES).near) == [("end-to-end", ("a",), (1,))]


def test_a_reversal_is_not_near_to_what_it_undoes() -> None:
    found = matched([entry("a")], [line(-100, end_to_end="a", reverses="?")], RULES)
    assert not found.near
    assert by_place(found.theirs) == [1]


def test_a_near_line_that_stands_twice_is_near_once_and_a_copy() -> None:
    found = matched([entry("a")], [line(95, end_to_end="a"), line(95, end_to_end="a", place=2)], RULES)
    assert ids(found.near) == [("end-to-end", ("a",), (1,))]
    assert by_place(copy for copy, _ in found.copies_theirs) == [2]


def test_an_entry_under_two_ids_is_near_once_and_a_copy() -> None:
    ours = [entry("a", chain="0xaa:1", twin="t"), entry("b", chain="0xaa:1", twin="t", place=2)]
    found = matched(ours, [line(95, chain="0xaa:1")], RULES)
    assert ids(found.near) == [("chain", ("a",), (1,))]
    assert by_id(copy for copy, _ in found.copies_ours) == ["b"]


def test_a_payment_in_parts_is_near_as_a_whole() -> None:
    parts = matched([entry("a")], [line(95, end_to_end="a"), line(4, end_to_end="a", place=2)], RULES)
    assert ids(parts.near) == [("end-to-end", ("a",), (2, 1))]  # in the order of what they say
    logs = [entry("a", chain="0xaa:1", twin="t"), entry("b", chain="0xaa:1", twin="u")]
    assert ids(matched(logs, [line(95, chain="0xaa:1")], RULES).near) == [("chain", ("a", "b"), (1,))]


def test_a_charge_that_bears_the_key_of_a_payment_is_no_part_of_it() -> None:
    found = matched([entry("a")], [line(95, end_to_end="a"), line(-4, end_to_end="a", kind="fee", place=2)], RULES)
    assert ids(found.near) == [("end-to-end", ("a",), (1,))]
    assert by_place(found.theirs) == [2]


def test_where_several_of_either_bear_one_key_and_other_amounts_none_is_near() -> None:
    ours = [entry("a", chain="0xaa:1", twin="t"), entry("b", chain="0xaa:1", twin="t")]
    assert not matched(ours, [line(95, chain="0xaa:1"), line(95, chain="0xaa:1")], RULES).near


def test_lines_that_are_not_matched_bear_their_identity_and_equal_ones_a_number() -> None:
    found = matched([], [line(), line(place=2), line(7)], RULES)
    digest = identity(line())
    assert Counter(by_id(found.theirs)) == Counter([digest, f"{digest}#2", identity(line(7))])


def test_an_identity_from_the_paper_before_is_kept() -> None:
    digest = identity(line())
    found = matched([], [line(), line(place=2, id=f"{digest}#2"), line(place=3)], RULES)
    assert by_id(found.theirs) == [digest, f"{digest}#2", f"{digest}#3"]


def confirmation(ours: tuple[str, ...], theirs: tuple[str, ...], at: str = "2026-02-01T00:00:00Z") -> Confirmed:
    return Confirmed(ours, theirs, person="accountant", at=at, reason="one payment in two parts")


def test_what_was_confirmed_is_matched_before_any_key() -> None:
    theirs = [line(60), line(40, place=2), line(place=3)]
    said = confirmation(("a",), (identity(theirs[0]), identity(theirs[1])))
    found = matched([entry("a")], theirs, RULES, [said])
    assert ids(found.matches) == [("confirmed", ("a",), (1, 2))]
    assert by_place(found.theirs) == [3]


def test_two_equal_lines_are_confirmed_by_their_number_and_not_by_which() -> None:
    digest = identity(line(50))
    found = matched(
        [entry("a")], [line(50, place=1), line(50, place=2)], RULES, [confirmation(("a",), (digest, f"{digest}#2"))]
    )
    assert ids(found.matches) == [("confirmed", ("a",), (1, 2))]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(("a", "gone"), (identity(line(90)),), id="an entry is not there"),
        pytest.param(("a",), (identity(line(90)), identity(line(10))), id="a line is not there"),
        pytest.param(("a",), (identity(line(90)), identity(line(90))), id="a line is there once only"),
        pytest.param(("a",), (identity(line(90)),), id="the sums differ"),
        pytest.param((), (), id="nothing is named"),
    ],
)
def test_a_confirmation_that_does_not_hold_is_ignored(ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    assert not matched([entry("a")], [line(90)], RULES, [confirmation(ours, theirs)]).matches


def test_of_two_confirmations_of_one_entry_the_earlier_counts() -> None:
    theirs = [line(at="2026-01-08"), line(at="2026-01-09", place=2)]
    early = confirmation(("a",), (identity(theirs[1]),), "2026-02-01T00:00:00Z")
    late = confirmation(("a",), (identity(theirs[0]),), "2026-02-02T00:00:00Z")
    assert ids(matched([entry("a")], theirs, RULES, [late, early]).matches) == [("confirmed", ("a",), (2,))]


def test_pairs_are_exact_and_of_one_each() -> None:
    ours = [entry("a"), entry("b", 7, place=2), entry("c", 7, place=3)]
    theirs = [line(reference="a"), line(7, place=2)]
    assert exact_pairs(ours, theirs, KEYS) == ((ours[0], theirs[0]),)


def test_pairs_by_strong_keys_alone_leave_out_amount_and_date() -> None:
    assert exact_pairs([entry("a")], [line()], KEYS) == ((entry("a"), line()),)
    assert not exact_pairs([entry("a")], [line()], KEYS, strong_only=True)


def test_several_lines_that_sum_to_an_entry_are_suggested_the_smallest_set_only() -> None:
    theirs = [line(60), line(30, place=2), line(10, place=3), line(40, place=4)]
    (found,) = matched([entry("a")], theirs, RULES).suggestions
    assert found.rule == "2 lines sum to one entry, at most 0 days apart"
    assert (by_id(found.ours), by_place(found.theirs)) == (["a"], [1, 4])


def test_several_entries_that_sum_to_a_line_are_suggested() -> None:
    (found,) = matched(
        [entry("a", 60), entry("b", 40, place=2, at="2026-01-04T00:00:00Z")], [line()], RULES
    ).suggestions
    assert found.rule == "2 entries sum to one line, at most 1 day apart"
    assert (by_id(found.ours), found.amount) == (["a", "b"], 100)


def test_parts_of_its_own_sign_are_suggested_before_others() -> None:
    theirs = [line(130), line(-30, place=2), line(50, place=3), line(30, place=4), line(20, place=5)]
    (found,) = matched([entry("a")], theirs, RULES).suggestions
    assert by_place(found.theirs) == [3, 4, 5]


def test_one_amount_on_days_apart_is_suggested_as_a_pair_the_nearest_first() -> None:
    theirs = [line(at="2026-01-09"), line(at="2026-01-07", place=2)]
    (found,) = matched([entry("a")], theirs, RULES).suggestions
    assert by_place(found.theirs) == [2]
    assert (
        found.rule
        == "one entry and one line have one amount, 2 days apart; of this amount 1 entry and 2 lines are left"
    )


def test_no_sum_is_suggested_over_more_days_than_a_movement_is_in_transit() -> None:
    found = matched([entry("a")], [line(60, at="2026-01-11"), line(40)], RULES)
    assert not found.suggestions


def test_one_amount_that_no_other_has_is_suggested_however_many_days_apart() -> None:
    (found,) = matched([entry("a")], [line(at="2026-03-30")], RULES).suggestions
    assert found.rule == "one entry and one line have one amount, 84 days apart"


def test_one_amount_that_another_has_too_is_not_suggested_over_more_days_than_in_transit() -> None:
    found = matched([entry("a")], [line(at="2026-01-11"), line(at="2026-01-12")], RULES)
    assert not found.suggestions


def test_the_nearest_are_searched_where_not_all_may_be() -> None:
    theirs = [line(60, at="2026-01-01"), line(61, place=2), line(39, place=3), line(40, place=4, at="2026-01-02")]
    found = matched([entry("a")], theirs, Rules(search_entries=2))
    assert [by_place(one.theirs) for one in found.suggestions] == [[2, 3]]


def test_what_is_in_a_pair_is_in_no_sum() -> None:
    theirs = [line(at="2026-01-06"), line(60, place=2), line(40, place=3)]
    (found,) = matched([entry("a")], theirs, RULES).suggestions
    assert by_place(found.theirs) == [1]


def test_so_many_suggestions_are_told_and_no_more() -> None:
    ours = [entry(f"e{place}", 1_000 + place, place=place) for place in range(150)]
    theirs = [line(one.amount, place=one.place, at="2026-01-07") for one in ours]
    found = matched(ours, theirs, RULES).suggestions
    assert [one.amount for one in found] == list(range(1_000, 1_100))


@pytest.mark.parametrize("rules", [Rules(search_parts=0), Rules(search_entries=0), Rules(search_entries=1)])
def test_where_nothing_may_be_searched_no_sum_is_suggested(rules: Rules) -> None:
    assert not matched([entry("a")], [line(60), line(40, place=2)], rules).suggestions


NAMES = st.sampled_from(["", "", "e0", "e1", "e2", "N"])
DAYS = st.sampled_from(["2026-01-05", "2026-01-06", "2026-01-08"])
AMOUNTS = st.integers(-2, 3)
CHAINS = st.sampled_from(["", "", "", "0xaa", "0xaa:1", "0xaa:2", "0xbb:1"])
COMMODITIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])


@st.composite
def entries(draw: st.DrawFn) -> list[Item]:
    """Entries under ids of their own; some undo others, some are twins, some came together."""
    return [
        entry(
            f"e{number}",
            draw(AMOUNTS),
            place=number,
            at=f"{draw(DAYS)}T0{draw(st.integers(0, 2))}:00:00Z",
            chain=draw(CHAINS),
            commodity=draw(COMMODITIES),
            group=draw(NAMES),
            twin=draw(st.sampled_from(["", "t"])),
            reverses=draw(st.sampled_from(["", "", "e0", "e1"])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


@st.composite
def lines(draw: st.DrawFn) -> list[Item]:
    """Lines in a file: some word for word the same, some that name entries, some that undo others."""
    return [
        line(
            draw(AMOUNTS),
            place=number,
            at=draw(DAYS),
            chain=draw(CHAINS),
            commodity=draw(COMMODITIES),
            end_to_end=draw(NAMES),
            reference=draw(NAMES),
            group=draw(NAMES),
            reverses=draw(st.sampled_from(["", "", "", "N", "?"])),
        )
        for number in range(draw(st.integers(0, 6)))
    ]


RULES_DRAWN = st.builds(
    Rules,
    keys=st.permutations(KEYS).flatmap(lambda keys: st.integers(1, 4).map(lambda number: tuple(keys[:number]))),
    amount_tolerance=st.integers(0, 1),
    day_tolerance=st.integers(0, 2),
)


def ours_of(found: Matched) -> list[Item]:
    """Every entry that the result holds, once for each place."""
    groups = (*found.matches, *found.near, *found.ambiguous)
    return [*(one for group in groups for one in group.ours), *(copy for copy, _ in found.copies_ours), *found.ours]


def theirs_of(found: Matched) -> list[Item]:
    """Every line that the result holds, once for each place, without its identity."""
    groups = (*found.matches, *found.near, *found.ambiguous)
    every = (
        *(one for group in groups for one in group.theirs),
        *(copy for copy, _ in found.copies_theirs),
        *found.theirs,
    )
    return [one._replace(id="") for one in every]


def anywhere(found: Matched) -> str:
    """What was found, whichever file a line is of and wherever it stands there."""

    def moved(value: object) -> object:
        if isinstance(value, Item):
            return value._replace(place=0, file=0)
        if isinstance(value, tuple):
            return tuple(moved(one) for one in value)
        return value

    return repr(moved(found))


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN)
def test_every_movement_is_in_exactly_one_place(ours: list[Item], theirs: list[Item], rules: Rules) -> None:
    found = matched(ours, theirs, rules)
    assert Counter(ours_of(found)) == Counter(ours)
    assert Counter(theirs_of(found)) == Counter(theirs)


def differs(one: Match | Suggestion) -> bool:
    return sum(item.amount for item in one.ours) != sum(item.amount for item in one.theirs)


def is_of_several_commodities(one: Match | Suggestion) -> bool:
    return len({item.commodity for item in (*one.ours, *one.theirs)}) > 1


def groups_of(found: Matched) -> list[Match | Suggestion]:
    return [*found.matches, *found.near, *found.ambiguous, *found.suggestions]


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN)
def test_matches_and_suggestions_have_equal_sums(ours: list[Item], theirs: list[Item], rules: Rules) -> None:
    found = matched(ours, theirs, rules)
    suggested = (one for one in found.suggestions if not one.rule.endswith("any may be any"))
    assert not [one for one in found.matches if differs(one)]
    assert not [one for one in suggested if differs(one)]


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN)
def test_nothing_is_matched_across_commodities(ours: list[Item], theirs: list[Item], rules: Rules) -> None:
    assert not [one for one in groups_of(matched(ours, theirs, rules)) if is_of_several_commodities(one)]


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN, data=st.data())
def test_the_order_of_the_input_changes_nothing(
    ours: list[Item], theirs: list[Item], rules: Rules, data: st.DataObject
) -> None:
    found = matched(data.draw(st.permutations(ours)), data.draw(st.permutations(theirs)), rules)
    assert found == matched(ours, theirs, rules)


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN, data=st.data())
def test_one_file_or_two_say_the_same(ours: list[Item], theirs: list[Item], rules: Rules, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(theirs)))
    second = [one._replace(file=1, place=place) for place, one in enumerate(theirs[cut:])]
    assert anywhere(matched(ours, [*theirs[:cut], *second], rules)) == anywhere(matched(ours, theirs, rules))


@given(ours=entries(), theirs=lines(), rules=RULES_DRAWN)
def test_lines_that_are_not_matched_have_identities_of_their_own(
    ours: list[Item], theirs: list[Item], rules: Rules
) -> None:
    found = matched(ours, theirs, rules)
    matched_lines = sum(len(one.theirs) for one in found.matches)
    groups = (*found.near, *found.ambiguous)
    named = {one.id for group in groups for one in group.theirs}
    named |= {copy.id for copy, _ in found.copies_theirs} | {one.id for one in found.theirs}
    assert "" not in named
    assert len(named) == len(theirs) - matched_lines


@st.composite
def corrected_books(draw: st.DrawFn) -> list[list[Item]]:
    """Entries, each some times undone and recorded again, in lists of what came of one."""
    books = []
    for number in range(draw(st.integers(1, 5))):
        amount, twin = draw(AMOUNTS.filter(bool)), draw(st.sampled_from("tuv"))
        recorded = [entry(f"e{number}-0", amount, twin=twin, place=100 * number)]
        for again in range(1, draw(st.integers(1, 3))):
            wrong = recorded[-1].id
            undone = entry(f"{wrong}-undone", -amount, reverses=wrong, kind="entry-reversed", twin=f"of {wrong}")
            right = entry(f"e{number}-{again}", amount, twin=twin)
            recorded += [undone._replace(place=recorded[-1].place + 1), right._replace(place=recorded[-1].place + 2)]
        books.append(recorded)
    return books


def mirrored(one: Item, *, is_named: bool, is_told: bool) -> Item:
    """An entry as they have it too: with its name, and a reversal told as such, days later where it is named."""
    said = line(one.amount, place=one.place, reference=(one.reverses or one.id) if is_named else "")
    if not (one.reverses and is_told):
        return said
    return said._replace(reverses=one.reverses, at="2026-01-08") if is_named else said._replace(reverses="?")


@given(books=corrected_books(), data=st.data())
def test_a_book_with_corrected_entries_is_what_its_own_statement_says(
    books: list[list[Item]], data: st.DataObject
) -> None:
    theirs = [
        line(recorded[-1].amount, end_to_end=data.draw(st.sampled_from(["", *by_id(recorded[::2])])), place=place)
        for place, recorded in enumerate(books)
    ]
    found = matched([one for recorded in books for one in recorded], theirs, RULES)
    assert (found.ours, found.theirs, found.ambiguous) == ((), (), ())
    assert (found.copies_ours, found.copies_theirs) == ((), ())


@given(books=corrected_books(), is_named=st.booleans(), is_told=st.booleans())
def test_a_book_with_corrected_entries_is_what_a_statement_with_the_same_corrections_says(
    *, books: list[list[Item]], is_named: bool, is_told: bool
) -> None:
    ours = [one for recorded in books for one in recorded]
    theirs = [mirrored(one, is_named=is_named, is_told=is_told) for one in ours]
    found = matched(ours, theirs, RULES)
    assert (found.ours, found.theirs, found.ambiguous) == ((), (), ())
    assert (found.copies_ours, found.copies_theirs) == ((), ())


@given(number=st.integers(1, 6), data=st.data())
def test_a_twin_changes_no_other_match(number: int, data: st.DataObject) -> None:
    ours = [entry(f"e{one}", data.draw(AMOUNTS), place=one, twin=f"t{one}") for one in range(number)]
    theirs = [line(one.amount, place=one.place, end_to_end=one.id) for one in ours]
    chosen = data.draw(st.sampled_from(range(number)))
    twin = ours[chosen]._replace(id="twin", end_to_end="twin", reference="twin", place=99)
    again = theirs[chosen]._replace(place=99)
    found = matched([*ours, twin], theirs, RULES)
    assert found.matches == matched(ours, theirs, RULES).matches == matched(ours, [*theirs, again], RULES).matches
    assert [(copy.id, of.id) for copy, of in found.copies_ours] == [("twin", f"e{chosen}")]


@given(ours=entries(), theirs=lines())
def test_pairs_are_of_equal_amounts_and_no_order_changes_them(ours: list[Item], theirs: list[Item]) -> None:
    pairs = exact_pairs(ours, theirs, KEYS)
    assert pairs == exact_pairs(ours[::-1], theirs[::-1], KEYS)
    assert all(one.amount == other.amount and one.commodity == other.commodity for one, other in pairs)
    assert len({one.id for one, _ in pairs}) == len(pairs)
