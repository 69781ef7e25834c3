"""The rows of the worksheets: which assumptions stand in them, and the formula of every other row.

A formula reads rows that stand before it. `{currency}` in a unit is the venture's currency; keys that end in `_usd` are
in dollars whatever that is.
"""

from __future__ import annotations

from kit.strategy.value import Payer, PriceMetric
from kit.strategy.venture import Venture

MONEY = "{currency}"

# section, key, place in the venture, unit
GIVEN: tuple[tuple[str, str, str, str], ...] = (
    ("request", "price", "pricing.price", MONEY),
    ("request", "human_cost_per_request", "customers.human_cost_per_request", MONEY),
    ("request", "human_error_rate", "customers.human_error_rate", "fraction"),
    ("request", "cost_per_human_error", "customers.cost_per_human_error", MONEY),
    ("request", "handoff_overhead", "costs.handoff_overhead", MONEY),
    ("request", "our_cost_per_handoff", "costs.our_cost_per_handoff", MONEY),
    ("request", "qa_share", "costs.qa_share", "fraction"),
    ("request", "qa_cost_per_check", "costs.qa_cost_per_check", MONEY),
    ("request", "requests_per_account", "customers.requests_per_account_per_month", "requests/month"),
    ("request", "accounts", "customers.accounts", "accounts"),
    ("request", "seats_per_account", "pricing.seats_per_account", "seats"),
    ("request", "min_replicas", "serving.min_replicas", "replicas"),
    ("request", "model_fixed_cost_per_month", "serving.fixed_cost_per_month", MONEY),
    ("unit_economics", "hosting_per_account", "costs.hosting_per_account", MONEY),
    ("unit_economics", "support_per_account", "costs.support_per_account", MONEY),
    ("unit_economics", "payment_fee_share", "costs.payment_fee_share", "fraction"),
    ("unit_economics", "base_churn_per_month", "customers.churn_per_month", "fraction/month"),
    ("unit_economics", "extra_churn_per_error_rate", "customers.extra_churn_per_error_rate", "ratio"),
    ("unit_economics", "sales_and_marketing_per_month", "costs.sales_and_marketing_per_month", MONEY),
    ("unit_economics", "new_accounts_per_month", "customers.new_accounts_per_month", "accounts/month"),
    ("market", "market_accounts", "market.accounts", "accounts"),
    ("market", "serviceable_share", "market.serviceable_share", "fraction"),
    ("market", "obtainable_share", "market.obtainable_share", "fraction"),
    ("market", "tam_top_down", "market.top_down_per_year", MONEY),
    ("technology", "api_input_tokens", "api.input_tokens", "tokens"),
    ("technology", "api_output_tokens", "api.output_tokens", "tokens"),
    ("technology", "api_input_price_per_mtok", "api.input_price_per_mtok", MONEY),
    ("technology", "api_output_price_per_mtok", "api.output_price_per_mtok", MONEY),
    ("technology", "api_error_rate", "api.error_rate", "fraction"),
    ("technology", "api_price_factor_per_year", "api.price_factor_per_year", "ratio"),
    ("capital", "cash", "capital.cash", MONEY),
    ("capital", "research_per_month", "costs.research_per_month", MONEY),
    ("capital", "overhead_per_month", "costs.overhead_per_month", MONEY),
    ("capital", "raised", "capital.raised", MONEY),
    ("capital", "pre_money", "capital.pre_money", MONEY),
    ("capital", "pool_share", "capital.pool_share", "fraction"),
)

