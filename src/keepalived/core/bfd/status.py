"""What the BFD half shows of itself: plain data, ready to be written as JSON.

Rule: a picture of the sessions at one moment; times are spans in microseconds, ending now.
"""

from __future__ import annotations

from keepalived.core.bfd.machine import Session
from keepalived.port.brain import Snapshot
from keepalived.wire.bfd import diagnostic_text


def session_status(session: Session, now: int) -> Snapshot:
    """Show one session."""
    config, peer = session.config, session.peer
    return {
        "name": config.name,
        "state": session.state.name,
        "for_us": now - session.since,
        "why": session.why.value,
        "neighbour": str(config.neighbor_ip),
        "source": None if config.source_ip is None else str(config.source_ip),
        "multihop": config.multihop,
        "passive": config.passive,
        "cannot_speak": session.barred,
        "diagnostic": diagnostic_text(session.diagnostic),
        "peer_diagnostic": diagnostic_text(session.peer_diagnostic),
        "peer_state": None if peer is None else peer.state.name,
        "discriminator": session.discriminator,
        "peer_discriminator": None if peer is None else peer.my_discriminator,
        "interval_us": session.interval_us,
        "detection_us": session.detection_us,
        "polling": session.polling,
        "sent": session.sent,
        "heard": session.heard,
        "refused": session.refused,
        "fell": session.fell,
    }
