"""The faults: protections that a user relies on, each taken away, and the test of its room that notices.

Whoever rewrites a protected line writes the fault anew beside it: a fault that cannot be planted proves nothing.
"""

from tests.faults.planting import Fault

FAULTS = (
    Fault(
        "a relation that both sides prune is deleted twice",
        "zsync/planning/planner.py",
        "        seen.setdefault(sides, change)\n    return list(seen.values())",
        "        seen.setdefault(sides, change)\n    return [*seen.values(), *seen.values()]",
        "tests/planning/test_planner.py::test_a_relation_that_both_sides_prune_is_deleted_once",
    ),
    Fault(
        "the expiry is compared the wrong way",
        "zsync/files/plan.py",
        "expired = expires <= now",
        "expired = expires >= now",
        "tests/files/test_plan.py::test_a_plan_is_refused_from_its_end_on",
    ),
    Fault(
        "an answer with too few rows is read by place",
        "zsync/crm/door.py",
        "    if len(rows) != len(ids):\n        by_place.clear()\n",
        "",
        "tests/crm/test_rows.py::test_places_mean_nothing_in_an_answer_that_is_too_short",
    ),
    Fault(
        "page tokens go round in a circle",
        "zsync/crm/reader.py",
        "            if path in asked:",
        "            if False:",
        "tests/crm/test_requests.py::test_a_list_whose_pages_go_round_in_a_circle_ends",
    ),
    Fault(
        "a hidden list is planned",
        "zsync/planning/list_names.py",
        "        if not found.visible:",
        "        if False:",
        "tests/planning/test_list_names.py::test_a_hidden_and_an_unknown_list_stop_the_plan_together_each_at_its_place",
    ),
    Fault(
        "an unknown list does not stop the plan",
        "zsync/planning/planner.py",
        "_stop(unlisted + unresolved)",
        "_stop(unresolved)",
        "tests/planning/test_list_names.py::test_a_hidden_and_an_unknown_list_stop_the_plan_together_each_at_its_place",
    ),
    Fault(
        "a relation that one answer lacks counts as gone",
        "zsync/applying/settling.py",
        "        if gone:\n",
        "        if False:\n",
        "tests/applying/test_applier.py::"
        "test_a_relation_that_one_answer_lacks_is_looked_for_again_before_it_counts_as_gone",
    ),
    Fault(
        "a selector is ignored",
        "zsync/planning/planner.py",
        "[change for change in found if selected(change, origin.only)]",
        "list(found)",
        "tests/planning/test_origin.py::test_a_plan_holds_what_a_selector_asks_for_and_sends_nothing_else",
    ),
    Fault(
        "a selector of origins is ignored",
        "zsync/planning/origin.py",
        "one in (change.origin, change.action)",
        'one in (*("change", "drift"), change.action)',
        "tests/planning/test_origin.py::test_a_selector_is_an_origin_an_action_or_a_pattern",
    ),
    Fault(
        "a selector of actions is ignored",
        "zsync/planning/origin.py",
        "one in (change.origin, change.action)",
        'one in (change.origin, "create", "update", "delete")',
        "tests/planning/test_origin.py::test_a_selector_is_an_origin_an_action_or_a_pattern",
    ),
    Fault(
        "rows that slip between pages are missed",
        "zsync/planning/comparison.py",
        "            await _read(scope, listed, reader, check, seen)\n",
        "            pass\n",
        "tests/planning/test_comparison.py::test_rows_that_slip_between_pages_are_found_in_a_second_reading",
    ),
    Fault(
        "each of the calls that met 429 together halves the limit",
        "zsync/crm/limits.py",
        "        if epoch == self._epoch:\n",
        "        if True:\n",
        "tests/crm/test_limits.py::test_calls_that_were_turned_away_together_halve_the_limit_once",
    ),
    Fault(
        "the limit is halved once in a run and never again",
        "zsync/crm/limits.py",
        "            yield self._epoch\n",
        "            yield 0\n",
        "tests/crm/test_limits.py::test_each_call_that_was_made_and_turned_away_since_halves_it_again",
    ),
    Fault(
        "the credits of the moment get into every plan",
        "zsync/planning/guard_facts.py",
        '    if "credits" not in guards.names:',
        "    if False:",
        "tests/planning/test_guard_facts.py::"
        "test_the_credits_of_the_moment_are_in_no_plan_that_no_guard_on_credits_asks_for",
    ),
    Fault(
        "a journal's lines are not synced",
        "zsync/applying/journal.py",
        "            os.fsync(self._file.fileno())\n",
        "",
        "tests/applying/test_journal.py::test_each_line_and_the_files_name_are_on_the_disk_before_anything_goes_on",
    ),
    Fault(
        "a journal's name is not synced",
        "zsync/applying/journal.py",
        "        sync_folder(folder)\n",
        "",
        "tests/applying/test_journal.py::test_each_line_and_the_files_name_are_on_the_disk_before_anything_goes_on",
    ),
    Fault(
        "a file takes its place before it is on the disk",
        "zsync/files/writing.py",
        "            os.fsync(file.fileno())\n",
        "",
        "tests/files/test_writing.py::test_the_content_is_on_the_disk_before_it_takes_its_place",
    ),
)
