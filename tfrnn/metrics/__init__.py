"""Scores and the honest baselines beside them, one file a family."""
