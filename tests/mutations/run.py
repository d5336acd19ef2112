#!/usr/bin/env python3
"""Proves the tests: breaks the program, one line at a time, in a copy of it, and demands that the named test fails.

    tests/mutations/run.py [--only TEXT] [--list]     # TEXT: in the promise or the file's name

The copy and its build stay in build/mutations, so that the next run is quick. Ends with status 1 if a breakage went
unnoticed (then a test is missing) or does not apply (then breakages.py is out of date).
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

from breakages import BREAKAGES

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TREE = ROOT / "build/mutations/tree"
BUILD = ROOT / "build/mutations/build"
SEEDS = "1:160"
TIMEOUT = 300  # seconds for a test: one that hangs has failed, too


def copy_tree():
    """Copies only files that differ, so that not everything is rebuilt."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.split("\n")
    for name in filter(None, names):
        source, copy = ROOT / name, TREE / name
        if not source.is_file() or (copy.exists() and copy.read_bytes() == source.read_bytes()):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def configure():
    command = ["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DSERIALTCP_BENCH=OFF",
               "--log-level=WARNING", "-Wno-dev"]
    if shutil.which("ccache"):
        command.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    subprocess.run(command, check=True)


def build(binary):
    result = subprocess.run(["ninja", "-C", BUILD, "--quiet", f"{binary}_tests"], capture_output=True, text=True, check=False)
    return None if result.returncode == 0 else result.stdout[-2000:]


def passes(binary, test):
    command = [BUILD / f"tests/{binary}_tests", f"--gtest_filter={test}", "--gtest_brief=1"]
    try:
        result = subprocess.run(command, env=dict(os.environ, SERIALTCP_SEEDS=SEEDS), capture_output=True, text=True,
                                timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return False
    if "0 tests from 0 test suites" in result.stdout:
        sys.exit(f"there is no test {test}")
    return result.returncode == 0


def attempt(breakage):
    """The result in a word, and whether it is as required."""
    path = TREE / breakage.file
    text = path.read_text(encoding="utf-8")
    if text.count(breakage.old) != 1:
        return f"does not apply: found {text.count(breakage.old)} times", False
    try:
        path.write_text(text.replace(breakage.old, breakage.new), encoding="utf-8")
        complaint = build(breakage.binary)
        if complaint:
            return f"does not build:\n{complaint}", False
        if passes(breakage.binary, breakage.test):
            return "UNNOTICED", False
        return "noticed", True
    finally:
        path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    breakages = [b for b in BREAKAGES if chosen.only in b.promise or chosen.only in b.file]
    if chosen.list:
        print("\n".join(f"{b.file}: {b.promise} [{b.test}]" for b in breakages))
        return 0
    copy_tree()
    configure()
    for binary in sorted({b.binary for b in breakages}):
        complaint = build(binary)
        if complaint:
            sys.exit(complaint)
        tests = ":".join(dict.fromkeys(b.test for b in breakages if b.binary == binary))
        if not passes(binary, tests):
            sys.exit(f"already without a breakage, one of these fails: {tests}")
    bad = 0
    for breakage in breakages:
        began = time.monotonic()
        outcome, good = attempt(breakage)
        bad += not good
        print(f"{time.monotonic() - began:5.0f} s  {outcome:9}  {breakage.file}: {breakage.promise} [{breakage.test}]", flush=True)
    print(f"{len(breakages) - bad} of {len(breakages)} breakages noticed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
