"""FILE_CHECK: the director follows the number in a file, and asks nobody."""

from __future__ import annotations

import pytest
from tests.unit.lvs.stage import A, B, FixedDice, Stage, server, service, texts

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.file import FileCheck
from keepalived.core.lvs.config import DirectorConfig, VirtualServer
from keepalived.core.lvs.director import Director
from keepalived.core.track.config import TrackFile
from keepalived.core.track.lines import InitFile
from keepalived.lang.option_values import Weight
from keepalived.port.effects import Effect, Hold, MakeFile
from keepalived.port.events import Reconfigured, Started, Stopping, Told, WatchSaw
from keepalived.port.resources import FileWatch, Server
from keepalived.port.words import BfdSaid
from keepalived.records import replace

PATH = "/run/number"
FILE = TrackFile(name="F", file=PATH)
WATCH = FileWatch(PATH)
TWICE = FileCheck(track_file="F", weight=Weight(2))
HERE = "[192.168.1.1]:tcp:80"
VS = "[10.0.0.1]:tcp:80"


class Filed(Stage):
    """A director that follows files."""

    def __init__(self, *services: VirtualServer, files: tuple[TrackFile, ...] = (FILE,)) -> None:
        super().__init__()
        self.config = DirectorConfig("LVS", services, files=files)
        self.director = Director(self.config, FixedDice())
        self.tell(Started())

    def write(self, text: str | None) -> list[str]:
        return texts(self.tell(WatchSaw(WATCH, text)))

    def weights(self) -> list[int]:
        found = [each for held in self.held.values() for each in held]
        return [each.weight for each in found if isinstance(each, Server)]


def watched(effects: list[Effect]) -> dict[str, tuple[object, ...]]:
    return {
        each.owner: tuple(each.resources)
        for each in effects
        if isinstance(each, Hold) and each.owner.startswith("track_file")
    }


def test_the_number_times_the_weight_is_added() -> None:
    stage = Filed(service(server(A, TWICE, weight=5), server(B)))
    assert stage.held["track_file F"] == [WATCH]
    assert stage.director.deadline() is None
    line = f"Changing weight from 5 to 11 for active service {HERE} of VS {VS}"
    assert stage.write("3\n") == [line]
    assert stage.weights() == [11, 1]
    assert stage.write("3\n") == []
    stage.write("-1")
    assert stage.weights() == [3, 1]
    stage.write("-100")
    assert stage.weights() == [0, 1]
    stage.write(None)
    assert stage.weights() == [5, 1]


def test_the_other_way_round_it_is_taken_away() -> None:
    check = replace(TWICE, weight=Weight(2, reverse=True))
    stage = Filed(service(server(A, check, weight=9)))
    stage.write("3")
    assert stage.weights() == [3]


def test_several_checks_add_up_and_none_adds_up_over_time() -> None:
    stage = Filed(service(server(A, TWICE, FileCheck(track_file="F"), weight=1)))
    for _ in range(3):
        stage.write("2")
        stage.write("4")
    assert stage.weights() == [13]


def test_the_least_of_all_numbers_takes_the_server_out() -> None:
    stage = Filed(service(server(A, TWICE), server(B)))
    stage.write("3")
    assert stage.write("-1073741824") == [
        f"({HERE}): tracked file F now FAULT state",
        f"Removing service {HERE} from VS {VS}",
    ]
    assert stage.weights() == [1]
    assert stage.write("4") == [
        f"({HERE}): tracked file F leaving FAULT state",
        f"Adding service {HERE} to VS {VS}",
    ]
    assert stage.weights() == [9, 1]


def test_what_is_no_number_changes_nothing_but_is_said() -> None:
    stage = Filed(service(server(A, TWICE)))
    stage.write("3")
    (line,) = stage.write("many")
    assert PATH in line
    assert stage.weights() == [7]


@pytest.mark.parametrize("overwrite", [False, True])
def test_the_file_is_made_at_the_start(overwrite: bool) -> None:
    made = replace(FILE, init_file=InitFile(4, overwrite))
    stage = Filed(service(server(A, TWICE)), files=(made,))
    assert MakeFile(PATH, "4\n", overwrite) in stage.effects
    assert not any(isinstance(e, MakeFile) for e in stage.tell(Reconfigured(stage.config)))


def test_a_reload_goes_on_with_what_is_known() -> None:
    old = service(server(A, TWICE), server(B, BfdCheck(name="P")))
    stage = Filed(old)
    stage.write("3")
    effects = stage.tell(Reconfigured(replace(stage.config, services=(old,))))
    assert watched(effects) == {}
    stage.write("4")
    assert stage.weights() == [9, 1]
    stage.tell(Told(BfdSaid("P", False)))
    assert stage.weights() == [9]
    new = service(server(A, replace(TWICE, weight=Weight(3)), weight=10))
    stage.tell(Reconfigured(replace(stage.config, services=(new,))))
    assert stage.weights() == [22]


def test_a_file_that_nobody_follows_any_more_is_watched_no_more() -> None:
    stage = Filed(service(server(A, TWICE)))
    effects = stage.tell(Reconfigured(DirectorConfig("LVS", (service(server(A)),))))
    assert watched(effects) == {"track_file F": ()}
    assert stage.write("3") == []


def test_the_end_watches_nothing() -> None:
    stage = Filed(service(server(A, TWICE)))
    assert watched(stage.tell(Stopping())) == {"track_file F": ()}
    assert stage.write("3") == []
