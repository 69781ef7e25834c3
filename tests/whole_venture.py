"""The worked venture with every document filled, in yuan, so that each section has rows."""

import copy

import yaml

from kit.paths import shipped

RAW = yaml.safe_load((shipped("playbooks") / "support-routing" / "playbook.yaml").read_text(encoding="utf-8"))

GUESS = {"source": {"kind": "guess", "ref": "test"}}
SURVEY = {"source": {"kind": "survey", "ref": "test"}}


def money(value=None, *, low=None, high=None, currency="CNY", kind="guess", **more):
    ends = {"value": value} if low is None else {"low": low, "high": high}
    return {**ends, "currency": currency, "date": "2026-10-01", "source": {"kind": kind, "ref": "test"}, **more}


def line(month, kind, amount, name="seats", *, rate=0.0, quantity=None, currency="CNY", tax="excluded", **more):
    counted = {"quantity": quantity} if quantity is not None else {}
    return {"month": month, "kind": kind, "line": name, "amount": amount, "currency": currency, "tax": tax,
            "tax_rate": rate, **counted, **more}


def invoice(number, issued, due, amount, *, paid=None, account="A", rate=0.06, tax="excluded", currency="CNY"):
    return {"number": number, "issued": issued, "due": due, "amount": amount, "currency": currency, "tax": tax,
            "tax_rate": rate, "account": account, **({"paid": paid} if paid else {})}


