"""Which members of a group have to move: a table small enough to be tried in full."""

from __future__ import annotations

from itertools import product

from keepalived.core.vrrp.group import Standing, joint_state, orders
from keepalived.core.vrrp.state import MOVES, State


def every_standing() -> list[Standing]:
    return [
        Standing(state, wants or state is State.MASTER, fault, robbed)
        for state in State
        for wants in (False, True)
        for fault in (False, True)
        for robbed in (False, True)
        if not (fault and state is State.MASTER)
    ]


def test_orders_are_legal_and_end() -> None:
    for trio in product(every_standing(), repeat=2):
        members = list(trio)
        if any(each.state is State.INIT and not each.wants_lead for each in members):
            continue
        for _ in range(4):
            due = orders(members)
            if not due:
                break
            for place, order in due:
                assert order.state in MOVES[members[place].state]
                before = members[place]
                leads = order.state is State.MASTER
                members[place] = Standing(order.state, leads, before.at_fault, False)
        assert not orders(members)


def test_a_settled_group_is_of_one_state() -> None:
    for pair in product(every_standing(), repeat=2):
        living = all(each.state is not State.INIT for each in pair)
        if living and not orders(pair):
            assert len({each.state for each in pair}) == 1


def test_a_group_alone_obeys_its_own_wish() -> None:
    assert [order.state for _, order in orders([Standing(State.BACKUP, True, False)])] == [
        State.MASTER
    ]
    assert orders([Standing(State.BACKUP, False, False)]) == []


def test_the_joint_state_is_the_least_of_its_members() -> None:
    assert joint_state([State.MASTER, State.FAULT]) is State.FAULT
    assert joint_state([State.MASTER, State.BACKUP]) is State.BACKUP
    assert joint_state([State.MASTER]) is State.MASTER
    assert joint_state([State.INIT]) is State.INIT
