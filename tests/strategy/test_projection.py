"""The projection against a slow ledger of single invoices, and the cash identity on any inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import VentureError
from kit.strategy.plan import CostLine, Customers, Plan, Role, Terms
from kit.strategy.projection import paid_after, project, sales, steady_growth
from kit.strategy.states import State

close = pytest.approx


def start_up(growth, collection_days=0.0, months=36):
    """1.5 M in the bank, 50,000 a month of revenue, 200,000 of flat expenses."""
    return project(Plan(customers=steady_growth(revenue_per_month=50_000, growth_per_month=growth),
                        opening_cash=1_500_000, months=months, costs=(CostLine("all", per_month=200_000),),
                        terms=Terms(collection_days=collection_days)))


def test_case_u14_projection_agrees_with_default_alive():
    found = start_up(0.12)
    assert found.cash_out_month is State.NEVER and found.break_even_month == 13
    assert found.lowest_cash == close(301_455.46, abs=0.005)


def test_case_u14b_projection_runs_dry_in_month_11():
    found = start_up(0.05)
    assert found.cash_out_month == 11 and found.cash[11] == close(-104_143.67, abs=0.005)


def test_ninety_days_to_collect_turn_alive_into_dead():
    found = start_up(0.12, collection_days=90)
    # three months of 200,000 pass before the first invoice is paid: 301,455.46 - 600,000
    assert found.lowest_cash == close(-298_544.54, abs=0.005) and found.lowest_cash_month == 15
    assert found.cash_out_month == 10
    assert found.break_even_month == 13  # the profit and loss account notices nothing


def test_one_small_plan_by_hand():
    plan = Plan(
        customers=Customers(new_per_month=[10, 0, 0], price_per_month=100, churn_by_age=0.1, deposit_months=1),
        opening_cash=5_000, months=3,
        costs=(CostLine("inference", per_account=20, is_cogs=True, is_prepaid=True),
               CostLine("ads", per_new_account=50)),
        staff=(Role("engineer", headcount=1, salary_per_month=400),),
        terms=Terms(collection_days=30, supplier_days=30, vat_rate=0.1, social_charge_rate=0.25),
        prepaid_compute=[300, 0, 0], capital_raised=[0, 1_000, 0])
    found = project(plan)
    assert found.accounts == close([10, 9, 8.1]) and found.revenue == close([1000, 900, 810])
    assert found.cogs == close([200, 180, 162]) and found.other_costs == close([1000, 500, 500])  # 500 = 400 x 1.25
    assert found.operating_result == close([-200, 220, 148])
    # in: deposits 10 x 100, then the invoices with VAT a month later
    assert found.cash_in == close([1000, 1100, 990])
    # out, month 0: salary 500 + credit 300; month 1: ads 500 + salary 500 + VAT 100 + deposit 100;
    # month 2: the 80 of inference beyond the credit + salary 500 + VAT 90 + deposit 90
    assert found.cash_out == close([800, 1200, 760])
    assert found.cash == close([5200, 6100, 6330])
    assert found.prepaid_compute == close([100, 0, 0]) and found.deposits == close([1000, 900, 810])
    assert found.gross_margin() == close([0.8, 0.8, 0.8])
    assert found.rows()[1]["cash"] == close(6100) and found.rows()[1]["month"] == 1


def test_annual_customers_pay_ahead_and_leave_at_renewal_only():
    found = project(Plan(
        customers=Customers(new_per_month=[10] + [0] * 13, price_per_month=100, churn_by_age=[0.1] * 6 + [0.0],
                            annual_share=1, annual_discount=0.2), opening_cash=0, months=14))
    assert found.accounts == close([10] * 12 + [10 * 0.9**6] * 2)
    assert found.revenue[:12] == close([800] * 12)
    assert found.invoiced[0] == close(9600) and found.invoiced[1:12] == close([0] * 11)
    assert found.prepayments[0] == close(8800) and found.prepayments[11] == close(0)
    assert found.invoiced[12] == close(9600 * 0.9**6)


def test_parts_of_a_month_are_split():
    assert paid_after(np.array([100.0, 0, 0, 0]), 1.5) == close([0, 50, 50, 0])
    assert paid_after(np.array([100.0, 200]), 0) == close([100, 200])
    assert paid_after(np.array([100.0, 200]), 7) == close([0, 0])


def test_before_revenue_the_margin_is_undefined():
    found = project(Plan(customers=Customers(new_per_month=0, price_per_month=10, churn_by_age=0.1),
                         opening_cash=100, months=12, costs=(CostLine("rent", per_month=10),)))
    assert set(found.gross_margin()) == {State.UNDEFINED}
    assert found.break_even_month is State.NEVER and found.cash_out_month == 10  # 100 lasts to month 9 exactly


@pytest.mark.parametrize(("change", "words"), [
    ({"price_per_month": -5}, "price_per_month is -5.*negative"),
    ({"churn_by_age": 5}, r"churn_by_age\[0\] is 5.*type 0\.05"),
    ({"new_per_month": [1, 2]}, "new_per_month has 2 values for 12 months"),
    ({"annual_share": 40}, r"annual_share is 40.*type 0\.4"),
    ({"churn_by_age": []}, "churn_by_age is empty"),
])
def test_refusals_name_the_field(change, words):
    with pytest.raises(VentureError, match=words):
        project(Plan(customers=Customers(**{"new_per_month": 1, "price_per_month": 10, "churn_by_age": 0.1, **change}),
                     opening_cash=0, months=12))


def test_a_cost_line_names_itself_when_refused():
    with pytest.raises(VentureError, match=r"costs\.ads\.per_month is -1"):
        project(Plan(customers=steady_growth(revenue_per_month=1, growth_per_month=0), opening_cash=0,
                     costs=(CostLine("ads", per_month=-1),)))
    with pytest.raises(VentureError, match=r"months is 500.*from 1 to 120"):
        Plan(customers=steady_growth(revenue_per_month=1, growth_per_month=0), opening_cash=0, months=500)


share = st.floats(0, 1)


def series(draw, months, top):
    return draw(st.lists(st.floats(0, top), min_size=months, max_size=months))


@st.composite
def plans(draw):
    months = draw(st.integers(1, 40))
    customers = Customers(
        new_per_month=series(draw, months, 50), price_per_month=series(draw, months, 500),
        churn_by_age=draw(st.lists(st.floats(0, 0.5), min_size=1, max_size=6)),
        opening_accounts=draw(st.floats(0, 100)), expansion_per_month=draw(st.floats(-0.05, 0.05)),
        annual_share=draw(share), annual_discount=draw(share), deposit_months=draw(st.floats(0, 3)))
    line = st.builds(CostLine, st.just("line"), per_month=st.floats(0, 1e4), per_account=st.floats(0, 50),
                     per_new_account=st.floats(0, 500), share_of_revenue=share, is_cogs=st.booleans(),
                     is_prepaid=st.booleans())
    role = st.builds(Role, st.just("role"), headcount=st.floats(0, 10), salary_per_month=st.floats(0, 1e4),
                     is_cogs=st.booleans())
    terms = st.builds(Terms, collection_days=st.floats(0, 200), supplier_days=st.floats(0, 120), vat_rate=share,
                      vat_after_months=st.integers(0, 12), social_charge_rate=share)
    return Plan(customers=customers, opening_cash=draw(st.floats(-1e6, 1e6)), months=months,
                costs=tuple(draw(st.lists(line, max_size=3))), staff=tuple(draw(st.lists(role, max_size=2))),
                terms=draw(terms), capital_raised=series(draw, months, 1e6),
                prepaid_compute=series(draw, months, 1e4))


@settings(max_examples=60, deadline=None)
@given(plan=plans())
def test_cash_reconciles_with_the_result_to_the_cent(plan):
    found = project(plan)
    change = {name: np.diff(getattr(found, name), prepend=0.0) for name in
              ("receivables", "prepayments", "deposits", "vat_owed", "payables", "prepaid_compute")}
    expected = (found.operating_result + found.capital_raised - change["receivables"] + change["prepayments"]
                + change["deposits"] + change["vat_owed"] + change["payables"] - change["prepaid_compute"])
    moved = np.diff(found.cash, prepend=plan.opening_cash)
    assert np.abs(moved - expected).max() < 0.01
    for name in ("receivables", "prepayments", "deposits", "vat_owed", "payables", "prepaid_compute"):
        assert getattr(found, name).min() > -0.01, f"{name} fell below zero"


def ledger(plan):
    """Each cohort's invoices one by one: accounts, revenue and invoices by month, what is unearned, what is unpaid."""
    c, months = plan.customers, plan.months
    accounts, revenue, invoiced = np.zeros(months), np.zeros(months), np.zeros(months)
    unearned = unpaid = 0.0
    lag = plan.terms.collection_days / 30
    churn = [c.churn_by_age[min(age, len(c.churn_by_age) - 1)] for age in range(months)]

    def alive(age):
        return float(np.prod([1 - rate for rate in churn[:age]]))

    def invoice(month, amount):
        nonlocal unpaid
        invoiced[month] += amount
        late = min(1.0, max(0.0, lag - (months - 1 - month)))  # the part that falls due after the last month
        unpaid += amount * (1 + plan.terms.vat_rate) * late

    for cohort in range(months):
        yearly = c.new_per_month[cohort] * c.annual_share
        monthly = c.new_per_month[cohort] - yearly + (c.opening_accounts if cohort == 0 else 0)
        for month in range(cohort, months):
            age = month - cohort
            left = monthly * alive(age)
            accounts[month] += left
            sum_due = left * c.price_per_month[month] * (1 + c.expansion_per_month) ** age
            revenue[month] += sum_due
            invoice(month, sum_due)
            if age % 12 == 0:
                kept = yearly * alive(age)
                rent = kept * c.price_per_month[month] * (1 + c.expansion_per_month) ** age * (1 - c.annual_discount)
                invoice(month, 12 * rent)
                for later in range(month, month + 12):
                    if later < months:
                        accounts[later] += kept
                        revenue[later] += rent
                    else:
                        unearned += rent
    return accounts, revenue, invoiced, unearned, unpaid


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_cohorts_and_balances_equal_a_ledger_of_single_invoices(plan):
    found = project(plan)
    accounts, revenue, invoiced, unearned, unpaid = ledger(plan)
    assert found.accounts == close(accounts, abs=1e-6) and found.revenue == close(revenue, abs=1e-4)
    assert found.invoiced == close(invoiced, abs=1e-4)
    assert found.prepayments[-1] == close(unearned, abs=0.01) and found.receivables[-1] == close(unpaid, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(plan=plans(), days=st.floats(1, 100))
def test_later_payment_never_helps_cash(plan, days):
    later = Terms(**{**vars(plan.terms), "collection_days": plan.terms.collection_days + days})
    slow = project(Plan(**{**vars(plan), "terms": later}))
    fast = project(plan)
    assert np.all(slow.cash <= fast.cash + 0.01) and np.allclose(slow.operating_result, fast.operating_result)


def test_deposits_follow_the_accounts_that_paid_them():
    sold = sales(Customers(new_per_month=[4, 0], price_per_month=10, churn_by_age=0.5, opening_accounts=100,
                           deposit_months=2), 2)
    assert sold.deposits == close([80, 40])  # the opening accounts hold none
