"""The states of a virtual router, the moves between them, and every reason for a move.

Rule: both lists are closed. A machine moves only along MOVES and only with a member of Why.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """What a virtual router is, in the words that operators see."""

    INIT = "INIT"
    """Not begun, or ended."""
    BACKUP = "BACKUP"
    MASTER = "MASTER"
    FAULT = "FAULT"


MOVES: dict[State, frozenset[State]] = {
    State.INIT: frozenset({State.BACKUP, State.MASTER, State.FAULT}),
    State.BACKUP: frozenset({State.MASTER, State.FAULT, State.INIT}),
    State.MASTER: frozenset({State.BACKUP, State.FAULT, State.INIT}),
    State.FAULT: frozenset({State.BACKUP, State.INIT}),
}
"""Where each state may lead."""


class Why(Enum):
    """Why a virtual router is what it is: a sentence, and where a standard asks for it."""

    STARTED = ("it starts", "RFC 3768 6.4.1")
    OWNER = ("this router owns the addresses (priority 255)", "RFC 3768 6.4.1")
    SILENCE = ("no advert was heard for the master-down time", "RFC 3768 6.4.2")
    RESIGNED = ("the master gave up with priority 0", "RFC 3768 6.4.2")
    PREEMPTION = ("the master heard has a lower priority", "RFC 3768 6.4.2")
    JOINED = ("the group that it joined leads already", "")
    HIGHER_PRIORITY = ("a master of higher priority was heard", "RFC 3768 6.4.3")
    HIGHER_ADDRESS = ("a master of equal priority and higher address was heard", "RFC 3768 6.4.3")
    ADDRESS_TAKEN = ("somebody removed an address that the master holds", "")
    GROUP_FOLLOWS = ("a member of its group no longer leads", "")
    GROUP_FAULT = ("a member of its group is at fault", "")
    RECOVERED = ("the fault is over", "")
    LINK_DOWN = ("the link is down", "")
    LINK_MISSING = ("there is no such link", "")
    NO_SOURCE = ("the link has no address to send adverts from", "")
    NO_SOCKET = ("its socket cannot be opened, so that it hears nobody", "")
    NO_PEER = ("it is to speak to peers alone and has none", "")
    KEY_MISSING = ("the file of its key cannot be used", "")
    TRACKED = ("what it tracks bars it", "")
    UNTESTED = ("what it tracks has no result yet, or its own link is not made yet", "")
    OUTLIVED = ("its process died and another took its place before a peer could lead", "")
    OUTWAITED = ("its process died, and was away for longer than peers wait", "")
    HANDED_OVER = ("it was asked to hand over, and a peer leads", "")
    SLEPT = ("its timer ran so late that another one will have led meanwhile", "")
    DUPLICATE_ID = ("another instance has the same virtual_router_id on this link", "")
    STOPPING = ("the daemon stops", "RFC 3768 6.4.3")
    REMOVED = ("the configuration no longer has it", "")

    def __init__(self, sentence: str, section: str) -> None:
        self.sentence = sentence
        self.section = section
        """Where a standard asks for it; empty where none does."""
