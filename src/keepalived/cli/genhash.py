"""genhash: fetches a page and prints the MD5 that HTTP_GET and SSL_GET compare with.

Rule: bad usage ends with 1 and the usage; everything else with 0, as operators' scripts expect.
"""

from __future__ import annotations

import getopt
import os
import sys
import time

from keepalived import VERSION, VERSION_DATE
from keepalived.cli.digest import body_digest, dumps
from keepalived.cli.fetch import Failed, Order, fetch
from keepalived.records import replace
from keepalived.wire.addresses import parse_address

TIMEOUT_S = 5.0
PROTOCOLS = ("1.0", "1.0c", "1.1")

USAGE = """\
Usage:
  genhash -s server-address -p port -u url
  genhash -S -s server-address -p port -u url
  genhash -S -K priv-key-file -P pem-password -s server-address -p port -u url
  genhash -S -K priv-key-file -P pem-password -C cert-file -s server-address -p port -u url
  genhash -h
  genhash -v

Options, short or long:
  -s, --server ADDRESS        the remote server's address (not a name)
  -p, --port PORT             its port
  -u, --url PATH              the page
  -S, --use-ssl               speak TLS
  -I, --use-sni               name the virtual host of -V in the TLS greeting
  -V, --use-virtualhost NAME  the Host header
  -K, --use-private-key FILE  the private key to introduce ourselves with
  -P, --use-password WORD     beside -K: the key's password
  -C, --use-certificate FILE  the certificate of that key
  -P, --protocol VERSION      without -K: 1.0, 1.0c (1.0 with Connection: close) or 1.1
  -m, --fwmark N              the firewall mark of our packets
  -t, --timeout SECONDS       for connecting and for each wait (5)
  -v, --verbose               print what the server said; alone: print the version
  -h, --help                  print this
"""

SHORT = "s:p:u:SIV:K:P:C:m:t:vh"
LONG = {
    "server=": "-s",
    "port=": "-p",
    "url=": "-u",
    "use-ssl": "-S",
    "use-sni": "-I",
    "use-virtualhost=": "-V",
    "use-private-key=": "-K",
    "use-password=": "--use-password",
    "use-certificate=": "-C",
    "protocol=": "--protocol",
    "fwmark=": "-m",
    "timeout=": "-t",
    "verbose": "-v",
    "help": "-h",
}


class BadUsage(Exception):
    """The command line does not say what to do; carries the words for the operator."""


def main(arguments: list[str] | None = None) -> int:
    """Run genhash; give the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(given)
    except BadUsage as error:
        sys.stderr.write(f"{error}\n\n{USAGE}" if str(error) else USAGE)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader left (`| head`): nobody is there to be told; Python must not try again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(given: list[str]) -> int:
    options = parse(given)
    if "-h" in options:
        raise BadUsage("")
    if set(options) == {"-v"}:
        print(f"genhash v{VERSION} ({VERSION_DATE})")
        return 0
    order = order_from(options)
    started_us = time.monotonic_ns() // 1000
    page = fetch(order)
    took_us = time.monotonic_ns() // 1000 - started_us
    if isinstance(page, Failed):
        print(page.why, file=sys.stderr if page.why.startswith("no data") else sys.stdout)
    elif "-v" in options:
        print("\n".join(dumps(page.head, page.body)))
    else:
        print(body_digest(page.body))
    if "-v" in options:
        print(f"\nGlobal response time for [{order.path}] = {took_us} usecs")
    sys.stdout.flush()
    return 0


def parse(given: list[str]) -> dict[str, str]:
    """Give the options under their short names, and `-P` resolved to what it means here."""
    try:
        pairs, surplus = getopt.gnu_getopt(given, SHORT, list(LONG))
    except getopt.GetoptError as error:
        raise BadUsage(str(error)) from None
    if surplus:
        raise BadUsage(f"Unexpected argument(s): {' '.join(surplus)}")
    long_names = {f"--{name.rstrip('=')}": short for name, short in LONG.items()}
    options = {long_names.get(name, name): value for name, value in pairs}
    if "-P" in options:
        meant = "--use-password" if "-K" in options else "--protocol"
        options[meant] = options.pop("-P")
    return options


def order_from(options: dict[str, str]) -> Order:
    """Check the options' values; raises BadUsage with what would be right."""
    lacking = [name for name in ("-s", "-p", "-u") if name not in options]
    if lacking:
        raise BadUsage(f"needed and not given: {', '.join(lacking)}")
    if parse_address(options["-s"]) is None:
        raise BadUsage(f"server should be an IP address, not {options['-s']}")
    if options.get("-C") and "-K" not in options:
        raise BadUsage("a certificate (-C) needs its private key: -K FILE")
    protocol = options.get("--protocol", "1.0").lower()
    if protocol not in PROTOCOLS:
        remedy = "" if "-K" in options else " (a password needs -K beside it)"
        raise BadUsage(f"invalid HTTP protocol version '{protocol}': 1.0, 1.0c or 1.1{remedy}")
    order = Order(
        address=options["-s"],
        port=_number(options["-p"], "port number", 1, 65535),
        path=_one_line(options["-u"], "url"),
        timeout_s=TIMEOUT_S,
        host=_one_line(options.get("-V", ""), "virtual host"),
        protocol=protocol,
        tls="-S" in options,
        sni="-I" in options,
        key_file=options.get("-K", ""),
        password=options.get("--use-password", ""),
        certificate_file=options.get("-C", ""),
    )
    if "-m" in options:
        order = replace(order, mark=_number(options["-m"], "firewall mark", 0, 2**32 - 1))
    if "-t" in options:
        order = replace(order, timeout_s=_number(options["-t"], "timeout", 1, 86400))
    return order


def _number(text: str, what: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
    if not least <= number <= most:
        raise BadUsage(f"invalid {what} '{text}': {least} to {most}")
    return number


def _one_line(text: str, what: str) -> str:
    if any(ord(sign) < 32 for sign in text):
        raise BadUsage(f"the {what} has a control character in it")
    return text


if __name__ == "__main__":
    sys.exit(main())
