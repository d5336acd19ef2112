#!/usr/bin/env python3
"""Checks that the core is a library for others: installs it, builds examples/two_endpoints against that, and runs it.

    library.py ROOT BUILD      exit status 1, and what went wrong, if it does not work
"""

import os
import pathlib
import subprocess
import sys
import tempfile


def run(*command):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(str(part) for part in command)}\nended with status {result.returncode}:\n{result.stdout}")
    return result.stdout


def main():
    root, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="serialtcp-library-") as name:
        folder = pathlib.Path(name)
        run("cmake", "--install", build, "--prefix", folder / "prefix", "--component", "library")
        # Without what the build has in its environment, and nothing from the source tree but the example.
        run("cmake", "-S", root / "examples" / "two_endpoints", "-B", folder / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={folder / 'prefix'}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror",
            f"-DCMAKE_CXX_COMPILER={os.environ.get('SERIALTCP_CXX', 'c++')}")
        run("cmake", "--build", folder / "build")
        output = run(folder / "build" / "two_endpoints")
        if "echoed: through two pipes" not in output:
            sys.exit(f"the example printed: {output}")


if __name__ == "__main__":
    main()
