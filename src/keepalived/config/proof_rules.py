"""What must stand in a virtual router's proofs of origin: passwords, keys, the key to sign with.

Rule: a router that asks for signatures never runs without: what is amiss there is fatal.
"""

from __future__ import annotations

from keepalived.config.host import Host
from keepalived.config.report import Report
from keepalived.core.vrrp.config import AuthHmac, VrrpInstance
from keepalived.core.vrrp.lines import IN_FILE, key_fault
from keepalived.lang.source import Unreadable
from keepalived.records import replace


def settle_proof(instance: VrrpInstance, report: Report, version: int) -> VrrpInstance:
    """Settle the authentication."""
    if instance.auth_hmac is not None:
        _keys(instance, instance.auth_hmac, report)
    proof = instance.authentication
    if proof is None:
        return instance
    why, remedy = "", "remove it"
    if instance.auth_hmac is not None:
        why = "authentication does not go with auth_hmac; it is left out"
    elif version == 3:
        why = "VRRP version 3 has no authentication; it is left out"
    elif instance.virtual_ipaddress and instance.virtual_ipaddress[0].address.version == 6:
        why = "IPv6 has no authentication but auth_hmac; it is left out"
    elif not proof.auth_pass:
        why, remedy = "authentication without auth_pass is left out", "add auth_pass"
    if not why:
        return instance
    if proof.auth_pass or not report.given(proof, "auth_pass"):
        report.error(proof, f"{instance.name}: {why}", remedy)
    return replace(instance, authentication=None)


def refuse_key_files(instances: tuple[VrrpInstance, ...], host: Host, report: Report) -> None:
    """Report the keys whose files cannot be used."""
    if host.secret is None:
        return
    for instance in instances:
        for key in instance.auth_hmac.keys if instance.auth_hmac is not None else ():
            if not key.value.startswith(IN_FILE):
                continue
            path = key.value[len(IN_FILE) :]
            held = host.secret(path)
            why = held.why if isinstance(held, Unreadable) else key_fault(held)
            if why:
                what = f"{instance.name}: key {key.number} in {path}: {why}"
                remedy = "give a file of root's, mode 600, with 32 to 64 bytes or hex:DIGITS"
                report.fatal(instance.auth_hmac, what, remedy, "key")


def _keys(instance: VrrpInstance, block: AuthHmac, report: Report) -> None:
    name, numbers = instance.name, [key.number for key in block.keys]
    if not numbers:
        report.fatal(block, f"{name}: auth_hmac has no key", "add key 1 and 32 to 64 bytes")
    for number in sorted({each for each in numbers if numbers.count(each) > 1}):
        what = f"{name}: key {number} is there more than once; the last one counts"
        report.error(block, what, "give each key its own number", "key")
    signs = block.mode != "receive-only"
    if numbers and block.active_key not in numbers and (signs or block.active_key):
        said = f"active_key {block.active_key}" if block.active_key else "no active_key"
        what = f"{name}: auth_hmac has {said}, which is none of its keys"
        report.fatal(block, what, f"say active_key {numbers[0]}", "active_key")
    if block.anti_replay != "time" and block.time_window_us is not None:
        what = f"{name}: time_window does nothing with anti_replay {block.anti_replay}"
        report.remark(block, what, "remove it", "time_window")
