"""The tidy form of any text means what the text means, and has no tidier form."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house.source import ROOT

from keepalived.config.load import load_text
from keepalived.lang.tidy import tidy

LINES = [
    *("global_defs {", "vrrp_instance A {", "virtual_ipaddress {", "}", "{", "} }", "", "  "),
    *("router_id  a  # name", "interface eth0", "virtual_router_id 5", "10.0.0.1 dev  eth1"),
    *('notify "/x  y" root', "notify /x 'b  c'", "auth_pass k@l!ve1", "state MASTER }", "!note"),
    *("$IF=eth0", "interface $IF", "interface ${IF}", "$B= \\", "priority 100\\", "$B", "@^x a {"),
    *("~SEQ(i, 1, 2) priority ${i}", "authentication { auth_type PASS", '"a{b" {', 'x "open'),
]
TEXTS = st.lists(st.sampled_from(LINES), max_size=24).map("\n".join)
LETTERS = st.text(alphabet="ab{}\"'#!\\ \t\n$@~=", max_size=60)


@given(TEXTS | LETTERS)
def test_the_tidy_form_means_the_same_and_is_kept(text: str) -> None:
    form = tidy(text)
    assert load_text(form).config == load_text(text).config
    assert tidy(form) == form


@pytest.mark.parametrize("program", ["keepalived", "kactl"])
def test_the_completion_of_a_program_is_read_by_bash_and_offers_its_words(program: str) -> None:
    file = ROOT / "packaging" / "completion" / program
    word = {"keepalived": "--dont-f", "kactl": "expl"}[program]
    whole = {"keepalived": "--dont-fork", "kactl": "explain"}[program]
    script = f"set -u; source {file}; COMP_WORDS=({program} {word}); COMP_CWORD=1; "
    script += f"_{program}; echo ${{COMPREPLY[@]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [whole], "")
