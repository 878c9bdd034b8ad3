"""The machines: pure, event in, effects out; no clock, no socket, no chance of their own."""
