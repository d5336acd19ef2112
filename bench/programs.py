"""The programs that are measured: built from this tree, in a build folder of their own."""

import os
import subprocess
import sys

from rig import Trouble

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def build():
    """Builds them and returns the folder."""
    folder = os.path.join(ROOT, "build", "bench")
    for command in (["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                     "-DSERIALTCP_TESTS=OFF", "-DSERIALTCP_BENCH=ON", "-Wno-dev", "--log-level=WARNING"],
                    ["ninja", "-C", folder, "--quiet", "serialtcp", "line_probe"]):
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
            raise Trouble(f"building failed: {' '.join(command)} says why above")
    return folder
