#!/usr/bin/env python3
"""Checks what every file of the project has to be: formatted, not too long, opened by a comment, free of loose ends.

    tidiness.py format|length|opening|loose-ends|scripts ROOT      prints each offence; exit status 1 if there are any
"""

import pathlib
import re
import subprocess
import sys

CXX_FOLDERS = ("include", "src", "tests", "fuzz", "bench", "examples", "tools")
MAX_LINES = 500
# Of README.md, which is read in the first minute: lines, and characters in a line.
README_LINES = 130
README_WIDTH = 120
LOOSE_ENDS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
SCRIPTS = ("test", "demo", ".ci/run", "scripts/dependencies.sh", "scripts/build-2.0.0", "scripts/package.sh", "scripts/build-boards",
           "scripts/finish-loader")


def files(root, *suffixes):
    found = [path for folder in CXX_FOLDERS for path in sorted((root / folder).rglob("*"))
             if path.suffix in suffixes and "corpus" not in path.parts]
    if not found:
        sys.exit(f"{root}: no files to check")
    return found


def check_format(root):
    names = [str(path) for path in files(root, ".h", ".cpp")]
    result = subprocess.run(["clang-format", "--dry-run", "-Werror", "--style=file", *names], capture_output=True, text=True,
                            cwd=root, check=False)
    if result.returncode != 0:
        yield result.stderr or f"clang-format ended with status {result.returncode}"


def check_length(root):
    for path in files(root, ".h", ".cpp", ".py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > MAX_LINES:
            yield f"{path.relative_to(root)}: {lines} lines, more than {MAX_LINES}: split it"
    readme = (root / "README.md").read_text(encoding="utf-8").splitlines()
    if len(readme) > README_LINES:
        yield f"README.md: {len(readme)} lines, more than {README_LINES}: move details to the manual pages"
    for number, line in enumerate(readme, 1):
        if len(line) > README_WIDTH:
            yield f"README.md:{number}: {len(line)} characters, more than {README_WIDTH}"


def check_opening(root):
    """A header's comment speaks for its .cpp too."""
    for path in files(root, ".h", ".cpp"):
        text = path.read_text(encoding="utf-8")
        has_header = path.suffix == ".cpp" and path.with_suffix(".h").exists()
        if not text.startswith("//") and not has_header:
            yield f"{path.relative_to(root)}:1: open with a comment that says what the file is for"
        if path.suffix == ".h" and "#pragma once" not in text:
            yield f"{path.relative_to(root)}:1: #pragma once is missing"


def check_loose_ends(root):
    for path in files(root, ".h", ".cpp"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if found := LOOSE_ENDS.search(line):
                yield f"{path.relative_to(root)}:{number}: {found.group()}"


def check_scripts(root):
    for name in SCRIPTS:
        if not (root / name).exists():
            yield f"{name}: missing"
            continue
        result = subprocess.run(["bash", "-n", str(root / name)], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            yield result.stderr
    for path in sorted((root / "tests").rglob("*.py")):
        try:
            compile(path.read_text(encoding="utf-8"), str(path), "exec")
        except SyntaxError as error:
            yield f"{path.relative_to(root)}:{error.lineno}: {error.msg}"


CHECKS = {"format": check_format, "length": check_length, "opening": check_opening, "loose-ends": check_loose_ends,
          "scripts": check_scripts}


def main():
    offences = list(CHECKS[sys.argv[1]](pathlib.Path(sys.argv[2]).resolve()))
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
