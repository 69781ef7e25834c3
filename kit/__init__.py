"""moatkit: fine-tune, prove, price and plan."""

__version__ = "0.1.0"
