#!/usr/bin/env python3
"""A real console at the other end of the cable, not serialtcp: nothing that serialtcp sends is entered or executed there, and
the log says what is there and what to do.

agetty runs a program in place of login that only notes the name it was given; bash notes each command before it runs it.
"""

import os
import shutil
import subprocess
import time

import harness

# Long enough for hellos each second, and for the first two attempts of the original's protocol.
WATCHED = 6.0


class Consoles(harness.Case):
    def console_ends(self):
        key = os.path.join(self.folder, "key")
        subprocess.run([harness.BINARY, "keygen", key], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for options in ((), ("--protocol", "original"), ("--key", key)):
            for role in ("server", "client"):
                yield role, options

    def start_end(self, role, line, options):
        if role == "server":
            return self.server_end(line, *options)
        return self.client_end(9, line, *options)

    def watch(self, start_console, order):
        """Each kind of end at such a console, all at once; returns them with the console's notes."""
        ends = []
        for number, (role, options) in enumerate(self.console_ends()):
            folder = os.path.join(self.folder, f"{order}{number}")
            os.mkdir(folder)
            cable = self.add(harness.Cable(folder))
            notes = os.path.join(folder, "notes")
            if order == "console first":
                start_console(cable.b, notes, folder)
                end = self.start_end(role, cable.a, options)
            else:
                end = self.start_end(role, cable.a, options)
                end.wait_for("")
                start_console(cable.b, notes, folder)
            ends.append((f"{role} {options}", end, notes))
        time.sleep(WATCHED)  # what is tested is that nothing happens
        return ends

    def assert_untouched(self, ends):
        for name, _, notes in ends:
            noted = ""
            if os.path.exists(notes):
                with open(notes, encoding="utf-8", errors="backslashreplace") as file:
                    noted = file.read()
            self.assertEqual(noted, "", name)

    def agetty(self, line, notes, folder):
        login = os.path.join(folder, "login")
        with open(login, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> {notes}\nsleep 3\n")
        os.chmod(login, 0o755)
        port = os.path.realpath(line).removeprefix("/dev/")
        self.add(harness.Process(f"agetty-{os.path.basename(folder)}",
                                 ["agetty", "--local-line", "--login-program", login, "115200", port, "vt100"], self.folder))

    def shell(self, line, _notes, folder, words):
        command = f"exec {words} <{line} >{line} 2>&1"
        self.add(harness.Process(f"shell-{os.path.basename(folder)}", ["setsid", "sh", "-c", command], self.folder))

    def bash(self, line, notes, folder):
        rc = os.path.join(folder, "rc")
        with open(rc, "w", encoding="ascii") as file:
            file.write(f"PS1='root@board:~# '\ntrap 'printf \"%s\\n\" \"$BASH_COMMAND\" >> {notes}' DEBUG\n")
        self.shell(line, notes, folder, f"bash --rcfile {rc} -i")

    def canonical(self, line, notes, folder):
        loop = f"while printf \"$ \"; read -r line; do printf \"%s\\n\" \"$line\" >> {notes}; done"
        self.shell(line, notes, folder, f"dash -c '{loop}'")

    @staticmethod
    def has(*programs):
        return all(shutil.which(program) for program in programs)

    def test_a_login_prompt_gets_no_name_and_is_told(self):
        self.assertTrue(self.has("agetty") and os.geteuid() == 0, "agetty is part of Debian, and needs root")
        for order in ("console first", "console later"):
            ends = self.watch(self.agetty, order)
            self.assert_untouched(ends)
            for _, end, _ in ends:
                end.wait_for(r'a login prompt is at the other end of .* \(it says ".*login:"\).*'
                             r"systemctl mask --now serial-getty@ttyS1.service", deadline=20)
                self.assertNotIn("makes no sense", end.text())

    def test_bash_executes_nothing_and_is_told(self):
        ends = self.watch(self.bash, "console later")
        self.assert_untouched(ends)
        for _, end, _ in ends:
            end.wait_for(r'a shell is at the other end of .* \(it says "root@board:~#', deadline=20)
            self.assertNotIn("makes no sense", end.text())

    def test_a_shell_on_a_plain_terminal_reads_no_line(self):
        ends = self.watch(self.canonical, "console later")
        self.assert_untouched(ends)
        for _, end, _ in ends:
            end.wait_for(r'a shell is at the other end of .* \(it says "\$', deadline=20)
            self.assertNotIn("makes no sense", end.text())


if __name__ == "__main__":
    harness.main()
