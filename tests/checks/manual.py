#!/usr/bin/env python3
"""Checks the manual pages: groff shows them without warnings, and the pages of section 1 have the options that
--help has, serialtcp(1) also the events of the log, no more.

    manual.py ROOT PROGRAM      prints each offence; exit status 1 if there are any
"""

import pathlib
import re
import subprocess
import sys


def check_pages(root):
    pages = sorted((root / "man").glob("*.[1-8]"))
    if not pages:
        yield f"{root}/man: no pages"
    for page in pages:
        result = subprocess.run(["groff", "-ww", "-mandoc", "-Tutf8", str(page)], capture_output=True, text=True, check=False)
        if result.stderr or result.returncode != 0:
            yield result.stderr.strip() or f"{page}: groff ended with status {result.returncode}"


# The pages, and the command whose --help they describe.
PAGES = {"serialtcp.1": [], "serialtcp-share.1": ["share"], "serialtcp-console.1": ["console"],
         "serialtcp-shell.1": ["shell"], "serialtcp-cp.1": ["cp"],
         "serialtcp-install.1": ["install"], "serialtcp-getty.1": ["getty"],
         "serialtcp-test.1": ["test"], "serialtcp-net.1": ["net"]}


def options_of_help(program, command):
    text = subprocess.run([program, *command, "--help"], capture_output=True, text=True, check=True).stdout
    # "--rts/--dtr 0|1" names two.
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))


def options_of_manual(root, page):
    text = (root / "man" / page).read_text(encoding="utf-8")
    described = re.findall(r"^\.It Fl (.*)$", text, re.MULTILINE)
    return {f"-{option}" for line in described for option in re.findall(r"(?:^|[ ,])(-[a-z][a-z0-9-]+)", line)}


def check_options(root, program):
    for page, command in PAGES.items():
        of_help, of_manual = options_of_help(program, command), options_of_manual(root, page)
        for option in sorted(of_help - of_manual):
            yield f"man/{page}: {option} is missing, which --help has"
        for option in sorted(of_manual - of_help):
            yield f"man/{page}: {option} is described, and --help does not have it"


def check_events(root):
    """The log's names of events, on which scripts rely, are those of the list in serialtcp(1)."""
    source = (root / "src" / "cli" / "log_event.cpp").read_text(encoding="utf-8")
    events = set(re.findall(r'LogEvent::\w+,\s+"(\w+)"', source))
    text = (root / "man" / "serialtcp.1").read_text(encoding="utf-8")
    described = text.partition("begin events")[2].partition("end events")[0]
    named = set(re.findall(r"^\.It Li (\w+)$", described, re.MULTILINE))
    if not events:
        yield "src/cli/log_event.cpp: no events are found"
    for event in sorted(events - named):
        yield f"man/serialtcp.1: the event {event} of src/cli/log_event.cpp is missing"
    for event in sorted(named - events):
        yield f"man/serialtcp.1: {event} is described, and src/cli/log_event.cpp does not have it"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    offences = [*check_pages(root), *check_options(root, sys.argv[2]), *check_events(root)]
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
