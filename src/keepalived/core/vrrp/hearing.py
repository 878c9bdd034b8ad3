"""What an admitted advert means to a backup and to a master (RFC 9568 section 6.4).

Rule: a judgement, nothing more; the machine acts on it.
"""

from __future__ import annotations

from enum import Enum

from keepalived.core.vrrp.dialect import OWNER_PRIORITY
from keepalived.wire.addresses import Address


class AsBackup(Enum):
    """What a backup makes of an advert."""

    RESIGNATION = "the master gives up: wait for the skew alone"
    FOLLOW = "a master to follow: wait anew"
    OUTRANK = "a master that ranks below us: wait on, and displace it"


class AsMaster(Enum):
    """What a master makes of an advert."""

    RESIGNATION = "somebody gives up: say that we are here"
    YIELD = "somebody ranks above us"
    CONTEST = "somebody ranks below us: say that we are here, tell the link again"
    OWNER_BELOW = "another one says that it owns the addresses, from a lower address"
    ECHO = "our own address says it"


def as_backup(theirs: int, ours: int, patient: bool) -> AsBackup:
    """Judge as a backup; a `patient` one does not displace a lesser master (now, or at all)."""
    if theirs == 0:
        return AsBackup.RESIGNATION
    if theirs >= ours or patient:
        return AsBackup.FOLLOW
    return AsBackup.OUTRANK


def as_master(theirs: tuple[int, Address], ours: tuple[int, Address]) -> AsMaster:
    """Judge as a master: priorities first, then addresses as numbers."""
    (their_priority, source), (own_priority, own) = theirs, ours
    if their_priority == 0:
        return AsMaster.RESIGNATION
    them, us = (their_priority, int(source)), (own_priority, int(own))
    if them == us:
        return AsMaster.ECHO
    if them > us:
        return AsMaster.YIELD
    two_owners = their_priority == own_priority == OWNER_PRIORITY
    return AsMaster.OWNER_BELOW if two_owners else AsMaster.CONTEST
