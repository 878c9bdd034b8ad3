"""What each process runs on: its share of the configuration, globals pushed inward.

Rule: a machine never reads a global; what it needs of one is in its own view.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.annotations import Any
from keepalived.config.file_check_rules import followed_files
from keepalived.config.inherit import group_with_globals, lent, with_globals, with_group
from keepalived.config.paces import paces
from keepalived.config.pipes import director_pipes, router_pipes
from keepalived.config.root import Config
from keepalived.config.settled import settled
from keepalived.config.syncing import with_sync
from keepalived.config.track_groups import with_needed
from keepalived.config.tracked import with_tracked
from keepalived.core.bfd.config import SpeakerConfig
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.notify.config import MailConfig
from keepalived.core.vrrp.config import RouterConfig
from keepalived.port.facts import Link
from keepalived.port.names import Names
from keepalived.records import replace

_LAST: list[Any] = []
"""What `director_config` was asked last, and its answer."""


def router_config(
    config: Config, host_name: str, names: Names | None = None, links: Collection[Link] = ()
) -> RouterConfig:
    """Give what the VRRP process runs on, on a host with these names and links."""
    settings = config.globals
    instances = tuple(
        with_group(with_globals(each, config.globals), config.sync_groups)
        for each in config.instances
    )
    known = {each.name for each in instances}
    groups = tuple(
        replace(
            group_with_globals(group, config.globals),
            members=tuple(each for each in group.members if each in known),
        )
        for group in config.sync_groups
    )
    router = RouterConfig(
        router_id=router_id(config, host_name),
        instances=instances,
        groups=tuple(group for group in groups if group.members),
        mail=mail_config(config, host_name) is not None,
        mails_faults=not (settings and settings.no_email_faults),
        notify_priority_changes=bool(settings and settings.vrrp_notify_priority_changes),
        pipes=router_pipes(settings),
        tells_again=bool(settings and settings.fifo_write_vrrp_states_on_reload),
        paces=paces(config.garp_groups, settings),
        startup_delay_us=settings.vrrp_startup_delay_us if settings else 0,
        delay_after_boot_us=settings.vrrp_delay_after_boot_us if settings else 0,
        log_unknown_vrids=bool(settings and settings.log_unknown_vrids),
        handover=settings is None or settings.handover_at_stop,
    )
    router = settled(router, config, names or Names(), links)
    router = with_needed(router, config, names or Names())
    return with_tracked(with_sync(router, config), config)


def director_config(config: Config, host_name: str) -> DirectorConfig:
    """Give what the checker process runs on; of the same value the same, as long as it is asked.

    A reload keeps what is the same object: so it must not matter who asked first.
    """
    if not _LAST or _LAST[0] is not config or _LAST[1] != host_name:
        director = DirectorConfig(
            router_id=router_id(config, host_name),
            services=tuple(lent(service) for service in config.services),
            files=followed_files(config),
            mail=mail_config(config, host_name) is not None,
            pipes=director_pipes(config),
        )
        _LAST[:] = [config, host_name, director]
    found: DirectorConfig = _LAST[2]
    return found


def speaker_config(config: Config) -> SpeakerConfig:
    """Give what the BFD process runs on."""
    return SpeakerConfig(config.bfd_instances)


def mail_config(config: Config, host_name: str) -> MailConfig | None:
    """Give where mail goes; None when there is no server or nobody to write to."""
    settings = config.globals
    if settings is None or settings.smtp_server is None or not settings.notification_email:
        return None
    server, port = settings.smtp_server
    return MailConfig(
        server=server,
        port=port,
        timeout_us=settings.smtp_connect_timeout_us,
        sender=settings.notification_email_from or f"root@{host_name}",
        recipients=settings.notification_email,
        greeting=settings.smtp_helo_name,
        router_id=router_id(config, host_name),
    )


def router_id(config: Config, host_name: str) -> str:
    """Give the director's name: `router_id`, else the host's."""
    return (config.globals.router_id if config.globals else "") or host_name
