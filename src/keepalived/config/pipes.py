"""The pipes of the globals, as the processes hold them.

Rule: one path, one pipe; the program that reads `notify_fifo` is started by one process alone.
"""

from __future__ import annotations

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.core.notify.pipes import ReadPipe
from keepalived.lang.values import Command
from keepalived.port.pipe import Pipe
from keepalived.records import replace


def router_pipes(settings: Globals | None) -> tuple[ReadPipe, ...]:
    """Give the pipes that are told of virtual routers."""
    if settings is None:
        return ()
    return _pipes(
        (settings.notify_fifo, settings.notify_fifo_script),
        (settings.vrrp_notify_fifo, settings.vrrp_notify_fifo_script),
    )


def director_pipes(config: Config) -> tuple[ReadPipe, ...]:
    """Give the pipes that are told of services and servers.

    Where there are virtual routers, their process starts the reader of `notify_fifo`.
    """
    settings = checkers_globals(config)
    if settings is None:
        return ()
    return _pipes(
        (settings.notify_fifo, settings.notify_fifo_script),
        (settings.lvs_notify_fifo, settings.lvs_notify_fifo_script),
    )


def checkers_globals(config: Config) -> Globals | None:
    """Give the globals as the checker process has them, also when it is told no more than that."""
    static = config.static_addresses or config.static_routes or config.static_rules
    if config.globals is None or not (config.instances or static):
        return config.globals
    return replace(config.globals, notify_fifo_script=None)


def _pipes(*given: tuple[tuple[str, ...], Command | None]) -> tuple[ReadPipe, ...]:
    found: dict[str, ReadPipe] = {}
    for words, reader in given:
        if words:
            path, user, group = (*words, "", "")[:3]
            found.setdefault(path, ReadPipe(Pipe(path, user, group), reader))
    return tuple(found.values())
