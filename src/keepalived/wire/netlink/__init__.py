"""Netlink, the language in which Linux is told about links, addresses and balanced services."""
