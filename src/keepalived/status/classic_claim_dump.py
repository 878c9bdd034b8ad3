"""Lines of `-d` about what is claimed from the kernel: addresses, routes and rules.

Rule: one function a kind of line, without its indentation; numbers in the place of names.
"""

from __future__ import annotations

from keepalived.core.claims.route import RouteLine
from keepalived.core.claims.rule import RuleLine
from keepalived.lang.net_values import AddressLine
from keepalived.lang.pieces import Options, option

_SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_NUMBERS = {
    "table": {"default": "253", "main": "254", "local": "255"},
    "scope": {name: str(number) for number, name in _SCOPES.items()},
    "protocol": {"kernel": "2", "boot": "3", "static": "4", "ra": "9", "keepalived": "18"},
}
_FLAGS = ("home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin")
_METRICS = (
    *("rtt", "rttvar", "rto_min", "features"),
    *("mtu", "window", "ssthresh", "cwnd", "advmss", "reordering"),
    *("hoplimit", "initcwnd", "initrwnd", "quickack"),
)
_TIMED = ("rtt", "rttvar", "rto_min")
KEEPALIVED = "18"
FIRST_PREFERENCE = 16384
"""What a rule without a preference gets; the next one gets one less."""


def address_text(line: AddressLine, link: str, static: bool = False) -> str:
    """Write an address; `link` is what it sits on when its own line does not say."""
    bits = 32 if line.address.version == 4 else 128
    prefix = line.peer_prefix if line.peer is not None else line.prefix
    text = str(line.address) + (f" peer {line.peer}" if line.peer is not None else "")
    text += f"/{prefix}" if prefix != bits else ""
    text += f" brd {line.broadcast}" if line.broadcast else ""
    scope = line.scope if line.address.version == 4 else 0
    text += f" dev {link} scope {_SCOPES.get(scope, str(scope))}"
    text += f" label {line.label}" if line.label else ""
    text += "".join(f" {flag}" for flag in _FLAGS if flag in line.flags)
    if line.address.version == 6:
        text += _preferred(line, line.prefix == bits)
    text += " no_track" if "no_track" in line.flags else ""
    return text + (" set" if static else "")


def _preferred(line: AddressLine, single: bool) -> str:
    if line.preferred_s is None:
        return " deprecated" if single else " preferred_lft forever"
    return f" preferred_lft {'forever' if line.preferred_s == -1 else line.preferred_s}"


def route_text(line: RouteLine, static: bool = False) -> str:
    """Write a route. One that leads over no link that we know is not watched."""
    options = line.options
    text = _how(line, options)
    text += _named(options, "from", "from")
    text += _encap(options)
    text += _source(options)
    text += _hop(options)
    untracked = option(options, "no_track") is not None or not option(options, "dev")
    watched = option(options, "no_track") is None
    protocol = option(options, "protocol")
    table, scope = option(options, "table"), option(options, "scope")
    text += f" table {_number('table', table)}" if table else ""
    if watched:
        text += f" proto {KEEPALIVED}"
    elif protocol is not None:
        text += f" proto {_number('protocol', protocol)}"
    text += f" scope {_number('scope', scope)}" if scope is not None else ""
    text += _metrics(options)
    second = option(options, "or")
    if isinstance(second, tuple):
        hops: tuple[Options, ...] = ((("via", option(options, "via")),), (("via", second),))
        text += "".join(_nexthop(each) for each in hops)
    text += "".join(_nexthop(each) for each in line.nexthops)
    text += " no_track" if untracked else ""
    return text + (" [installed ifindex 0]" if static and not untracked else "")


def _how(line: RouteLine, options: Options) -> str:
    verb = next((each for each in ("add", "append") if option(options, each)), "prepend")
    if line.kind in ("blackhole", "unreachable", "prohibit", "throw"):
        verb = "add"
    kind = "" if line.kind == "unicast" else f"{line.kind} "
    return f"{verb} {kind}{_destination(line)}"


def _destination(line: RouteLine) -> str:
    if line.to in ("default", "default6"):
        via = option(line.options, "via")
        six = line.to == "default6" or option(line.options, "inet6") is not None
        six = six or (isinstance(via, tuple) and ":" in via[1])
        six = six or any(":" in str(option(hop, "via") or "") for hop in line.nexthops)
        return "::/0" if six else "0.0.0.0/0"
    return line.to if "/" in line.to else f"{line.to}/{128 if ':' in line.to else 32}"


def _named(options: Options, name: str, label: str) -> str:
    value = option(options, name)
    return f" {label} {value}" if value is not None else ""


