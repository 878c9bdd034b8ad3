"""A route's tunnel: its words are its own, though some have the names of a route's."""

from __future__ import annotations

import pytest

from keepalived.config.load import load_text
from keepalived.core.claims.tunnel import tunnel_of
from keepalived.lang.pieces import option


def route(line: str) -> object:
    text = "vrrp_instance A {\n interface eth0\n virtual_router_id 5\n"
    text += f" virtual_routes {{\n{line}\n }}\n virtual_ipaddress {{\n 10.0.0.1\n }}\n}}\n"
    loaded = load_text(text)
    assert loaded.faults == ()
    (found,) = loaded.config.instances[0].virtual_routes
    return found.options


@pytest.mark.parametrize(
    "words",
    [
        "ip id 5 dst 10.0.0.1 src 10.0.0.2 tos 3 ttl 4 flags 5",
        "ip6 id 5 dst 2001:db8::1 src 2001:db8::2 tc 3 hoplimit 4",
        "ip csum seq dst 10.0.0.1",
        "mpls 100/200 ttl 9",
        "mpls 100",
    ],
)
def test_a_tunnel_has_its_words_and_the_route_has_those_behind_the_link(words: str) -> None:
    kind = words.split()[0]
    options = route(f"10.1.0.0/24 encap {words} dev eth0 src 10.9.9.9")
    assert isinstance(options, tuple)
    found = option(options, "encap")
    assert isinstance(found, tuple)
    assert found == tuple(words.split())
    assert option(options, "src") == ("", "10.9.9.9")
    assert tunnel_of(found)[0] == {"mpls": 1, "ip": 2, "ip6": 4}[kind]
