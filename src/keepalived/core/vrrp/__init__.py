"""Failover: who leads a virtual router, and what the leader holds and says."""
