#!/usr/bin/env python3
"""Checks that a program was built with every protection that docs/architecture.md promises, by reading the binary.

    hardening.py PROGRAM        prints each protection that is missing; exit status 1 if there are any
"""

import re
import subprocess
import sys


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], capture_output=True, text=True, check=True).stdout


def missing(program):
    header = readelf("--file-header", program)
    segments = readelf("--segments", program)
    dynamic = readelf("--dynamic", program)
    symbols = readelf("--dyn-syms", program)
    for protection, there in (
            ("a position-independent executable (PIE)",
             re.search(r"Type:\s+DYN", header) and re.search(r"FLAGS_1.*\bPIE\b", dynamic)),
            ("tables read-only after relocation (RELRO)", "GNU_RELRO" in segments),
            ("all symbols bound at the start (BIND_NOW)", re.search(r"\b(BIND_NOW|NOW)\b", dynamic)),
            ("a stack that cannot be executed", re.search(r"GNU_STACK(?!.*RWE)", segments)),
            ("stack protector", "__stack_chk_fail" in symbols),
            ("checked calls of the C library (_FORTIFY_SOURCE)", re.search(r"\b__\w+_chk\b", symbols)),
            ("checked containers (_GLIBCXX_ASSERTIONS)", "__glibcxx_assert_fail" in symbols)):
        if not there:
            yield f"{program}: not built with {protection}"


def main():
    found = list(missing(sys.argv[1]))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
