#!/usr/bin/env python3
"""Checks that a handler given to Asio cannot run on an object that is gone: it captures a shared pointer to it (`self`),
or goes through Lifetime::guard() (src/os/lifetime.h).

    handlers.py ROOT      prints each offence; exit status 1 if there are any
"""

import pathlib
import re
import sys

FOLDERS = ("src/os", "src/net", "src/port", "src/emulator", "src/driver", "src/service", "src/share",
           "src/control", "src/http", "src/top", "src/nat", "src/gateway", "src/cli")
CALL = re.compile(r"\b(?:async_[a-z_]+|asio::(?:post|defer|dispatch))\s*\(")
CAPTURES = re.compile(r"\[([^\[\]]*)\](?=\s*(?:\(|\{|<|mutable))")
# A program's only function, whose variables live as long as the loop.
LOCAL = {("src/cli/cable_command.cpp", "&")}


def arguments(text, start):
    """What stands between the parentheses whose opening one is before `start`."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return text[start:index]
    return text[start:]


def captured(text):
    """The capture list of the first lambda in `text`, split at the commas; empty if there is none."""
    found = CAPTURES.search(text)
    return [part.strip() for part in found.group(1).split(",")] if found else []


def offences(root):
    for path in sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.cpp")):
        name = str(path.relative_to(root))
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for call in CALL.finditer(text):
            handler = arguments(text, call.end())
            bare = handler.split("guard(")[0]
            for capture in captured(bare):
                if capture in ("this", "*this", "&", "=") and (name, capture) not in LOCAL:
                    line = text.count("\n", 0, call.start()) + 1
                    yield f"{name}:{line}: a handler captures {capture}: use Lifetime::guard() or a shared pointer"


def main():
    found = list(offences(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
