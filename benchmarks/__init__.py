"""Measurements beside real keepalived, in pairs, in one run; medians and ratios."""
