"""Common parts of all end-to-end tests: the emulated cable, the program at each end, targets, and waiting for events.

The program under test is named by the environment variable SERIALTCP. Nothing here sleeps for a fixed time to let
something happen: until() polls, with a deadline that only a broken program reaches.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BINARY = os.environ.get("SERIALTCP", "")
FAKE_RESOLVER = os.environ.get("SERIALTCP_FAKE_RESOLVER", "")
# Built with a sanitizer, whose own memory is not bounded.
SANITIZED = bool(os.environ.get("SERIALTCP_SANITIZED"))
DEADLINE = 60.0
LINK_OK = r"link ok"


def until(condition, what, deadline=DEADLINE):
    """The first true value that condition() returns."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:.0f} s in vain for: {what}")
        time.sleep(0.01)


class Process:
    """A program that runs beside the test, its output in a file. It ends with the test, however that ends."""

    def __init__(self, name, args, folder, *, wrap=(), env=None, stdin=subprocess.DEVNULL, stderr=None, user=None):
        self.name = name
        self.args = [str(arg) for arg in args]
        self.output_path = os.path.join(folder, f"{name}.log")
        self.expected_status = 0
        with open(self.output_path, "ab") as output:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *wrap, *self.args], stdin=stdin, stdout=output,
                stderr=output if stderr is None else stderr, env={**os.environ, **(env or {})}, user=user)

    def text(self):
        with open(self.output_path, encoding="utf-8", errors="replace") as output:
            return output.read()

    def mark(self):
        """A position in the output: wait_for(..., after=mark) only searches what is written later."""
        return len(self.text())

    def wait_for(self, pattern, after=0, deadline=DEADLINE):
        def found():
            match = re.search(pattern, self.text()[after:])
            if not match and self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended with status {self.popen.returncode} before it said {pattern}:"
                                     f"\n{self.text()[-2000:]}")
            return match
        return until(found, f"{self.name} says: {pattern}", deadline)

    def wait(self, deadline=DEADLINE):
        """Its exit status, once it has ended by itself."""
        try:
            return self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended within {deadline:.0f} s") from None

    def signal(self, number):
        self.popen.send_signal(number)

    def kill(self):
        self.popen.kill()
        self.popen.wait()

    def stop(self):
        """Ends it in order; returns its exit status."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            return self.popen.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within 20 s of SIGTERM") from None

    def resident_bytes(self):
        with open(f"/proc/{self.popen.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Cable(Process):
    """`serialtcp cable`: two ptys; commands on its standard input."""

    count = 0

    def __init__(self, folder, *options):
        Cable.count += 1
        self.a = os.path.join(folder, "ttyA")
        self.b = os.path.join(folder, "ttyB")
        super().__init__(f"cable{Cable.count}", [BINARY, "cable", self.a, self.b, *options], folder, stdin=subprocess.PIPE)
        self.wait_for(r"cable ready")

    def command(self, text):
        before = self.mark()
        self.popen.stdin.write(text.encode() + b"\n")
        self.popen.stdin.flush()
        answer = self.wait_for(r"(?m)^(.*)\n", after=before).group(1)
        if answer.startswith("error"):
            raise AssertionError(f"the cable answered {text!r} with {answer!r}")
        return answer


class End(Process):
    """serialtcp at one end of a line. `port` is where a --server end listens."""

    count = 0

    def __init__(self, folder, mode, what, line, *options, baud=115200, name=None, binary=BINARY, **process):
        End.count += 1
        self.binary = binary
        self.folder = folder
        self.mode = mode
        self.line = line
        self.options = [str(option) for option in options]
        self.baud = baud
        self.process_options = process
        port_file = os.path.join(folder, f"port{End.count}")
        ports = ["--test-port-file", port_file] if mode == "--server" else []
        self.what = what
        super().__init__(name or f"{mode.strip('-')}{End.count}", [binary, mode, what, *ports, *self.options, line,
                                                                   str(baud)], folder, **process)
        self.port = self.read_port(port_file) if mode == "--server" else None

    def read_port(self, path):
        def port():
            if os.path.exists(path):
                with open(path, encoding="ascii") as file:
                    return file.readline().strip()  # those of -L follow
            if self.popen.poll() is not None:
                raise AssertionError(f"{self.name} ended with status {self.popen.returncode}: {self.text()}")
            return None
        return int(until(port, f"{self.name} listens"))

    def wait_link(self, after=0):
        return self.wait_for(LINK_OK, after=after)

    def again(self, **changes):
        """Another run with the same arguments (a server on the same port)."""
        what = self.what if self.port is None else str(self.port)
        return End(self.folder, self.mode, what, self.line, *self.options, baud=changes.get("baud", self.baud),
                   binary=changes.get("binary", self.binary), **self.process_options)


class Case(unittest.TestCase):
    """A test with a folder of its own. Its processes are ended after it, and their logs are shown if it fails."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="serialtcp-e2e-")
        os.environ["XDG_STATE_HOME"] = os.path.join(self.folder, "state")  # nothing is learned from other tests
        self.processes = []
        self.addCleanup(shutil.rmtree, self.folder)

    def end_process(self, process):
        """A process that the test has not ended must end in order, so that a crash is noticed. It is ended before what the
        test made earlier, such as its line: nothing then waits for a line that is gone."""
        running = process.popen.poll() is None
        status = process.stop()
        if process.popen.stdin:
            process.popen.stdin.close()
        if isinstance(process, (End, Cable)) and (running or status < 0):
            self.assertEqual(status, process.expected_status, f"{process.name}: {process.text()[-3000:]}")

    def assert_small(self, *processes, bound=64_000_000):
        """None has more than this many bytes in memory, unless it is built with a sanitizer, whose memory is not
        bounded."""
        for process in processes if not SANITIZED else ():
            self.assertLess(process.resident_bytes(), bound, process.name)

    def add(self, process):
        self.processes.append(process)
        self.addCleanup(self.end_process, process)
        return process

    def kill(self, process):
        process.expected_status = -signal.SIGKILL
        process.kill()

    def cable(self, *options):
        return self.add(Cable(self.folder, *options))

    def server_end(self, line, *options, what="0", **process):
        return self.add(End(self.folder, "--server", what, line, *options, **process))

    def client_end(self, target, line, *options, **process):
        what = f"127.0.0.1:{target}" if isinstance(target, int) else target
        return self.add(End(self.folder, "--client", what, line, *options, **process))

    def again(self, end, **changes):
        return self.add(end.again(**changes))

    def tunnel(self, target, *cable_options, baud=115200, options=(), client_options=()):
        """A cable with both ends on it and the link up: cable, server end, client end."""
        cable = self.cable(*cable_options)
        server = self.server_end(cable.a, *options, baud=baud)
        client = self.client_end(target, cable.b, *options, *client_options, baud=baud)
        server.wait_link()
        client.wait_link()
        return cable, server, client

    def dump_logs(self):
        for process in self.processes:
            print(f"---- {process.name}: {' '.join(process.args)}\n{process.text()[-6000:]}", file=sys.stderr)


class Result(unittest.TextTestResult):
    """Shows the logs at the moment when a test fails, while they still exist."""

    def addError(self, test, err):
        super().addError(test, err)
        self.show_logs(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.show_logs(test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.show_logs(test)

    @staticmethod
    def show_logs(test):
        if isinstance(test, Case) and os.path.isdir(getattr(test, "folder", "")):
            print(f"\n==== logs of {test.id()}", file=sys.stderr)
            test.dump_logs()


def names_of_tests(suite):
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from names_of_tests(part)
        else:
            yield part.id().removeprefix("__main__.")


def main():
    """Runs the tests that are named (Class.test_name), or all; --list prints these names, one a line."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join(names_of_tests(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))))
        return
    if not os.access(BINARY, os.X_OK):
        sys.exit("Name the program to test in the environment: SERIALTCP=build/test/src/serialtcp")
    unittest.main(testRunner=unittest.TextTestRunner(verbosity=2, resultclass=Result))
