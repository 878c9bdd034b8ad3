"""The verbs of `port`, carried out on a real Linux kernel."""
