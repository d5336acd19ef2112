#!/usr/bin/env python3
"""serialtcp install, and --login: onto a "board" that has nothing but a shell or a login prompt on its only serial line."""

import os
import re
import shutil
import signal
import time
import unittest

import harness
from board_rig import PASSWORD, ROOT, UP, Boards


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Shells(Boards):
    def test_bash(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        transcript = os.path.join(self.folder, "transcript")
        end = self.up_and_back(wire, "--transcript", transcript)
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        self.assert_lines_are_short(transcript)

    def assert_lines_are_short(self, transcript):
        with open(transcript, encoding="utf-8", errors="replace") as file:
            typed = [line for line in file if line.startswith(">>> ")]
        self.assertGreater(len(typed), 10)
        self.assertLessEqual(max(len(line) for line in typed), 250 + len(">>> "))

    def test_a_second_time_it_is_there_already(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        self.up_and_back(wire)
        self.assertNotIn("goes to", self.up_and_back(wire).text())

    def test_it_is_kept_where_that_is_wanted_and_found_there(self):
        self.program()
        path = os.path.join(self.folder, "kept")
        wire = self.wire()
        shell = self.shell(wire, "dash", "-i")
        self.up_and_back(wire, "--save", path)
        shell.signal(signal.SIGHUP)
        shell.wait()
        self.assertTrue(os.access(path, os.X_OK))
        self.shell(wire, "dash", "-i")  # as after a boot: nothing is left in memory
        self.assertNotIn("goes to", self.up_and_back(wire, "--save", path).text())

    def test_a_path_may_have_blanks_and_quotes(self):
        self.program()
        path = os.path.join(self.folder, "it's kept; here")
        wire = self.wire()
        shell = self.shell(wire, "dash", "-i")
        transcript = os.path.join(self.folder, "transcript")
        self.up_and_back(wire, "--save", path, "--transcript", transcript)
        self.assertTrue(os.access(path, os.X_OK))
        self.assert_lines_are_short(transcript)
        shell.signal(signal.SIGHUP)
        shell.wait()
        self.shell(wire, "bash", "--norc", "-i")
        self.assertNotIn("goes to", self.up_and_back(wire, "--save", path).text())

    def test_dash(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "dash", "-i")
        self.up_and_back(wire)

    @unittest.skipUnless(shutil.which("busybox"), "needs busybox")
    def test_busybox_with_all_applets(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "env", "PATH=/nonexistent", shutil.which("busybox"), "ash", "-i")
        self.up_and_back(wire)

    def test_a_coloured_prompt_of_two_lines(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i", PS1=r"\[\e[32m\]root@board\[\e[0m\]:/\n\[\e[1m\]# \[\e[0m\]")
        self.up_and_back(wire)

    def test_with_few_tools_and_no_stty_it_is_typed(self):
        self.program(packings=("xz",))
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        for tool in ("cat", "chmod", "cksum", "uname", "xz"):
            os.symlink(shutil.which(tool), os.path.join(tools, tool))
        wire = self.wire()
        self.shell(wire, "env", f"PATH={tools}", "/bin/dash", "-i", extra="mount --bind /dev/null /bin/busybox")
        end = self.install(wire)
        end.wait_for(UP, deadline=120)
        # Shells on boards take 255.
        lines = wire.typed[:wire.typed.rindex(b"eval")].split(b"\n")
        self.assertGreater(len(lines), 1000)
        self.assertLessEqual(max(len(line) for line in lines), 250)

    def test_one_byte_in_ten_thousand_is_altered(self):
        self.program()
        wire = self.wire(alter=10000)
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire, "-L", "0:127.0.0.1:9")
        end.wait_for(UP, deadline=280)

    def test_the_echo_is_late(self):
        self.program()
        wire = self.wire(delay=0.15)
        self.shell(wire, "bash", "--norc", "-i")
        self.up_and_back(wire)

    def test_the_kernel_talks(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire, "-L", "0:127.0.0.1:9")
        number = 0
        while not end.popen.poll() and "opened at" not in end.text():
            number += 1
            wire.say(b"[%5d.%06d] usb 1-1: new high-speed USB device number %d\n" % (number, number, number))
            time.sleep(0.02)
        end.wait_for(UP)

    def test_noexec_is_avoided_and_named(self):
        self.program()
        wire = self.wire()
        shell = self.shell(wire, "dash", "-i", extra="mount -o remount,noexec /dev/shm")
        self.assertIn("goes to /run/.serialtcp", self.up_and_back(wire).text())
        shell.signal(signal.SIGHUP)
        shell.wait()
        self.shell(wire, "dash", "-i", HOME="/proc", extra="""mount -o remount,noexec /dev/shm
mount -o remount,ro /run
mkdir /dev/shm/none
mount --bind /dev/shm/none /tmp
mount --bind /dev/shm/none /var/tmp""")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r"no place at the other end can be written to and run programs.*/dev/shm: .*denied.*"
                                     r"/run: .*[Rr]ead-only")

    def test_a_machine_without_a_program_lists_those_there_are(self):
        self.program()
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        with open(os.path.join(tools, "uname"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho sparc64\n")
        os.chmod(os.path.join(tools, "uname"), 0o755)
        wire = self.wire()
        self.shell(wire, "env", f"PATH={tools}:$PATH", "dash", "-i")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertIn("which is sparc64: there are those for x86_64 aarch64", end.text())
        harness.until(lambda: self.level() == "7", "kernel messages are shown again")

    def test_a_board_that_begins_again_is_waited_for(self):
        self.program()
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire)
        harness.until(lambda: len(wire.typed) > 50_000, "it is amid the program")
        wire.cut = True
        shell.signal(signal.SIGHUP)
        shell.wait()
        wire.cut = False
        wire.say(b"\r\n[    0.000000] Linux version 6.1.0 (build@host)\r\n")
        self.shell(wire, "bash", "--norc", "-i")
        end.wait_for(UP)
        self.assertEqual(len(re.findall("begun again", end.text())), 1)

    def test_given_up_at_any_step_it_leaves_the_console_as_it_was(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        echoed = b'echo "<"'
        steps = {"at the first command": lambda: echoed in wire.typed, "at the tools": lambda: b"cksum" in wire.typed,
                 "amid a piece": lambda: len(wire.typed) > 100_000}
        for step, reached in steps.items():
            wire.typed = b""
            seen = len(wire.shown)
            end = self.install(wire)
            harness.until(reached, step)
            self.assertEqual(end.stop(), 0, step)
            self.wait_for_prompt(wire, seen)
            harness.until(lambda: wire.modes() == before, f"{step}: the terminal is as it was")
            harness.until(lambda: self.level() == "7", f"{step}: kernel messages are shown again")
        self.up_and_back(wire)

    def test_three_interrupts_at_the_console_give_it_back(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        end = self.install(wire)
        end.wait_for(UP)
        seen = len(wire.shown)
        wire.cut = True
        time.sleep(0.2)  # what is typed has to be apart from what the link has sent
        for _ in range(3):
            wire.key(b"\x03")
            time.sleep(0.1)
        self.wait_for_prompt(wire, seen)
        self.assertEqual(wire.modes(), before)

    def test_without_this_end_the_console_is_back_after_the_hold_time(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        end = self.install(wire, "--hold", "0")
        end.wait_for(UP)
        seen = len(wire.shown)
        self.kill(end)
        self.wait_for_prompt(wire, seen)
        self.assertEqual(wire.modes(), before)


@unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
class Logins(Boards):
    def test_it_logs_in_and_out(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        transcript = os.path.join(self.folder, "transcript")
        end = self.up_and_back(wire, "--login", "root", "--password-file", self.password_file(PASSWORD), "--transcript",
                               transcript, command=())
        self.assertRegex(end.text(), r'a login prompt is there \(it says ".*login:"\): logging in as root')
        with open(transcript, encoding="utf-8", errors="replace") as file:
            text = file.read()
        self.assertNotIn(PASSWORD, text)
        self.assertIn(">>> root", text)
        self.assertIn("(the password)", text)
        harness.until(lambda: wire.shown.rstrip().endswith(b"login:"), "the login prompt is back")

    def test_a_wrong_password_is_tried_once(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        end = self.install(wire, "--user", "root", "--password-file", self.password_file("wrong"))
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r'has refused the user root or the password, at "Password:": it is not tried again')
        self.assertEqual(wire.typed.count(b"wrong"), 1)

    def test_without_a_terminal_to_ask_it_says_what_to_give(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        end = self.install(wire, wrap=["setsid"])
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r'says ".*login:", and there is no terminal to ask')


if __name__ == "__main__":
    harness.main()