def _encap(options: Options) -> str:
    found = option(options, "encap")
    if not isinstance(found, tuple):
        return ""
    words = list(found)
    if "flags" in words[:-1]:
        at = words.index("flags") + 1
        words[at] = f"0x{int(words[at], 0):x}" if words[at].isalnum() else words[at]
    return f" encap {' '.join(words)}"


def _source(options: Options) -> str:
    source, kind = option(options, "src"), option(options, "tos")
    text = f" src {source[1]}" if isinstance(source, tuple) else ""
    return text + (f" tos {kind}" if kind is not None else "")


def _hop(options: Options) -> str:
    via, link = option(options, "via"), option(options, "dev")
    text = ""
    if isinstance(via, tuple) and option(options, "or") is None:
        text += f" via {'inet6' if ':' in via[1] else 'inet'} {via[1]}"
    return text + (f" dev {link}" if link else "")


def _nexthop(options: Options) -> str:
    text = " nexthop" + _encap(options) + _hop(options)
    text += _named(options, "weight", "weight")
    text += " onlink" if option(options, "onlink") is not None else ""
    return text + _named(options, "realms", "realm")


def _metrics(options: Options) -> str:
    text = _named(options, "metric", "metric")
    text += _named(options, "expires", "expires") + ("sec" if option(options, "expires") else "")
    text += " onlink" if option(options, "onlink") is not None else ""
    text += _named(options, "realms", "realms")
    control = option(options, "congctl")
    if isinstance(control, tuple):
        text += f" congctl {'lock ' if control[1] else ''}{control[0]}"
    for name in _METRICS:
        value = option(options, name)
        if isinstance(value, tuple):
            unit = "ms" if name in _TIMED and value[0].isdigit() else ""
            text += f" {name} {'lock ' if value[1] else ''}{value[0]}{unit}"
        elif value is not None:
            text += f" {name} {value}"
    for name in ("pref", "ttl-propagate", "fastopen_no_cookie"):
        text += _named(options, name, name)
    return text


def rule_text(line: RuleLine, preference: int) -> str:
    """Write a rule; `preference` is what it has where it says none itself."""
    options = line.options
    own = option(options, "preference")
    source = option(options, "from")
    text = "not " if option(options, "not") is not None else ""
    text += f"from {source if source not in (None, 'any', 'default') else 'all'}"
    text += _named(options, "to", "to")
    text += f" priority {preference if own is None else own}"
    kind = str(option(options, "tos") or "0")
    text += f" tos 0x{int(kind, 0):x}" if kind.isalnum() and kind[0].isdigit() else f" tos {kind}"
    text += _mark(option(options, "fwmark"))
    text += _named(options, "iif", "iif") + _named(options, "oif", "oif")
    text += _named(options, "suppress_prefixlength", "suppress_prefixlen")
    text += _named(options, "suppress_ifgroup", "suppress_ifgroup")
    text += _named(options, "tunnel-id", "tunnel-id")
    text += _range(options, "uidrange") + (" l3mdev" if option(options, "l3mdev") else "")
    watched = option(options, "no_track") is None
    protocol = option(options, "protocol")
    text += f" protocol {_number('protocol', protocol or KEEPALIVED)}" if watched else ""
    text += _named(options, "ipproto", "ipproto")
    text += _range(options, "sport") + _range(options, "dport")
    text += _named(options, "realms", "realms") + _action(options)
    return text if watched else f"{text} no_track"


def _action(options: Options) -> str:
    if option(options, "goto") is not None:
        return f" goto {option(options, 'goto')}"
    if option(options, "nop") is not None:
        return " nop"
    for name in ("blackhole", "unreachable", "prohibit"):
        if option(options, name) is not None:
            return f" type {name}"
    if option(options, "type") is not None:
        return f" type {option(options, 'type')}"
    return f" lookup {_number('table', option(options, 'table') or '0')}"


def _mark(value: object) -> str:
    if value is None:
        return ""
    mark, slash, mask = str(value).partition("/")
    return f" fwmark 0x{int(mark, 0):x}" + (f"/0x{int(mask, 0):x}" if slash else "")


def _range(options: Options, name: str) -> str:
    value = option(options, name)
    return f" {name} {value[0]}-{value[1]}" if isinstance(value, tuple) else ""


def rule_texts(lines: tuple[RuleLine, ...], preference: int) -> tuple[list[str], int]:
    """Write rules one after another; also give the preference that the next one would get."""
    texts = []
    for line in lines:
        texts.append(rule_text(line, preference))
        preference -= option(line.options, "preference") is None
    return texts, preference


def _number(table: str, name: object) -> str:
    return _NUMBERS[table].get(str(name), str(name))
