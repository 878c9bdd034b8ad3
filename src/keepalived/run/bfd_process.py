"""The BFD child: the speaker's brain on UDP sockets.

Rule: the standard library alone, and of that only what a packet needs.
"""

from __future__ import annotations

import contextlib

from keepalived.config.root import Config
from keepalived.config.views import speaker_config
from keepalived.core.bfd.speaker import Speaker
from keepalived.core.host import Host
from keepalived.linux.bfd_sockets import BfdSockets
from keepalived.linux.clock import SystemDice
from keepalived.linux.port import LinuxWorld
from keepalived.port.words import BfdSaid, Word
from keepalived.run.bulletin import DOWN, UP
from keepalived.run.kinds import Built, Tools


def build(config: Config, tools: Tools) -> Built:
    """Build it; nothing of the host is to be learned before."""
    # By default the kernel may ring 50 microseconds late, to spare wakings.
    with contextlib.suppress(OSError), open("/proc/self/timerslack_ns", "w") as slack:
        slack.write("1")
    dice = SystemDice()
    sockets = BfdSockets(tools.loop, dice.below)

    def tell(word: Word) -> None:
        if tools.lives is not None and isinstance(word, BfdSaid):
            # The parent remembers what was said; this is for the parent after that one.
            tools.lives.keep(word.instance, UP if word.up else DOWN)
        tools.tell(word)

    world = LinuxWorld(log=tools.log, tell=tell, endpoints=sockets)
    return Built(Host(Speaker(speaker_config(config), dice)), world, close=sockets.close)
