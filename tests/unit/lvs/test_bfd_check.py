"""BFD_CHECK: the director follows what the BFD process says, and asks nobody."""

from __future__ import annotations

from tests.unit.lvs.stage import A, B, FixedDice, Stage, server, service, texts

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.lvs.director import Director
from keepalived.port.effects import Tell
from keepalived.port.events import Reconfigured, Started, Told
from keepalived.port.words import BfdSaid, Mail

FOLLOWS = BfdCheck(name="PEER")
ALPHA = BfdCheck(name="PEER", alpha=True)
UP = Told(BfdSaid("PEER", True, "both ends hear each other"))
DOWN = Told(BfdSaid("PEER", False, "nothing was heard"))


def test_a_server_leaves_with_its_session_and_comes_back_with_it() -> None:
    stage = Stage(service(server(A, FOLLOWS), server(B)))
    assert stage.servers() == [str(A), str(B)]
    assert texts(stage.tell(DOWN)) == [
        "BFD check of [PEER] RS([192.168.1.1]:tcp:80) is DOWN (nothing was heard)",
        "Removing service [192.168.1.1]:tcp:80 from VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(B)]
    assert texts(stage.tell(UP)) == [
        "BFD check of [PEER] RS([192.168.1.1]:tcp:80) is UP",
        "Adding service [192.168.1.1]:tcp:80 to VS [10.0.0.1]:tcp:80",
    ]
    assert stage.servers() == [str(A), str(B)]


def test_nobody_is_asked_and_nothing_is_ever_due() -> None:
    stage = Stage(service(server(A, FOLLOWS)))
    assert stage.director.deadline() is None
    assert stage.running == []


def test_the_same_word_again_changes_nothing() -> None:
    stage = Stage(service(server(A, FOLLOWS)))
    stage.tell(DOWN)
    assert stage.tell(DOWN) == []
    stage.tell(UP)
    assert stage.tell(UP) == []


def test_a_word_about_another_session_is_no_concern() -> None:
    stage = Stage(service(server(A, FOLLOWS)))
    assert stage.tell(Told(BfdSaid("OTHER", False))) == []
    assert stage.tell(Told(Mail("a", "b"))) == []


def test_alpha_begins_down_and_waits_for_the_session() -> None:
    stage = Stage(service(server(A, ALPHA), server(B)))
    assert stage.servers() == [str(B)]
    stage.tell(DOWN)
    assert stage.servers() == [str(B)]
    stage.tell(UP)
    assert stage.servers() == [str(A), str(B)]


def test_a_director_that_is_born_late_knows_from_the_first_moment() -> None:
    config = DirectorConfig("LVS", (service(server(A, ALPHA), server(B, FOLLOWS)),), False)
    for word, lives in ((UP, 2), (DOWN, 0)):
        director = Director(config, FixedDice())
        assert director.step(0, word) == []
        director.step(0, Started())
        shown = director.snapshot(0)["services"]
        assert isinstance(shown, list)
        assert sum(each["up"] for each in shown[0]["servers"]) == lives


def test_a_check_that_a_reload_brings_learns_what_was_said_before() -> None:
    stage = Stage(service(server(A), server(B, FOLLOWS)))
    stage.tell(DOWN)
    config = DirectorConfig("LVS", (service(server(A, FOLLOWS), server(B, FOLLOWS)),), False)
    stage.tell(Reconfigured(config))
    assert stage.servers() == []
    stage.tell(UP)
    assert stage.servers() == [str(A), str(B)]


def test_a_reload_keeps_what_follows_and_forgets_what_does_not() -> None:
    stage = Stage(service(server(A, FOLLOWS), server(B)))
    stage.tell(DOWN)
    stage.tell(Reconfigured(DirectorConfig("LVS", (service(server(A), server(B)),), False)))
    assert stage.servers() == [str(A), str(B)]
    assert stage.tell(UP) == []


def test_the_mail_names_the_check() -> None:
    stage = Stage(service(server(A, FOLLOWS), server(B)), mail=True)
    mails = [each.word for each in stage.tell(DOWN) if isinstance(each, Tell)]
    assert len(mails) == 1
    assert isinstance(mails[0], Mail)
    assert "BFD CHECK failed on service" in mails[0].body
