"""Rows written without sight of the patterns keep the recall and precision they had when first measured."""

from tests.data.pii_fifth_generator import measure


def test_rows_written_blind_are_found_with_few_misses_and_few_false_alarms():
    planted, found, hits, right, faults = measure()
    assert planted.total() > 1500
    assert found.total() / planted.total() >= 0.98, faults
    assert right.total() / hits.total() >= 0.95, faults
