"""`kactl check`: what is wrong with a file, or between the files of directors that form a pair.

Rule: the exit status is that of `keepalived -t`; what is shown names a place and a remedy.
"""

from __future__ import annotations

from collections.abc import Sequence

from keepalived.annotations import Any
from keepalived.config.releases import known
from keepalived.lang.fault import Fault, Severity, exit_class

HELP = """Usage: kactl check [OPTION]... FILE...

Says what is wrong with a configuration, where, and what would be right. Of several files, those of
a pair's directors, it also says in what they do not fit together.

Options:
  --for=RELEASE     what that release of keepalived, such as 2.2.7, would make of the file
  --json            the answer as JSON
  --quiet           errors only, no remarks

Exit status: 0 fine, 4 cannot run here, 5 errors, 6 unsafe scripts or an include that is missing.
"""


def check(files: Sequence[str], release: str = "", *, as_json: bool, quiet: bool) -> int:
    """Judge files one by one, then beside one another; print it and give the exit status."""
    from keepalived.run.config_test import examine

    if release and not known(release):
        print(f"kactl: {release} is no release; one looks like 2.2.7")
        return 2
    faults: list[Fault] = []
    configs = []
    for file in files:
        verdict = examine(file, release=release)
        faults += verdict.faults
        configs.append((file, verdict.loaded.config))
    if len(files) > 1:
        from keepalived.config.pair_rules import pair_faults

        faults += pair_faults(configs, _lines_of)
    status = exit_class(faults)
    shown = [each for each in faults if each.severity > Severity.REMARK or not quiet]
    if as_json:
        import json

        answer = {"files": list(files), "release": release, "status": status}
        print(json.dumps({**answer, "faults": [_document(each) for each in shown]}, indent=2))
    else:
        for each in shown:
            print(each.shown())
        print(_closing(shown, status))
    return status


def _lines_of(file: str) -> list[str]:
    from keepalived.run.sources import fetch

    texts = [text for _, text in fetch(file) if isinstance(text, str)]
    return texts[0].split("\n") if len(texts) == 1 else []


def _document(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.place.file,
        "line": fault.place.line,
        "column": fault.place.column,
        "severity": fault.severity.name.lower(),
        "what": fault.what,
        "remedy": fault.remedy,
        "source": fault.source,
        "status": fault.status,
    }


def _closing(faults: list[Fault], status: int) -> str:
    counts = [
        (sum(1 for each in faults if each.severity is severity), severity.name.lower())
        for severity in (Severity.FATAL, Severity.ERROR, Severity.REMARK)
    ]
    parts = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count]
    return f"{', '.join(parts) or 'no faults'}; keepalived -t would exit with {status}"
