"""The configuration as a whole: text to Config and faults."""
