"""Reading the file where the daemon is to run: in the network namespace that it names.

Rule: links and addresses are those of that namespace, for `-t` and for a start alike.
"""

from __future__ import annotations

from keepalived.run.config_test import Verdict, examine
from keepalived.run.options import Options
from keepalived.run.sources import setting


class Unreachable(Exception):
    """The namespace cannot be entered; the text says why."""


def examined(options: Options) -> Verdict:
    """Hold the file against the host, from within the namespace that is asked for.

    This process is in it from then on. Raises Unreachable.
    """
    if options.namespace:
        _enter(options.namespace)
    on = setting(options.config_id, options.strict_includes)
    verdict = examine(options.file, without_plane=not options.checker, setting=on)
    if options.namespace or not verdict.config.net_namespace:
        return verdict
    # What was found before was about the links of another namespace.
    _enter(verdict.config.net_namespace)
    return examine(options.file, without_plane=not options.checker, setting=on)


def _enter(name: str) -> None:
    from keepalived.linux import namespaces

    if complaint := namespaces.enter(name):
        raise Unreachable(complaint)
