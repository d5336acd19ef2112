#!/usr/bin/env python3
"""Checks that tests/mutations still says what to break: the text of each breakage stands exactly once in its file.

    mutations.py ROOT      prints each breakage that does not; exit status 1 if there are any
"""

import pathlib
import sys


def main():
    root = pathlib.Path(sys.argv[1])
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root / "tests" / "mutations"))
    from breakages import BREAKAGES
    offences = []
    for breakage in BREAKAGES:
        path = root / breakage.file
        times = path.read_text(encoding="utf-8").count(breakage.old) if path.exists() else 0
        if times != 1:
            offences.append(f"{breakage.file}: the text for \"{breakage.promise}\" stands there {times} times, not once: "
                            "correct it in tests/mutations/breakages.py")
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
