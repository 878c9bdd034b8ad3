"""Bytes to values and back; nothing here keeps state, reads a clock or raises on bad input."""
