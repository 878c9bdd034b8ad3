"""The story of case study XI in chapters; each asserts from outside what it tells.

Rule: a chapter that does not come true raises AssertionError with what was seen instead; its title
is then the demo's last word and the exit status is not zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.lab.client import Impatient, tally
from tests.lab.mastership import INITIAL, OF_ADDRESS, all_on
from tests.lab.network import DIRECTORS, HOME, HTTP_VIP, SERVERS
from tests.lab.waiting import until

from demo.configuration import DETECTION_S, RECOVERY_S
from demo.screen import Screen
from demo.stage import Stage, prepare, words

RECIPIENTS = {"admin@domain.com", "0633225522@domain.com"}
MASTER_DOWN_MS = 3609.4
"""Three adverts and the skew of priority 100 (RFC 3768 section 6.1)."""


def the_files(stage: Stage, screen: Screen) -> None:
    """the guide's files meet the demo's pages"""
    changed = prepare(stage, stage.kinds["director1"])
    screen.tell("genhash read the pages; what differs from the guide's file of director 1:")
    screen.show(changed)


def the_start(stage: Stage, screen: Screen) -> None:
    """both directors start, each master of its half"""
    for director in ("director1", "director2"):
        stage.start(director)
        screen.tell(f"{director} starts ({stage.kinds[director]})")
    stage.wait_for(INITIAL, 10)
    screen.tell("VI_1 and VI_2 on director 1, VI_3 and VI_4 on director 2: wire and ip agree", "✓")
    for director in ("director1", "director2"):
        until(lambda d=director: stage.plane(d) != "nothing", 10, f"{director} forwards")  # type: ignore[misc]
        screen.tell(f"{director} forwards by {stage.plane(director)}")


def the_balance(stage: Stage, screen: Screen) -> None:
    """requests from many client addresses, balanced 2:1"""
    first = stage.new_clients(1)
    until(lambda: set(stage.ask(first).values()) <= {"web1", "web2"}, 5, "VIP1 answers")
    clients = stage.new_clients()
    answers = _balanced(stage, clients)
    screen.tell(f"HTTP from {len(clients)} client addresses: {words(answers)}", "✓")
    again = stage.ask(clients)
    assert again == answers, "persistence: a client came to another server the second time"
    screen.tell("asked again, every client came to the same server (persistence_timeout 50)", "✓")
    ssl = stage.ask(clients[:10], "SSL")
    assert tally(ssl) == {"web1": 5, "web2": 5}, f"SSL is not balanced 1:1: {words(ssl)}"
    screen.tell(f"SSL from {len(ssl)} client addresses: {words(ssl)}", "✓")


def a_death(stage: Stage, screen: Screen) -> None:
    """web server 1 dies and leaves the pool"""
    clients = stage.new_clients(12)
    stage.ask(clients)
    begin, mark = screen.now_ms(), len(stage.network.letters())
    stage.network.kill_web("web1")
    screen.tell(f"the program on {SERVERS['web1']} is killed")
    _only(stage, clients, "web2")
    screen.tell(f"every client is answered by web2, {screen.now_ms() - begin} ms later", "✓")
    _mails(stage, screen, "DOWN", "web1", mark)


def a_return(stage: Stage, screen: Screen) -> None:
    """web server 1 returns"""
    begin, mark = screen.now_ms(), len(stage.network.letters())
    stage.network.start_web("web1")
    screen.tell("web1 listens again")
    _mails(stage, screen, "UP", "web1", mark)
    answers = _balanced(stage, stage.new_clients(24))
    screen.tell(f"new clients: {words(answers)}, {screen.now_ms() - begin} ms later", "✓")


def all_die(stage: Stage, screen: Screen) -> None:
    """all web servers die and the sorry server answers"""
    begin, mark = screen.now_ms(), len(stage.network.letters())
    for name in ("web1", "web2"):
        stage.network.kill_web(name)
    screen.tell("both web servers are killed")
    clients = stage.new_clients(12)
    _only(stage, clients, "sorry")
    screen.tell(f"every client is answered by sorry, {screen.now_ms() - begin} ms later", "✓")
    _mails(stage, screen, "DOWN", "web1", mark)
    _mails(stage, screen, "DOWN", "web2", mark)


def all_return(stage: Stage, screen: Screen) -> None:
    """the web servers return and the sorry server rests"""
    begin, mark = screen.now_ms(), len(stage.network.letters())
    for name in ("web1", "web2"):
        stage.network.start_web(name)
    screen.tell("both web servers listen again")
    _mails(stage, screen, "UP", "web1", mark)
    _mails(stage, screen, "UP", "web2", mark)
    answers = _balanced(stage, stage.new_clients(24))
    screen.tell(f"new clients: {words(answers)}, {screen.now_ms() - begin} ms later", "✓")


def a_crash(stage: Stage, screen: Screen) -> None:
    """director 1 crashes and the addresses answer from director 2"""
    client = stage.impatient(5 if stage.patience == 1 else 25)
    until(lambda: len(client.answers) > 20, 10, "the impatient client is answered")
    crashed_us = time.monotonic_ns() // 1000
    killed = stage.rule.crash("director1")
    screen.tell(f"director 1: {killed} processes killed, ports off the bridges, carrier kept")
    stage.wait_for(all_on("director2"), 6)
    screen.tell("VI_1, VI_2, VI_3 and VI_4 on director 2: wire and ip agree", "✓")
    _gap(stage, screen, client, crashed_us, 5000)
    for router_id, name in ((51, "VI_1"), (52, "VI_2")):
        silent_ms = stage.rule.handover_ms(router_id, crashed_us, "director1", "director2")
        screen.tell(
            f"{name}: {silent_ms:.1f} ms from director 1's last advert to director 2's first"
            f" (the protocol says {MASTER_DOWN_MS})"
        )
        assert abs(silent_ms - MASTER_DOWN_MS) < 200 * stage.patience, f"{name} took {silent_ms} ms"
    heard = {a.address for a in stage.wire.announcements if a.at_us > crashed_us}
    wanted = {address for name in ("VI_1", "VI_2") for address in HOME[name][2]}
    assert wanted <= heard, f"gratuitous ARP for {sorted(wanted - heard)} was not heard"
    screen.tell(f"gratuitous ARP heard for {', '.join(sorted(wanted))}", "✓")
    answers = _balanced(stage, stage.new_clients(24))
    screen.tell(f"HTTP from new clients, by director 2: {words(answers)}", "✓")


def a_comeback(stage: Stage, screen: Screen) -> None:
    """director 1 comes back and the initial distribution with it"""
    client = stage.impatient(5 if stage.patience == 1 else 25)
    until(lambda: len(client.answers) > 20, 10, "the impatient client is answered")
    begin_us = time.monotonic_ns() // 1000
    stage.network.reboot("director1")
    stage.start("director1")
    screen.tell("director 1 has booted: ports on the bridges, its daemon starts")
    stage.wait_for(INITIAL, 10)
    screen.tell("VI_1 and VI_2 on director 1, VI_3 and VI_4 on director 2: wire and ip agree", "✓")
    _gap(stage, screen, client, begin_us, 2000)
    answers = _balanced(stage, stage.new_clients(18))
    screen.tell(f"HTTP from new clients: {words(answers)}", "✓")


def the_end(stage: Stage, screen: Screen) -> None:
    """both directors stop and leave nothing"""
    for name, daemon in stage.rule.daemons.items():
        status = daemon.stop()
        assert status == 0, f"{name} ended with {status}"
        left = stage.network.host(name).run("ip", "-o", "-4", "addr", "show", "scope", "global")
        assert left.count("inet ") == 2, f"{name} kept addresses:\n{left}"
        assert not stage.pool(name), f"{name} kept its table: {stage.pool(name)}"
    screen.tell("no virtual address and no table is left on either", "✓")


CHAPTERS: dict[str, Callable[[Stage, Screen], None]] = {
    "files": the_files,
    "start": the_start,
    "balance": the_balance,
    "death": a_death,
    "return": a_return,
    "sorry": all_die,
    "recovery": all_return,
    "crash": a_crash,
    "comeback": a_comeback,
    "end": the_end,
}


def _balanced(stage: Stage, clients: tuple[str, ...]) -> dict[str, str]:
    """Ask from all; two for web1 to one for web2, give or take one."""
    answers = stage.ask(clients)
    count = tally(answers)
    third = len(clients) // 3
    assert set(count) == {"web1", "web2"}, f"not both web servers answer: {words(answers)}"
    assert abs(count["web2"] - third) <= 1, f"not balanced 2:1: {words(answers)}"
    return answers


def _only(stage: Stage, clients: tuple[str, ...], server: str) -> None:
    """Wait until one server answers every client: within one delay loop and its retries."""
    bound_s = (DETECTION_S + 2) * stage.patience
    until(lambda: set(stage.ask(clients).values()) == {server}, bound_s, f"all answers by {server}")


def _mails(stage: Stage, screen: Screen, word: str, server: str, mark: int) -> None:
    """Wait for both directors' mails, to both recipients, that an HTTP server went up or down."""
    address = SERVERS[server]
    parts = (f"[{address}]", ":80", HTTP_VIP, word)
    bound_s = ((RECOVERY_S if word == "UP" else DETECTION_S) + 2) * stage.patience

    def both_wrote() -> bool:
        writers = {OF_ADDRESS.get(mail.peer) for mail in stage.mails(mark, *parts)}
        came = [f"{mail.peer}: {mail.subject}" for mail in stage.mails(mark)]
        assert writers == set(DIRECTORS), f"mails of this chapter: {came}"
        return True

    until(both_wrote, bound_s, f"a mail from each director: {address} {word}")
    for mail in stage.mails(mark, *parts):
        assert set(mail.recipients) == RECIPIENTS, f"the mail went to {mail.recipients}"
    mail = stage.mails(mark, *parts)[0]
    screen.tell(f"mail from both directors to both recipients: “{mail.subject}”", "✓")


def _gap(stage: Stage, screen: Screen, client: Impatient, since_us: int, bound_ms: float) -> None:
    """Tell the longest time without an answer that the impatient client saw since an instant."""
    until(lambda: any(asked > since_us for asked, _, _ in client.answers[-3:]), 10, "an answer")
    seen = len(client.answers)
    until(lambda: len(client.answers) > seen + 20, 10, "answers go on")
    client.stop()
    gap = client.gap(since_us)
    assert gap is not None, "the impatient client was never answered again"
    screen.tell(
        f"a client asking every {client.every_us // 1000} ms saw no answer for"
        f" {gap.length_ms:.1f} ms ({gap.unanswered} requests unanswered)"
    )
    assert gap.length_ms < bound_ms * stage.patience, f"a gap of {gap.length_ms:.0f} ms"
