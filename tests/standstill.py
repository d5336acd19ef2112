#!/usr/bin/env python3
"""Runs a test while its processes stand still at random, all of them or half, for up to 1.3 s, as on a machine that is
too busy. What is measured on a clock fails here; nothing in tests/e2e may.

    SERIALTCP=build/test/src/serialtcp SERIALTCP_FAKE_RESOLVER=build/test/tests/libfake_resolver.so \\
        tests/standstill.py tests/e2e/udp.py            # its exit status is the test's
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time


def session_of(stat):
    """The session of a process, from its /proc/PID/stat: the fourth field after the name, which may contain anything.
    """
    return int(stat.rsplit(")", 1)[1].split()[3])


def members(session):
    pids = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if session_of(stat.read_text(errors="replace")) == session:
                pids.append(int(stat.parent.name))
        except OSError:
            pass  # it has just ended
    return pids


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def main():
    test = subprocess.Popen([sys.executable, *sys.argv[1:]], start_new_session=True)
    while test.poll() is None:
        time.sleep(random.uniform(0.1, 1.2))
        pids = members(test.pid)
        still = pids if random.random() < 0.5 else random.sample(pids, len(pids) // 2)
        signal_all(still, signal.SIGSTOP)
        time.sleep(random.uniform(0.05, 1.3))
        signal_all(still, signal.SIGCONT)
    return test.returncode


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    sys.exit(main())
