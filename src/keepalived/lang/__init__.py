"""The grammar of keepalived.conf and nothing of its vocabulary."""