# section, key, formula, unit
COMMON: tuple[tuple[str, str, str, str], ...] = (
    ("evaluation", "automation_rate", "right_share + wrong_share", "fraction"),
    ("evaluation", "accuracy_when_automated", "right_share / (right_share + wrong_share)", "fraction"),
    ("evaluation", "error_rate", "1 * wrong_share", "fraction"),
    ("request", "accounts_served", "max(1, accounts)", "accounts"),
    ("request", "requests_per_month", "accounts_served * requests_per_account", "requests/month"),
    ("request", "replicas", "max(min_replicas, ceil(requests_per_month / requests_per_replica_month))", "replicas"),
    ("request", "model_cost_per_month", "model_fixed_cost_per_month + replicas * replica_cost_per_month", MONEY),
    ("request", "model_cost_per_request", "model_cost_per_month / requests_per_month", MONEY),
    ("request", "revenue_per_request", "<revenue>", MONEY),
    ("request", "our_cost_per_request",
     "model_cost_per_request + qa_share * qa_cost_per_check + handed_share * <our handoff> + wrong_share * loss_us",
     MONEY),
    ("request", "customer_cost_per_request",
     "handed_share * (<customer handoff> + human_error_rate * cost_per_human_error) + wrong_share * loss_customer",
     MONEY),
    ("request", "today_cost_per_request", "human_cost_per_request + human_error_rate * cost_per_human_error", MONEY),
    ("request", "contribution_per_request", "revenue_per_request - our_cost_per_request", MONEY),
    ("request", "customer_value_per_request",
     "today_cost_per_request - customer_cost_per_request - revenue_per_request", MONEY),
    ("request", "cost_per_request", "our_cost_per_request + customer_cost_per_request", MONEY),
    ("request", "saving_per_request", "contribution_per_request + customer_value_per_request", MONEY),
    ("request", "cost_per_request_usd", "cost_per_request * usd_per_unit", "USD"),
    ("request", "saving_per_request_usd", "saving_per_request * usd_per_unit", "USD"),
    ("request", "contribution_per_request_usd", "contribution_per_request * usd_per_unit", "USD"),
    ("request", "customer_value_per_request_usd", "customer_value_per_request * usd_per_unit", "USD"),
    ("request", "margin_per_request", "contribution_per_request / revenue_per_request", "fraction"),
    ("request", "share_kept", "contribution_per_request / saving_per_request if saving_per_request > 0 else undefined",
     "fraction"),
    ("request", "is_deal",
     "(1 if customer_value_per_request > 0 else 0) if contribution_per_request > 0 else 0", "1 = yes, 0 = no"),
    ("unit_economics", "revenue_per_account", "revenue_per_request * requests_per_account", MONEY),
    ("unit_economics", "cogs_per_account", "our_cost_per_request * requests_per_account + hosting_per_account"
     " + support_per_account + payment_fee_share * revenue_per_account", MONEY),
    ("unit_economics", "margin_per_account", "revenue_per_account - cogs_per_account", MONEY),
    ("unit_economics", "gross_margin", "margin_per_account / revenue_per_account", "fraction"),
    ("unit_economics", "contribution_per_month", "accounts_served * margin_per_account", MONEY),
    ("unit_economics", "inference_efficiency", "revenue_per_request / model_cost_per_request if"
     " model_cost_per_request > 0 else (infinite if revenue_per_request > 0 else undefined)", "ratio"),
    ("unit_economics", "churn_per_month", "min(1, base_churn_per_month + extra_churn_per_error_rate * error_rate)",
     "fraction/month"),
    ("unit_economics", "ltv", "(0 if margin_per_account == 0 else (infinite if margin_per_account > 0 else undefined))"
     " if churn_per_month == 0 else margin_per_account / churn_per_month", MONEY),
    ("unit_economics", "ltv_capped_60_months", "60 * margin_per_account", MONEY),
    ("unit_economics", "cac", "sales_and_marketing_per_month / new_accounts_per_month", MONEY),
    ("unit_economics", "ltv_cac", "undefined if ltv < 0 else ltv / cac if cac > 0 else (infinite if ltv > 0"
     " else undefined)", "ratio"),
    ("unit_economics", "payback_months", "never if margin_per_account <= 0 else cac / margin_per_account", "months"),
    ("unit_economics", "payback_with_churn_months", "never if payback_months * churn_per_month >= 1 else ("
     "payback_months if payback_months <= 1 else (payback_months if churn_per_month == 0 else"
     " ln(1 - payback_months * churn_per_month) / ln(1 - churn_per_month)))", "months"),
    ("market", "tam", "market_accounts * 12 * revenue_per_account", MONEY),
    ("market", "sam", "tam * serviceable_share", MONEY),
    ("market", "som", "sam * obtainable_share", MONEY),
    ("market", "sam_top_down", "tam_top_down * serviceable_share", MONEY),
    ("market", "som_top_down", "sam_top_down * obtainable_share", MONEY),
    ("market", "market_disagreement", "(tam_top_down - tam) / tam", "fraction"),
    ("technology", "api_cost_per_request", "(api_input_tokens * api_input_price_per_mtok + api_output_tokens *"
     " api_output_price_per_mtok) / 1000000", MONEY),
    ("technology", "loss_per_error", "loss_us + loss_customer", MONEY),
    ("technology", "api_effective_cost_per_request", "api_cost_per_request + api_error_rate * loss_per_error", MONEY),
    ("technology", "model_effective_cost_per_request",
     "model_cost_per_request + (1 - accuracy) * loss_per_error", MONEY),
    ("technology", "lead_over_api", "accuracy - (1 - api_error_rate)", "fraction"),
    ("technology", "api_cost_per_month", "api_cost_per_request * requests_per_month", MONEY),
    ("technology", "gain_of_a_full_replica",
     "api_cost_per_request * requests_per_replica_month - replica_cost_per_month", MONEY),
    ("technology", "break_even_replicas", "never if gain_of_a_full_replica <= 0 else max(max(1, min_replicas),"
     " ceil(model_fixed_cost_per_month / gain_of_a_full_replica))", "replicas"),
    ("technology", "break_even_requests_per_month", "(model_fixed_cost_per_month + break_even_replicas *"
     " replica_cost_per_month) / api_cost_per_request", "requests/month"),
    ("technology", "months_until_api_undercuts", "0 if api_cost_per_month <= model_cost_per_month else (never if"
     " api_price_factor_per_year >= 1 else (never if model_cost_per_month == 0 else"
     " 12 * ln(model_cost_per_month / api_cost_per_month) / ln(api_price_factor_per_year)))", "months"),
    ("capital", "net_burn_per_month", "sales_and_marketing_per_month + research_per_month + overhead_per_month"
     " - accounts * margin_per_account", MONEY),
    ("capital", "runway_months", "cash_generating if net_burn_per_month <= 0 else cash / net_burn_per_month", "months"),
    ("capital", "runway_after_round_months",
     "cash_generating if net_burn_per_month <= 0 else (cash + raised) / net_burn_per_month", "months"),
    ("capital", "net_new_arr_per_month",
     "12 * revenue_per_account * (new_accounts_per_month - churn_per_month * accounts)", MONEY),
    ("capital", "burn_multiple", "cash_generating if net_burn_per_month <= 0 else (undefined if"
     " net_new_arr_per_month <= 0 else net_burn_per_month / net_new_arr_per_month)", "ratio"),
    ("capital", "dilution", "raised / (pre_money + raised)", "fraction"),
    ("capital", "founders_after_round", "1 - dilution - pool_share", "fraction"),
)


def formulas_of(venture: Venture) -> list[tuple[str, str, str, str]]:
    """Every derived row, with the price metric and the payer of a hand-off put in."""
    ours = venture.costs.handoff_payer is Payer.US
    parts = {
        "<revenue>": {
            PriceMetric.OUTCOME: "price * right_share",
            PriceMetric.USAGE: "1 * price",
            PriceMetric.SEAT: "price * seats_per_account / requests_per_account",
        }[venture.pricing.metric],
        "<our handoff>": "our_cost_per_handoff" if ours else "0",
        "<customer handoff>": "0" if ours else "(human_cost_per_request + handoff_overhead)",
    }
    rows = []
    for section, key, formula, unit in COMMON:
        for mark, text in parts.items():
            formula = formula.replace(mark, text)
        rows.append((section, key, formula, unit.replace(MONEY, venture.currency)))
    return rows
