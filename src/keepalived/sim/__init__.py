"""The simulated world: the same machines under a seeded clock, network and kernel."""
