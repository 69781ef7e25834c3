"""The plan: which rows make which step, and how a step is cut over processes and micro-batches."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.data.plan import PlanSettings, partition, plan_steps, prediction_batches

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=120)


def ragged_lengths(count, seed=0):
    return np.random.default_rng(seed).integers(3, 64, size=count)


def padding(batches, lengths):
    return sum(max(lengths[row] for row in rows) * len(rows) - sum(lengths[row] for row in rows) for rows in batches)


@given(lengths=LENGTHS, size=st.integers(1, 40), seed=st.integers(0, 2**32 - 1), epochs=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_every_epoch_holds_each_row_once(lengths, size, seed, epochs):
    steps = plan_steps(lengths, PlanSettings(seed, float(epochs), size))
    for epoch in range(epochs):
        seen = Counter(row for step in steps if step.epoch == epoch for row in step.rows)
        assert seen == Counter(range(len(lengths)))
    assert [step.index for step in steps] == list(range(len(steps)))
    assert [step.epoch for step in steps] == sorted(step.epoch for step in steps)


@given(count=st.integers(1, 300), size=st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_all_steps_are_full_but_for_one_ragged_one(count, size):
    sizes = Counter(len(step.rows) for step in plan_steps(ragged_lengths(count), PlanSettings(0, 1.0, size)))
    expected = Counter({size: count // size, count % size: 1 if count % size else 0})
    assert sizes == +expected


@given(lengths=LENGTHS, budget=st.integers(1, 400), seed=st.integers(0, 999))
@settings(max_examples=80, deadline=None)
def test_no_step_is_padded_beyond_max_tokens_but_for_one_long_row(lengths, budget, seed):
    steps = plan_steps(lengths, PlanSettings(seed, 1.0, max_tokens=budget))
    assert Counter(row for step in steps for row in step.rows) == Counter(range(len(lengths)))
    for step in steps:
        assert len(step.rows) == 1 or max(lengths[row] for row in step.rows) * len(step.rows) <= budget


def test_max_tokens_fills_its_steps():
    lengths = ragged_lengths(400)
    steps = plan_steps(lengths, PlanSettings(0, 1.0, max_tokens=512))
    assert sum(lengths) / (512 * len(steps)) > 0.85


def test_the_same_seed_plans_the_same_steps_and_another_seed_others():
    lengths = ragged_lengths(150)
    plan = plan_steps(lengths, PlanSettings(7, 2.0, 16))
    assert plan == plan_steps(list(lengths), PlanSettings(7, 2.0, 16))
    assert plan != plan_steps(lengths, PlanSettings(8, 2.0, 16))
    assert [s.rows for s in plan if s.epoch == 0] != [s.rows for s in plan if s.epoch == 1]


def test_a_longer_run_begins_with_the_steps_of_a_shorter_one():
    lengths = ragged_lengths(150)
    short = plan_steps(lengths, PlanSettings(7, 1.0, 16))
    assert plan_steps(lengths, PlanSettings(7, 3.0, 16))[: len(short)] == short


@pytest.mark.parametrize("epochs, steps", [(0.5, 5), (1.0, 10), (1.3, 13), (2.5, 25), (0.01, 1)])
def test_a_fraction_of_an_epoch_is_that_share_of_its_steps(epochs, steps):
    assert len(plan_steps(ragged_lengths(100), PlanSettings(0, epochs, 10))) == steps


def test_a_fraction_of_an_epoch_takes_no_row_twice():
    steps = plan_steps(ragged_lengths(100), PlanSettings(0, 1.3, 10))
    assert max(Counter(row for s in steps if s.epoch == 1 for row in s.rows).values()) == 1


def test_max_steps_ends_the_plan_whatever_the_epochs():
    lengths = ragged_lengths(100)
    full = plan_steps(lengths, PlanSettings(0, 3.0, 10))
    assert plan_steps(lengths, PlanSettings(0, 3.0, 10, max_steps=12)) == full[:12]
    assert plan_steps(lengths, PlanSettings(0, 3.0, 10, max_steps=99)) == full


def test_no_rows_make_no_steps():
    assert plan_steps([], PlanSettings(0, 3.0, 10)) == []


@given(lengths=LENGTHS, world_size=st.integers(1, 7), micro_size=st.none() | st.integers(1, 9), data=st.data())
@settings(max_examples=120, deadline=None)
def test_the_parts_of_a_step_hold_each_of_its_rows_once(lengths, world_size, micro_size, data):
    rows = data.draw(st.lists(st.sampled_from(range(len(lengths))), unique=True, min_size=1))
    parts = [
        partition(rows, lengths, rank=rank, world_size=world_size, micro_size=micro_size) for rank in range(world_size)
    ]
    assert Counter(row for mine in parts for part in mine for row in part) == Counter(rows)
    assert all(part for mine in parts for part in mine)
    shares = [sum(map(len, mine)) for mine in parts]
    assert max(shares) - min(shares) <= 1
    if micro_size:
        assert all(len(part) <= micro_size for mine in parts for part in mine)


def test_a_rank_without_rows_gets_an_empty_list():
    assert partition([4], [9] * 5, rank=1, world_size=2, micro_size=None) == []


def test_buckets_need_a_fraction_of_the_padding_of_a_random_order():
    lengths = ragged_lengths(640)
    planned = [step.rows for step in plan_steps(lengths, PlanSettings(0, 1.0, 16))]
    order = np.random.default_rng(1).permutation(len(lengths))
    shuffled = [order[i : i + 16] for i in range(0, len(order), 16)]
    assert padding(planned, lengths) < 0.2 * padding(shuffled, lengths)


def test_steps_do_not_run_from_short_to_long():
    lengths = ragged_lengths(640)
    widths = [max(lengths[row] for row in step.rows) for step in plan_steps(lengths, PlanSettings(0, 1.0, 16))]
    assert abs(np.corrcoef(widths, range(len(widths)))[0, 1]) < 0.5


@given(lengths=LENGTHS, size=st.integers(1, 64))
@settings(max_examples=40, deadline=None)
def test_prediction_takes_each_row_once_and_the_longest_first(lengths, size):
    batches = prediction_batches(lengths, size=size)
    order = [row for batch in batches for row in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[row] for row in order] == sorted(lengths, reverse=True)
    assert max(map(len, batches)) <= size
