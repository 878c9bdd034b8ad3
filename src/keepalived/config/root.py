"""The whole file as one frozen value.

Rule: the top level's blocks, each in the order of the file.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.core.lvs.config import VirtualServer
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.words import block, many, part


@block("", doc="The file.")
class Config:
    """Everything that a keepalived.conf says."""

    globals: Globals | None = part(Globals, doc="What holds for the whole director.")
    sync_groups: tuple[SyncGroup, ...] = many(SyncGroup, doc="Groups of instances.")
    instances: tuple[VrrpInstance, ...] = many(VrrpInstance, doc="Virtual routers.")
    services: tuple[VirtualServer, ...] = many(VirtualServer, doc="Virtual servers.")
