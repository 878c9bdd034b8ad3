"""What routes and rules name and the host does not know: tables, protocols, realms, groups.

Rule: as for links: pure, the host's names are handed in.
"""

from __future__ import annotations

from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.claims.held_route import route_of
from keepalived.core.claims.held_rule import Preferences, rules_of
from keepalived.core.claims.route import RouteLineValue
from keepalived.core.claims.rule import RuleLineValue
from keepalived.lang.lexer import Line
from keepalived.lang.words import Bad, Given
from keepalived.port.names import Names

_REMEDY = "give the number, or name it in the tables of iproute2"


def refuse_names(config: Config, names: Names, report: Report) -> None:
    """Report every line of an instance whose route or rule cannot be held for want of a name."""
    for instance in config.instances:
        for block, problem_of in (("virtual_routes", _of_route), ("virtual_rules", _of_rule)):
            if not getattr(instance, block):
                continue
            for body in report.bodies(instance, block):
                for line in body:
                    problem = problem_of(line, names)
                    if problem:
                        report.error_told(line, instance, problem, _REMEDY)


def _of_route(line: Line, names: Names) -> str:
    value = RouteLineValue().read(Given(tuple(line.words)))
    made = "" if isinstance(value, Bad) else route_of(value, names)
    return made if isinstance(made, str) else ""


def _of_rule(line: Line, names: Names) -> str:
    value = RuleLineValue().read(Given(tuple(line.words)))
    if isinstance(value, Bad):
        return ""
    _, problems = rules_of((value,), names, Preferences())
    return problems[0] if problems else ""
