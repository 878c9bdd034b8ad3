"""Checkers: one file a kind, each with its words and its side of the conversation."""