DEMAND = {
    "segments": [{"id": "shops", "name": "online shops", "accounts": {"value": 8000, **GUESS}}],
    "pains": [
        {"id": "misroute", "segment": "shops", "pain": "tickets reach the wrong team",
         "loss_per_account_per_year": money(low=60_000, high=200_000), "reach": {"value": 0.4, **SURVEY}},
        {"id": "slow", "segment": "shops", "pain": "answers take a day", "loss_per_account_per_year": money(30_000)},
    ],
    "interviews": [
        *({"date": f"2026-09-{day:02d}", "segment": "shops", "pain": "misroute", "hurt": 2 + day % 2, "who": "head of "
           "service", "quote": f"talk {day}"} for day in range(1, 10)),
        {"date": "2026-09-20", "segment": "shops", "hurt": 0, "quote": "we have no such trouble"},
    ],
    "pilots": [
        {"account": "A", "segment": "shops", "talk": {"date": "2026-05-01"}, "letter_of_intent": {
            "date": "2026-05-21", "amount_per_month": money(20_000)}, "pilot": {"date": "2026-06-01"},
         "paying": {"date": "2026-08-01", "amount_per_month": money(18_000)},
         "hours_saved_per_month": {"value": 60, **SURVEY}},
        {"account": "B", "segment": "shops", "talk": {"date": "2026-05-11"}, "pilot": {"date": "2026-06-10"},
         "lost": "2026-08-20", "hours_saved_per_month": {"value": 20, **SURVEY}},
        {"account": "C", "segment": "shops", "talk": {"date": "2026-07-01"}, "pilot": {"date": "2026-09-01"}},
    ],
}
MONTHS = ("2026-08", "2026-09", "2026-10")
ACTUALS = {
    "opening_cash": money(900_000, kind="invoice"),
    "lines": [
        *(line(month, "revenue", 40_000 + 5_000 * n, quantity=2 + n, rate=0.06) for n, month in enumerate(MONTHS)),
        *(line(month, "revenue", 3_000, "setup", quantity=1, rate=0.06) for month in MONTHS[1:]),
        line("2026-09", "revenue", 1_000, "export", quantity=1, currency="USD"),
        *(line(month, "cost", 106_000, "people", tax="included", rate=0.06) for month in MONTHS),
        line("2026-10", "tax", 1_500, "vat"), line("2026-09", "capital", 200_000, "seed"),
        line("2026-08", "receipt", 1_060, "cards", tax="included", rate=0.06),
    ],
    "invoices": [
        invoice("1", "2026-08-31", "2026-11-29", 40_000, paid="2026-10-30"),
        invoice("2", "2026-09-30", "2026-12-29", 48_000, account="B"),
        invoice("3", "2026-10-31", "2027-01-29", 53_000),
        invoice("4", "2026-09-15", "2026-10-15", 1_000, currency="USD", rate=0.0, account="C"),
    ],
    "balances": [{"month": "2026-10", "amount": 825_000, "currency": "CNY"}],
    "rates": [{"month": "2026-09", "currency": "USD", "rate": 7.0}],
    "observed": [
        {"place": "customers.new_accounts_per_month", "value": 2, "date": "2026-10-31"},
        {"place": "customers.churn_per_month", "value": 0.06, "date": "2026-10-31"},
        {"place": "costs.support_per_account", "value": 150, "date": "2026-10-31", "low": 80, "high": 200},
        {"place": "pricing.price", "value": 0.2, "date": "2026-10-31"},
    ],
    "plan": {"made": "2026-07-31", "exchange_rates": {"USD": 7.2}, "lines": [
        *(line(month, "revenue", 42_000, quantity=2, rate=0.06) for month in MONTHS),
        line("2026-10", "revenue", 2_000, "setup", quantity=1, rate=0.06),
        *(line(month, "cost", 95_000, "people") for month in MONTHS),
        line("2026-10", "receipt", 44_520, "seats", tax="included", rate=0.06), line("2026-09", "tax", 2_520, "vat"),
    ]},
}
SPECIFICS = {
    "capital_spent": money(1_500_000, kind="invoice"),
    "to_match": {
        "data_rows": {"value": 40_000, **GUESS}, "cost_per_row": money(low=0.4, high=1.0),
        "cost_per_device_hour": money(12, kind="price"), "person_days": {"low": 60, "high": 160, **GUESS},
        "cost_per_person_day": money(1_500), "months": {"value": 6, **GUESS}},
    "fresh": [
        {"date": "2026-08-01", "requests": 400, "unlike": 20, "right": 376},
        {"date": "2026-09-01", "requests": 400, "unlike": 36, "right": 368},
        {"date": "2026-10-01", "requests": 400, "unlike": 60, "right": 360},
    ],
    "lead": [
        {"date": "2026-06-01", "rival": "gpt", "ours": 0.94, "theirs": 0.84, "rows": 500},
        {"date": "2026-10-01", "rival": "gpt", "ours": 0.94, "theirs": 0.89, "rows": 500},
        {"date": "2026-10-01", "rival": "other", "ours": 0.94, "theirs": 0.86, "rows": 500},
    ],
}
POSITIONING = {
    "alternatives": [
        {"id": "desk", "name": "agents route by hand", "kind": "status quo", "today": "read each ticket"},
        {"id": "api", "name": "hosted model with a prompt", "kind": "API wrapper", "measured_as": "gpt",
         "claim": "no training needed", "source": {"kind": "price", "ref": "vendor page"}, "date": "2026-10-01",
         "price_per_1k": money(low=1.0, high=2.0, kind="price")},
        {"id": "bot", "name": "bot of the help desk", "kind": "incumbent", "price_per_1k": money(90, kind="price"),
         "quality": {"value": 0.97, "date": "2026-10-01", "source": {"kind": "price", "ref": "vendor page"}}},
    ],
    "powers": [
        {"power": "counter-positioning", "claim": "paid by the right answer", "benefit": "no seats to defend",
         "barrier": "an incumbent would lose its seats", "evidence": [
             {"text": "two of three refused", "source": {"kind": "survey", "ref": "calls"}, "date": "2026-10-01"}]},
        {"power": "branding", "claim": "known in the trade"},
    ],
}
PERMISSIONS = {
    "users": "internal", "markets": ["cn", "eu"], "base_model": "Qwen/Qwen3-8B", "generates": True,
    "shapes_opinion": True, "work_starts": "2026-11-01",
    "costs": {"cn_filing": money(300_000), "cn_algorithm_filing": money(low=20_000, high=60_000)},
}
USD = {"value": 7.1, "date": "2026-10-01", "source": {"kind": "price", "ref": "test"}}


def whole(**places):
    """Every document; more changes by place such as `permissions__users`."""
    documents = {"demand": DEMAND, "actuals": ACTUALS, "specifics": SPECIFICS, "positioning": POSITIONING,
                 "permissions": PERMISSIONS,
                 "currency": "CNY", "exchange_rates": {"USD": USD},
                 "evidence_costs": {
                     "per_test_row": money(1.5), "per_interview": money(400), "per_pilot": money(30_000)},
                 "owners": {"pricing": "Li", "targets": "Wang"},
                 "fit": {"very_disappointed": {"value": 12, **SURVEY}, "valid_answers": {"value": 30, **SURVEY}}}
    raw = copy.deepcopy({**RAW, **documents})
    for place, value in places.items():
        *path, last = place.split("__")
        node = raw
        for part in path:
            node = node[part]
        node[last] = value
    return raw
