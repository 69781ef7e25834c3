"""Dated prices and what a run or a request costs."""
