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
a pair's directors, it also says in what they do not fit together. One file that stands for all of
them, with lines that begin with @ID, is compared with itself by several IDs.

Options:
  --config-id=ID[,ID]...
                    whose lines with @ count: one for all files, or one for each; else the host
  --for=RELEASE     what that release of keepalived, such as 2.2.7, would make of the file
  --json            the answer as JSON
  --quiet           errors only, no remarks

Exit status: 0 fine, 4 cannot run here, 5 errors, 6 unsafe scripts or an include that is missing.
"""


def check(
    files: Sequence[str],
    release: str = "",
    ids: Sequence[str] = (),
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge files one by one, then beside one another; print it and give the exit status."""
    from keepalived.run.config_test import examine
    from keepalived.run.sources import setting

    if release and not known(release):
        print(f"kactl: {release} is no release; one looks like 2.2.7")
        return 2
    sides = _sides(files, ids)
    if not sides:
        print(f"kactl: {len(ids)} IDs for {len(files)} files; give one, or one for each")
        return 2
    faults: list[Fault] = []
    configs = []
    for file, config_id in sides:
        verdict = examine(file, setting=setting(config_id), release=release)
        faults += (fault for fault in verdict.faults if fault not in faults)
        configs.append((file, verdict.loaded.config))
    if len(sides) > 1:
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


def _sides(files: Sequence[str], ids: Sequence[str]) -> list[tuple[str, str]]:
    """Give each file with whom it is read for; nothing where the numbers do not fit."""
    if len(files) == 1 and ids:
        return [(files[0], each) for each in ids]
    whose = list(ids or [""])
    if len(whose) == 1:
        whose *= len(files)
    return list(zip(files, whose, strict=True)) if len(whose) == len(files) else []


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
