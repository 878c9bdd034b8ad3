"""Whom the daemon's scripts run as, by what the file says of all of them.

Rule: `script_user`, `enable_script_security`, `set_supplementary_groups` are read here alone.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.linux.port import Log
from keepalived.linux.script_policy import Policy
from keepalived.port.effects import Severity


def policy(config: Config, log: Log) -> Policy:
    """Give what holds for every script."""
    settings = config.globals
    if settings is None:
        return Policy()
    owner = settings.script_user
    return Policy(
        user=owner.user if owner is not None else "",
        group=owner.group if owner is not None else "",
        secure=settings.enable_script_security,
        further_groups=settings.set_supplementary_groups,
        complain=lambda text: log(Severity.ERROR, text),
    )
