"""What `-d` prints: the configuration in the sections and lines of keepalived 2.2.7.

Rule: lines only, in that program's order; a line about what this program has not is left out.
"""

from __future__ import annotations

from collections.abc import Collection

from keepalived.config.globals import Globals
from keepalived.config.root import Config
from keepalived.config.views import mail_config, router_id
from keepalived.core.vrrp.config import SyncGroup, VrrpInstance
from keepalived.lang.net_values import AddressLine
from keepalived.lang.values import Command
from keepalived.port.facts import Link, LinkAddress
from keepalived.records import dataclass
from keepalived.status.classic_service_dump import asks_tls, check_lines, service_lines
from keepalived.wire.addresses import mac_text

_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_BEFORE_GROUPS = """\
 Default smtp_alert = unset
 Default smtp_alert_vrrp = unset
 Default smtp_alert_checker = unset
 Checkers log all failures = false
 No test config before reload
 Dynamic interfaces = false"""
_VRRP_DEFAULTS = """\
 Disable local IGMP = no
 LVS flush = false
 LVS flush on stop = disabled
 FIFO write vrrp states on reload = false
 VRRP notify priority changes = false
 VRRP IPv4 mcast group = 224.0.0.18
 VRRP IPv6 mcast group = ff02::12
 Gratuitous ARP delay = 5
 Gratuitous ARP repeat = 5
 Gratuitous ARP refresh timer = 0
 Gratuitous ARP refresh repeat = 1
 Gratuitous ARP lower priority delay = {lower}
 Gratuitous ARP lower priority repeat = {lower}
 Num adverts before down = 3
 Gratuitous ARP for each secondary VMAC = 0s
 Send advert after receive lower priority advert = true
 Send advert after receive higher priority advert = false
 Gratuitous ARP interval = 0.000000
 Gratuitous NA interval = 0.000000
 VRRP default protocol version = {version}
 nftables without counters
 VRRP check unicast_src = false
 VRRP skip check advert addresses = false
 VRRP strict mode = false
 Max auto priority = 0
 Min auto priority delay = 1000000 usecs
 VRRP process priority = 0
 VRRP don't swap = false
 VRRP realtime priority = 0
 VRRP realtime limit = 10000
 Checker process priority = 0
 Checker don't swap = false
 Checker realtime priority = 0
 Checker realtime limit = 10000
 BFD process priority = 0
 BFD don't swap = false
 BFD realtime priority = 0
 BFD realtime limit = 10000
 SNMP vrrp disabled
 SNMP checker disabled
 SNMP RFCv2 disabled
 SNMP RFCv3 disabled
 SNMP traps disabled
 SNMP socket = default (unix:/var/agentx/master)
 DBus disabled
 DBus service name ={blank}
 Script security {security}
 Default script uid:gid 0:0
 vrrp_netlink_cmd_rcv_bufs = 0
 vrrp_netlink_cmd_rcv_bufs_force = 0
 vrrp_netlink_monitor_rcv_bufs = 0
 vrrp_netlink_monitor_rcv_bufs_force = 0
 process_monitor_rcv_bufs = 0
 process_monitor_rcv_bufs_force = 0
 lvs_netlink_cmd_rcv_bufs = 0
 lvs_netlink_cmd_rcv_bufs_force = 0
 lvs_netlink_monitor_rcv_bufs = 0
 lvs_netlink_monitor_rcv_bufs_force = 0
 rs_init_notifies = 0
 no_checker_emails = 0
 rx_bufs_multiples = 3
 umask = 0177"""
_GARP = """\
   Gratuitous ARP delay = 5
   Gratuitous ARP repeat = 5
   Gratuitous ARP refresh = 0
   Gratuitous ARP refresh repeat = 1
   Gratuitous ARP lower priority delay = 5
   Gratuitous ARP lower priority repeat = 5
   Down timer adverts = 3
   Send advert after receive lower priority advert = true
   Send advert after receive higher priority advert = false"""
_BROADCAST = b"\xff" * 6
_TLS = ("------< SSL definitions >------", " Using autogen SSL context")
_LINK_COUNTERS = """\
   NIC netlink status update
   Reset ARP config counter 0
   Original arp_ignore 0
   Original arp_filter 0
   Original promote_secondaries 0
   Reset promote_secondaries counter 0"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a dump shows of the host."""

    host_name: str = ""
    links: Collection[Link] = ()
    addresses: Collection[LinkAddress] = ()


