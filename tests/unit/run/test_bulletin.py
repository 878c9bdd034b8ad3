"""What the parent remembers of the sessions, and whom it tells."""

from __future__ import annotations

from keepalived.config.load import load_text
from keepalived.port.words import BfdSaid
from keepalived.run.bulletin import DOWN, UNWATCHED_US, UP, Bulletin
from keepalived.run.bus import Message, word_from_message
from keepalived.run.kinds import BFD, CHECKER, VRRP, Kind
from keepalived.run.loop import Loop

FILE = "".join(
    f"bfd_instance {name} {{\nneighbor_ip 10.0.0.{number}\n{words}\n}}\n"
    for number, (name, words) in enumerate(
        {"ALL": "", "BOTH": "vrrp\nchecker", "ROUTERS": "vrrp", "CHECKS": "checker"}.items(), 1
    )
)


class Board:
    """A bulletin, and what it told whom."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.config = load_text(FILE).config
        self.told: list[tuple[str, str, bool]] = []
        self.bulletin = Bulletin(self.loop, lambda: self.config, self.say)

    def say(self, kind: Kind, message: Message) -> None:
        word = word_from_message(message)
        assert isinstance(word, BfdSaid)
        self.told.append((kind.name, word.instance, word.up))


def test_a_word_goes_to_those_whom_the_session_is_for() -> None:
    board = Board()
    for name in ("ALL", "BOTH", "ROUTERS", "CHECKS", "NOBODYS"):
        board.bulletin.take(BfdSaid(name, True))
    assert board.told == [
        ("vrrp", "ALL", True),
        ("checker", "ALL", True),
        ("vrrp", "BOTH", True),
        ("checker", "BOTH", True),
        ("vrrp", "ROUTERS", True),
        ("checker", "CHECKS", True),
    ]


def test_a_child_that_is_born_learns_the_last_word_about_each_session() -> None:
    board = Board()
    for up in (False, True):
        for name in ("ALL", "ROUTERS"):
            board.bulletin.take(BfdSaid(name, up, "why"))
    assert board.bulletin.words(CHECKER) == (BfdSaid("ALL", True, "why"),)
    assert board.bulletin.words(VRRP) == board.bulletin.words(BFD)
    assert [word.instance for word in board.bulletin.words(VRRP)] == ["ALL", "ROUTERS"]


def test_a_session_that_a_reload_removed_is_forgotten() -> None:
    board = Board()
    board.bulletin.take(BfdSaid("ALL", True))
    board.config = load_text("").config
    board.bulletin.reloaded()
    board.config = load_text(FILE).config
    assert board.bulletin.words(VRRP) == ()


def test_what_the_sessions_were_under_the_parent_before_is_known_to_whoever_is_born() -> None:
    board = Board()
    board.bulletin.inherit({"ALL": UP, "CHECKS": DOWN, "NOBODYS": UP})
    assert [(word.instance, word.up) for word in board.bulletin.words(VRRP)] == [("ALL", True)]
    known = {word.instance: word.up for word in board.bulletin.words(BFD)}
    assert known == {"ALL": True, "CHECKS": False}
    assert board.told == []


def test_who_is_concerned_by_a_session_since_a_reload_is_told_then() -> None:
    board = Board()
    board.bulletin.take(BfdSaid("ROUTERS", True))
    board.told.clear()
    board.config = load_text("bfd_instance ROUTERS {\nneighbor_ip 10.0.0.9\n}\n").config
    board.bulletin.reloaded()
    assert board.told == [("vrrp", "ROUTERS", True), ("checker", "ROUTERS", True)]


def pass_time(board: Board, span_us: int) -> None:
    over = []
    board.loop.call_at(board.loop.now() + span_us, lambda: over.append(True))
    while not over:
        board.loop.turn()


def test_sessions_that_nobody_watches_any_more_are_down_after_a_second() -> None:
    board = Board()
    board.bulletin.take(BfdSaid("ALL", True))
    board.bulletin.take(BfdSaid("BOTH", False))
    board.told.clear()
    board.bulletin.unwatched(lambda: False)
    pass_time(board, UNWATCHED_US // 2)
    assert board.told == []
    pass_time(board, UNWATCHED_US)
    assert board.told == [("vrrp", "ALL", False), ("checker", "ALL", False)]


def test_a_process_that_is_back_in_time_speaks_for_itself() -> None:
    board = Board()
    board.bulletin.take(BfdSaid("ALL", True))
    board.told.clear()
    board.bulletin.unwatched(lambda: True)
    pass_time(board, UNWATCHED_US + 50_000)
    assert board.told == []
