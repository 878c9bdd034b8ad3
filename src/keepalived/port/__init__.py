"""The words between the pure half and the world: events, effects, resources, talks, facts."""
