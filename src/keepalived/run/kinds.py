"""The kinds of children, and how each builds the brain and the adapters that it runs on.

Rule: a daemon without a kind of child never imports what it is made of. With it, the parent does,
once and before the fork: pages that nobody writes to are shared by all three processes.
"""

from __future__ import annotations

from collections.abc import Callable

from keepalived.annotations import Protocol
from keepalived.config.root import Config
from keepalived.core.host import Host
from keepalived.linux.lives import Lives
from keepalived.linux.port import LinuxWorld, Log
from keepalived.port.words import Word
from keepalived.records import dataclass, field
from keepalived.run.loop import Loop
from keepalived.run.options import Options


@dataclass(slots=True)
class Built:
    """A child that is ready to hear `Started`."""

    host: Host
    world: LinuxWorld
    settled: Callable[[], bool] = lambda: True
    """Says whether everything that was asked of the kernel is done; a stop waits for it."""
    facts: Callable[[], dict[str, object]] = dict
    """What the process itself adds to its status."""
    close: Callable[[], None] = lambda: None
    """Ends what must not outlive the process."""
    failed: str = ""
    """Why it cannot run at all; nothing else counts then."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a child is built with."""

    loop: Loop
    options: Options
    log: Log
    tell: Callable[[Word], None]
    plane: str = ""
    """The plane that the parent chose."""
    lives: Lives | None = None
    """What the process before this one kept, and where this one keeps it."""


class Builder(Protocol):
    """Builds a child."""

    def __call__(self, config: Config, tools: Tools) -> Built:
        """Build it; its first events (links, addresses) are posted on the loop."""


def _vrrp_builder() -> Builder:
    from keepalived.run.vrrp_process import build

    return build


def _checker_builder() -> Builder:
    from keepalived.run.checker_process import build

    return build


def _bfd_builder() -> Builder:
    from keepalived.run.bfd_process import build

    return build


def _bfd_config(config: Config, host_name: str) -> object:
    from keepalived.config.views import speaker_config

    return speaker_config(config)


def _vrrp_config(config: Config, host_name: str) -> object:
    from keepalived.run.here import router_here

    return router_here(config, host_name)


def _checker_config(config: Config, host_name: str) -> object:
    from keepalived.config.views import director_config

    return director_config(config, host_name)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of child."""

    name: str
    identity: str
    """Under which it writes its log."""
    title: str
    """What the parent calls it in its log."""
    builder: Callable[[], Builder]
    """Imports what such a child is made of, and gives its builder."""
    view: Callable[[Config, str], object]
    """The child's own part of the configuration, for this host's name."""
    slack_us: int = field(default=0)


CHECKER = Kind(
    "checker",
    "Keepalived_healthcheckers",
    "Healthcheck",
    _checker_builder,
    _checker_config,
    slack_us=10_000,
)
VRRP = Kind("vrrp", "Keepalived_vrrp", "VRRP", _vrrp_builder, _vrrp_config)
BFD = Kind("bfd", "Keepalived_bfd", "BFD", _bfd_builder, _bfd_config)
KINDS = (CHECKER, VRRP, BFD)
"""In the order in which they are started."""


def wanted(kind: Kind, config: Config, options: Options) -> bool:
    """Say whether this configuration, with these options, has work for such a child."""
    if kind is VRRP:
        static = config.static_addresses or config.static_routes or config.static_rules
        return options.vrrp and (options.all_children or bool(config.instances or static))
    if kind is BFD:
        return options.bfd and (options.all_children or bool(config.bfd_instances))
    return options.checker and (options.all_children or bool(config.services))