def dump_lines(
    config: Config, around: Surroundings | None = None
) -> list[tuple[str, tuple[str, ...]]]:
    """Give what each child prints, without time stamps: ("vrrp", lines), ("checker", lines).

    A child that has nothing to do does not run and prints nothing; the parent prints nothing.
    """
    around = around or Surroundings()
    found: list[tuple[str, tuple[str, ...]]] = []
    if config.instances:
        found.append(("vrrp", (*_globals(config, "vrrp", around), *_vrrp(config, around))))
    if config.services:
        topology = ["------< LVS Topology >------"]
        if any(asks_tls(service) for service in config.services):
            topology = [*_TLS, *topology]
        for service in config.services:
            topology += service_lines(service)
        topology.append("------< Health checkers >------")
        for service in config.services:
            topology += check_lines(service)
        found.append(("checker", (*_globals(config, "checker", around), *topology)))
    return found


def _globals(config: Config, process: str, around: Surroundings) -> list[str]:
    settings = config.globals or Globals()  # type: ignore[call-arg]
    lines = [
        "------< Global definitions >------",
        " Network namespace = (default)",
        " Network namespace ipvs = (main namespace)",
        f" Router ID = {router_id(config, around.host_name)}",
    ]
    if settings.smtp_server is not None:
        mail = mail_config(config, around.host_name)
        sender = mail.sender if mail else settings.notification_email_from
        lines += [
            f" Smtp server = {settings.smtp_server[0]}",
            f" Smtp server port = {settings.smtp_server[1]}",
            f" Smtp HELO name = {around.host_name}",
            f" Smtp server connection timeout = {settings.smtp_connect_timeout_us // 1_000_000}",
            *([f" Email notification from = {sender}"] if sender else []),
        ]
        if settings.notification_email:
            lines.append(" Email notification to:")
            lines += [f"   {address}" for address in settings.notification_email]
    lines += _BEFORE_GROUPS.split("\n")
    if process == "vrrp":
        lines.append(" Default interface = eth0")
    # The checker's process never settles these two: it prints the mark of "not set".
    lower = "5" if process == "vrrp" else str(2**32 - 1)
    security = "enabled" if settings.enable_script_security else "disabled"
    version = settings.vrrp_version
    text = _VRRP_DEFAULTS.format(lower=lower, blank=" ", version=version, security=security)
    return lines + text.split("\n")


def _vrrp(config: Config, around: Surroundings) -> list[str]:
    groups = {name: group for group in config.sync_groups for name in group.members}
    lines = ["------< VRRP Topology >------"]
    for instance in config.instances:
        version = config.globals.vrrp_version if config.globals is not None else 2
        lines += _instance(instance, groups.get(instance.name), around, version)
    if config.sync_groups:
        lines.append("------< VRRP Sync groups >------")
        for group in config.sync_groups:
            lines += _group(group)
    if around.links:
        lines.append("------< Interfaces >------")
        for link in sorted(around.links, key=lambda each: each.index):
            lines += _link(link, config, around)
    return lines


def _instance(
    instance: VrrpInstance, group: SyncGroup | None, around: Surroundings, version: int
) -> list[str]:
    six = [line for line in instance.virtual_ipaddress[:1] if line.address.version == 6]
    version = 3 if six else instance.version or version
    proof = instance.authentication
    source = f"{instance.mcast_src_ip} (from configuration)"
    if instance.mcast_src_ip is None:
        source = _address_of(instance.interface, 6 if six else 4, around)
        source = source or ("(none)" if around.links else "")
    kind = _PROOFS[proof.auth_type] if proof else "none"
    flagged = instance.mcast_src_ip is not None or instance.nopreempt
    lines = [
        f" VRRP Instance = {instance.name}",
        f"   VRRP Version = {version}",
        *([f"   Sync group = {group.name}"] if group else []),
        *(["   Using Native IPv6"] if six else []),
        "   Flags:" if flagged or six else "   Flags: none",
        f"   Wantstate = {'MASTER' if instance.priority == 255 else 'BACKUP'}",
        "   Number of config faults = 0",
        f"   Interface = {instance.interface}",
        *([f"   Using src_ip = {source}"] if source else []),
        _group_of(instance, around) if six else "   Multicast address 224.0.0.18",
        *_GARP.split("\n"),
        f"   Virtual Router ID = {instance.virtual_router_id}",
        f"   Priority = {instance.priority}",
        _interval(instance, version),
        "   Accept = enabled",
        f"   Preempt = {'disabled' if instance.nopreempt else 'enabled'}",
        f"   Promote_secondaries = {'enabled' if instance.promote_secondaries else 'disabled'}",
        *([f"   Authentication type = {kind}"] if version == 2 else []),
        *([f"   Password = {proof.auth_pass}"] if proof and proof.auth_type == "PASS" else []),
    ]
    return lines + _instance_rest(instance)


def _interval(instance: VrrpInstance, version: int) -> str:
    if version == 2:
        return f"   Advert interval = {instance.advert_int_us // 1_000_000} sec"
    return f"   Advert interval = {instance.advert_int_us // 1_000} milli-sec"


