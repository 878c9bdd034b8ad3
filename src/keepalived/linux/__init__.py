"""The real world: how changes and datagrams reach Linux, and how Linux is heard."""
