"""Processes, signals, reload and the loop: what turns machines into a daemon."""