def _group_of(instance: VrrpInstance, around: Surroundings) -> str:
    """Name the group that IPv6 adverts go to, and the link's number, for it is valid there only."""
    index = next((each.index for each in around.links if each.name == instance.interface), 0)
    return f"   Multicast address ff02::12, ifindex {index}"


def _instance_rest(instance: VrrpInstance) -> list[str]:
    lines: list[str] = []
    if instance.virtual_ipaddress:
        lines.append(f"   Virtual IP ({len(instance.virtual_ipaddress)}):")
        lines += [_vip(line, instance.interface) for line in instance.virtual_ipaddress]
    if instance.virtual_ipaddress_excluded:
        lines.append("   Virtual IP Excluded :")
        lines += [_vip(line, instance.interface) for line in instance.virtual_ipaddress_excluded]
    lines.append("   No sockets allocated")
    lines.append(f"   Using smtp notification = {_yes(instance.smtp_alert)}")
    lines.append("   Notify deleted = Fault")
    lines += _script("Backup", instance.notify_backup)
    lines += _script("Master", instance.notify_master)
    lines += _script("Fault", instance.notify_fault)
    lines.append("   Notify priority changes = false")
    return lines


_PROOFS = {"PASS": "SIMPLE_PASSWORD", "AH": "IPSEC_AH"}


def _vip(line: AddressLine, interface: str) -> str:
    bits = 32 if line.address.version == 4 else 128
    text = f"     {line.address}" + (f"/{line.prefix}" if line.prefix != bits else "")
    text += f" brd {line.broadcast}" if line.broadcast else ""
    text += f" dev {line.dev or interface} scope {_SCOPES.get(line.scope, str(line.scope))}"
    text += f" label {line.label}" if line.label else ""
    if line.address.version == 6:
        text += f" preferred_lft {'0' if line.prefix == bits else 'forever'}"
    return text


def _group(group: SyncGroup) -> list[str]:
    return [
        f" VRRP Sync Group = {group.name}, BACKUP",
        "   Num member fault 0, num member init 0",
        "   VRRP member instances :",
        *(f"     {name}" for name in group.members),
        f"   Using smtp notification = {_yes(group.smtp_alert)}",
        *_script("Backup", group.notify_backup),
        *_script("Master", group.notify_master),
        *_script("Fault", group.notify_fault),
    ]


def _script(state: str, command: Command | None) -> list[str]:
    if command is None:
        return []
    owner = ":".join(each for each in (command.user, command.group) if each) or "0:0"
    argv = " ".join(f"'{each}'" for each in command.argv)
    return [f"   {state} state transition script = {argv}, uid:gid {owner}"]


def _link(link: Link, config: Config, around: Surroundings) -> list[str]:
    state = ["UP"] if link.admin_up else []
    state += ["RUNNING"] if link.running else []
    state += ["no broadcast", "loopback", "no multicast"] if link.loopback else []
    state += ["no arp"] if link.no_arp and not link.loopback else []
    hardware = [f"   MAC = {mac_text(link.mac)}", f"   MAC broadcast = {mac_text(_BROADCAST)}"]
    tracking = [
        f"     {each.name}, weight 0" for each in config.instances if link.name in _links(each)
    ]
    return [
        f" Name = {link.name}",
        f"   index = {link.index}",
        f"   IPv4 address = {_address_of(link.name, 4, around) or '(none)'}",
        f"   IPv6 address = {_address_of(link.name, 6, around) or '(none)'}",
        *([] if link.loopback else hardware),
        f"   State = {', '.join(state)}",
        f"   Seen up = {1 if link.up else 0}",
        "   Delayed state change running = false",
        "   Up debounce timer = 0us",
        "   Down debounce timer = 0us",
        f"   MTU = {link.mtu}",
        f"   HW Type = {'LOOPBACK' if link.loopback else 'ETHERNET'}",
        *_LINK_COUNTERS.split("\n"),
        *(["   Tracking VRRP instances :", *tracking] if tracking else []),
    ]


def _links(instance: VrrpInstance) -> set[str]:
    lines = (*instance.virtual_ipaddress, *instance.virtual_ipaddress_excluded)
    return {instance.interface, *(line.dev for line in lines)}


def _address_of(link: str, version: int, around: Surroundings) -> str:
    """Give a link's first address; of IPv6 the first one that is valid on the link only."""
    for each in around.addresses:
        local = version == 4 or str(each.address).startswith("fe80:")
        if each.link == link and each.address.version == version and local:
            return str(each.address)
    return ""


def _yes(alert: bool | None) -> str:
    return "yes" if alert else "no"
