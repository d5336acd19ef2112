#!/usr/bin/env python3
"""Checks that the manual pages and the completions are what the option table makes of them.

    option_documents.py ROOT TOOL      prints each file that is not, and how to renew it; exit status 1 if there is one
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

FOLDERS = ("man", "completions", "tools/completions")


def main():
    root, tool = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="serialtcp-documents-") as name:
        copy = pathlib.Path(name)
        for folder in FOLDERS:
            if (root / folder).exists():
                shutil.copytree(root / folder, copy / folder)
        result = subprocess.run([tool, copy], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            sys.exit(f"{tool} ended with status {result.returncode}: {result.stderr}")
        stale = [pathlib.Path(line).relative_to(copy) for line in result.stdout.splitlines()]
    for path in stale:
        print(f"{path} is not what the option table makes of it; renew it with: {tool} {root}")
    sys.exit(1 if stale else 0)


if __name__ == "__main__":
    main()
