#!/usr/bin/env python3
"""Checks that the tests which docs/testing.md and SECURITY.md name exist.

    named_tests.py ROOT BUILD      BUILD: where ctest finds the tests

The last column of their tables of promises names tests in words such as "unit Aead, LinkKeys; scenario Soak; e2e sealed". A word
in CamelCase must be part of a test's name, after "e2e" a word must be a file of tests/e2e, and NAME_fuzzer a file of fuzz.
Prints each name that nothing answers to; exit status 1 if there are any.
"""

import pathlib
import re
import subprocess
import sys

HEADINGS = {"docs/testing.md": "## Promises", "SECURITY.md": "## Promises"}
TEST = re.compile(r"\b[A-Z][a-z0-9]+[A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)?")
# Ordinary words with a capital letter, in the text around the names.
WORDS = {"World", "SEED", "RSS"}


def rows(text, heading):
    section = text[text.index(heading):]
    section = section[:end] if (end := section.find("\n## ", 3)) > 0 else section
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) >= 2 and not set(cells[-1]) <= set("- :") and cells[-1] != "test" \
                and not cells[-1].startswith("test that"):
            yield cells[-1]


def named(cell):
    """The names of tests, of files of tests/e2e and of fuzzers in a cell."""
    cell = re.sub(r"`[^`]*`", "", cell)
    tests = [word for word in TEST.findall(cell) if word not in WORDS]
    files = [word for group in re.findall(r"\be2e ([a-z_0-9]+(?:, [a-z_0-9]+)*)", cell) for word in group.split(", ")]
    return tests, files, re.findall(r"\b([a-z]+)_fuzzer\b", cell)


def main():
    root = pathlib.Path(sys.argv[1])
    known = subprocess.run(["ctest", "--test-dir", sys.argv[2], "-N"], capture_output=True, text=True, check=True).stdout
    offences = []
    for document, heading in HEADINGS.items():
        for cell in rows((root / document).read_text(encoding="utf-8"), heading):
            tests, files, fuzzers = named(cell)
            offences += [f"{document}: no test is called {name}" for name in tests if name not in known]
            offences += [f"{document}: there is no tests/e2e/{name}.py" for name in files
                         if not (root / "tests" / "e2e" / f"{name}.py").exists()]
            offences += [f"{document}: there is no fuzz/{name}_fuzzer.cpp" for name in fuzzers
                         if not (root / "fuzz" / f"{name}_fuzzer.cpp").exists()]
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
