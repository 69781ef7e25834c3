"""What to label next, which labels to doubt, and how far annotators agree: numpy and scikit-learn, no torch."""
