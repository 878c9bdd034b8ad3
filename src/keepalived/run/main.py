"""What `keepalived` does when it is called.

Rule: little is imported before it is known to be needed; -v and -h load next to nothing.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence

from keepalived.records import replace
from keepalived.run.options import UMASK, Answer, Genhash, Options, parse

FAILED = 1


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; give its exit status."""
    _open_streams()
    name, *arguments = sys.argv if words is None else ["keepalived", *words]
    try:
        if os.path.basename(name) == "genhash":
            raise Genhash(arguments)
        options = parse(arguments)
    except Genhash as genhash:
        # Another program altogether: it takes this process over. Where the package lies is passed
        # on, for an installed one lies in a folder of its own.
        folder = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
        code = f"import sys; sys.path.insert(0, {folder!r})\n"
        code += "from keepalived.cli.genhash import main\nsys.exit(main())"
        command = [sys.executable, "-I", "-c", code, *genhash.arguments]
        os.execv(sys.executable, command)
    if isinstance(options, Answer):
        (sys.stdout if options.on_stdout else sys.stderr).write(options.text)
        return options.status
    if options.surplus:
        sys.stderr.write(f"Unexpected argument(s): {' '.join(options.surplus)}\n")
    os.umask(UMASK if options.umask is None else options.umask)
    if options.test:
        if words is None:
            gc.disable()
        status = _test(options)
        if words is None:
            # Taking a large file's values down one by one takes longer than ending does.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        return status
    from keepalived.run.start import start

    return start(options, [name, *arguments])


def _open_streams() -> None:
    """Fill the places of closed standard streams, or the log would be written into a socket."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    # The interpreter has no object for a stream that was closed when it began.
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _test(options: Options) -> int:
    if not options.test_log:
        return _tell(options, lambda text: print(text, file=sys.stderr))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    try:
        descriptor = os.open(options.test_log, flags, 0o644)
    except OSError as error:
        sys.stderr.write(f"{options.test_log}: {error.strerror}\n")
        return FAILED
    os.fchmod(descriptor, 0o644)
    with open(descriptor, "a", encoding="utf-8", errors="replace") as file:
        return _tell(options, lambda text: print(text, file=file))


def _tell(options: Options, say: Callable[[str], None]) -> int:
    """Show every fault, and give the exit status."""
    from keepalived.config.load import exit_class
    from keepalived.run.scene import Unreachable, examined

    try:
        faults = examined(replace(options, checker=True)).faults
    except Unreachable as error:
        say(str(error))
        return FAILED
    for fault in faults:
        say(fault.shown())
    return exit_class(faults)


if __name__ == "__main__":
    sys.exit(main())
