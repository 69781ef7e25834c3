"""The look before the first step: what would make a run worthless or unlawful, all of it at once."""
