"""How long the money half takes: 20,000 draws of a full venture, and a light import."""

import subprocess
import sys
import time

import pytest
from synthetic_runs import ACCURATE, rows_of

from kit.playbooks import load
from kit.strategy.draws import DRAWS
from kit.strategy.measured import MeasuredRun, Runs
from kit.strategy.rows import Rows
from kit.strategy.worksheet import worksheets

pytestmark = pytest.mark.slow


def test_twenty_thousand_draws_of_every_worksheet_take_less_than_a_second():
    table = rows_of(*ACCURATE)
    rows = Rows.from_columns({c: [row[c] for row in table] for c in ("split", "correct", "confidence", "error_class")})
    run, venture = MeasuredRun("good", "2026-11-20", rows, {}), load()
    worksheets(venture, Runs(run))  # the first call reads the labels and parses the formulas
    seconds = min(_seconds(lambda: worksheets(venture, Runs(run))) for _ in range(5))
    print(f"{DRAWS} draws of every worksheet: {seconds:.3f} s")
    assert DRAWS == 20_000 and seconds < 1


def _seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.mark.parametrize(("module", "limit_s"), [
    ("kit.strategy", 0.5), ("kit.commands.money", 0.5), ("kit.strategy.worksheet", 0.8),  # the last has numpy and scipy
])
def test_the_import_is_light_and_loads_no_torch(module, limit_s):
    # processor time, because the clock on the wall also counts what else the machine does
    code = (f"import sys, time; start = time.process_time(); import {module};"
            "print(time.process_time() - start, 'torch' in sys.modules)")
    outs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
            for _ in range(3)]
    print(f"import {module}: {min(float(out[0]) for out in outs):.3f} s")
    assert min(float(out[0]) for out in outs) < limit_s and {out[1] for out in outs} == {"False"}


def test_the_worksheets_load_neither_torch_nor_streamlit():
    code = ("import kit.strategy.worksheet, kit.strategy.report, kit.strategy.acceptance, sys;"
            "print({'torch', 'streamlit', 'transformers'} & set(sys.modules))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "set()"
