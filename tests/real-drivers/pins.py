#!/usr/bin/env python3
"""The pins of a 16550 behind Linux's driver, shared by serialtcp and set by RFC 2217: in a guest of qemu-system-x86_64.

    tests/real-drivers/pins.py build/test/src/serialtcp build/test/tests/libfake_pins.so [--rounds N]

The guest's /dev/ttyS1 is a pty of this machine, to which libfake_pins gives pins: so QEMU sees them change, and its 16550
interrupts. Then the loop mode of the 16550 joins its own outputs and inputs. The registers are read by QEMU's monitor. Needs the
packages qemu-system-x86, gcc and apt-get download, like run.py; half a minute. By hand, not in CI.
"""

import argparse
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import termios
import time

import run

from harness import until  # run.py has its folder on the path
from share_rig import TelnetClient

LINE_CONTROL, MODEM_CONTROL = 0x2FB, 0x2FC  # registers of ttyS1
BREAK, DTR, RTS = 0x40, 1, 2
CTS, DSR, RI, CD = 0x10, 0x20, 0x40, 0x80
NAMES = {"CTS": CTS, "DSR": DSR, "RI": RI, "CD": CD}
# What RFC 2217's SET_CONTROL is answered with, in this order: (asked, answer).
CONTROLS = ((0, 1), (2, 2), (0, 2), (3, 3), (13, 16), (17, 3), (19, 3), (1, 1), (14, 14), (15, 15), (13, 15), (18, 15), (16, 15), (14, 14),
            (4, 6), (5, 5), (4, 5), (6, 6), (4, 6), (9, 9), (7, 9), (12, 12), (10, 12), (8, 8), (7, 8), (11, 11), (10, 11))
SPEEDS = (300, 1200, 9600, 38400, 57600, 115200)


class Failed(Exception):
    pass


def expect(what, found, wanted):
    if found != wanted:
        raise Failed(f"{what}: {found} and not {wanted}")


class Pins:
    """The pins of the host's pty, and the guest's port."""

    def __init__(self, folder, library):
        self.master, self.slave = os.openpty()
        self.input = folder / "pins.input"
        self.set()
        self.env = {"LD_PRELOAD": str(library.resolve()), "FAKE_PINS": str(folder / "pins.set"), "FAKE_PINS_INPUT": str(self.input)}

    def set(self, *names):
        new = self.input.with_suffix(".new")
        new.write_text(" ".join(names), encoding="ascii")
        new.rename(self.input)

    def speed(self):
        """As QEMU has set it."""
        return termios.tcgetattr(self.slave)[5]


def register(guest, port):
    text = guest.order("human-monitor-command", **{"command-line": f"i /b {port:#x}"})
    return int(re.search(r"= 0x([0-9a-f]+)", text).group(1), 16)


def uart(guest, *words):
    before = len(guest.text())
    guest.say(" ".join(("uart", "/dev/ttyS1", *words)))
    return guest.wait_for(r"@@(.*) done", 60, before).group(1)


def ask(client, number, *value):
    client.subs.clear()
    client.send_sub(number, *value)
    return client.sub(100 + number)


def try_controls(guest, client):
    for asked, answer in CONTROLS:
        expect(f"the answer to control {asked}", list(ask(client, 5, asked)), [answer])
        if asked in (5, 6):
            expect("the break", bool(register(guest, LINE_CONTROL) & BREAK), asked == 5)
        if asked in (8, 9):
            expect("DTR", bool(register(guest, MODEM_CONTROL) & DTR), asked == 8)
        if asked in (11, 12):
            expect("RTS", bool(register(guest, MODEM_CONTROL) & RTS), asked == 11)
    print(f"controls: {len(CONTROLS)} of them, all numbers from 0 to 19, are answered with what is in force; break, DTR and RTS are in the registers")


def try_speeds(guest, client, pins):
    for speed in SPEEDS:
        expect(f"the answer to {speed} baud", int.from_bytes(ask(client, 1, *speed.to_bytes(4, "big"))), speed)
        expect("the driver", re.search(r"speed=(\d+)", uart(guest, "speed")).group(1), str(speed))
        until(lambda: pins.speed() == getattr(termios, f"B{speed}"), f"QEMU has {speed} baud", 20)
    answer = int.from_bytes(ask(client, 1, *(921600).to_bytes(4, "big")))
    expect("the answer to 921600 baud, which the driver refuses", str(answer), re.search(r"speed=(\d+)", uart(guest, "speed")).group(1))
    for number, values in ((2, (7, 8)), (3, (2, 3, 1)), (4, (2, 1))):
        for value in values:
            expect(f"the answer to {number}, {value}", list(ask(client, number, value)), [value])
    print(f"speeds: {', '.join(map(str, SPEEDS))} are in force; 921600 is answered with {answer}")


def state_of(names):
    return sum(NAMES[name] for name in names)


def changed(client, state):
    """Waits until the client is told this state of the four pins."""
    until(lambda: client.pump(0.02) and any(sub[1] == 107 and sub[2] & 0xF0 == state for sub in client.subs), f"state {state:#x}", 20)


def try_changes(client, pins, rounds, what):
    """Every pin, with the time until the client is told. A 16550 does not interrupt when RI goes on."""
    times, silent = [], []
    for number in range(16 * rounds):
        step = (number + 1) % 16
        names = [name for index, name in enumerate(NAMES) if (step ^ (step >> 1)) & (1 << index)]  # one pin changes
        time.sleep(0.03 + 0.007 * (number % 9))
        client.subs.clear()
        rings = step == 4
        begin = time.monotonic()
        pins.set(*names)
        changed(client, state_of(names))
        (silent if rings else times).append((time.monotonic() - begin) * 1000)
    print(f"{what}: {len(times)} changes, told after {statistics.median(times):.1f} ms (median), {max(times):.1f} ms at most; "
          f"RI on, {len(silent)} times: {statistics.median(silent):.1f} ms, {max(silent):.1f} ms at most")
    return statistics.median(times)


def try_line_state(guest, client):
    before = int(re.search(r"breaks=(\d+)", uart(guest, "counts")).group(1))
    expect("the mask", list(ask(client, 10, 0x10)), [0x10])
    client.subs.clear()
    guest.order("chardev-send-break", id="pins")
    expect("what the client is told of a break", list(client.sub(106)), [0x10])
    expect("what a break is read as", client.read(1), b"\x00")
    expect("breaks that the driver has counted", int(re.search(r"breaks=(\d+)", uart(guest, "counts")).group(1)), before + 1)
    print("a break is counted by the driver (TIOCGICOUNT), and the client is told")


def try_loop(guest, client):
    """The loop mode of a 16550: DTR leads to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD. That `uart` opens the port, raises DTR and RTS."""
    steps = [(lambda: uart(guest, "loop", "noout1", "noout2"), DSR | CTS), (lambda: ask(client, 5, 9), CTS), (lambda: ask(client, 5, 12), 0),
             (lambda: ask(client, 5, 8), DSR), (lambda: ask(client, 5, 11), DSR | CTS), (lambda: uart(guest, "out1"), DSR | CTS | RI),
             (lambda: uart(guest, "out2"), DSR | CTS | RI | CD), (lambda: uart(guest, "noout1"), DSR | CTS | CD),
             (lambda: uart(guest, "noout2"), DSR | CTS)]
    for act, state in steps:
        client.subs.clear()
        act()
        changed(client, state)
    text = b"round\xff and \x00 back"
    client.send(text)
    expect("what comes back in loop mode", client.read(len(text)), text)
    uart(guest, "noloop", "out2")
    print("loop mode: DTR, RTS, OUT1 and OUT2 are told as DSR, CTS, RI and DCD; bytes come back")


def run_tests(guest, pins, port, rounds):
    guest.wait_for("@@ ready", run.BOOT)
    guest.wait_for("/dev/ttyS1 opened at 115200", run.BOOT)
    client = TelnetClient(port, agrees=(0, 1, 3, 44))
    client.settled()
    try_controls(guest, client)
    try_changes(client, pins, rounds, "pins, by waiting for them")
    try_speeds(guest, client, pins)
    median = try_changes(client, pins, rounds, "pins, after changes of the speed")
    try_line_state(guest, client)
    try_loop(guest, client)
    before = len(guest.text())
    begin = time.monotonic()
    guest.say("stop")
    expect("the exit status", guest.wait_for(r"@@ status (\d+)", 30, before).group(1), "0")
    print(f"the program has ended {time.monotonic() - begin:.2f} s after SIGTERM, while it waited for pins")
    if median > 25:  # QEMU looks at them every 10 ms
        raise Failed(f"a change of a pin was told after {median:.0f} ms: it was not waited for")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("library", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    kernel, modules, busybox = run.unpack_packages()
    tool = run.WORK / "uart"
    subprocess.run(["gcc", "-static", "-O2", "-o", tool, run.HERE / "uart.c"], check=True)
    initramfs = run.build_initramfs(options.program, modules, busybox, 0, "pins.sh", ("e1000",), (tool,))
    pins = Pins(run.WORK, options.library)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    guest = run.Guest("pins", kernel, initramfs, "-chardev", f"serial,id=pins,path={os.ttyname(pins.slave)}",
                      "-serial", "chardev:pins", "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:2217",
                      "-device", "e1000,netdev=net,romfile=", env=pins.env)
    try:
        run_tests(guest, pins, port, options.rounds)
    except (AssertionError, Failed) as problem:
        print(f"FAILED: {problem}\n{guest.text()[-4000:]}")
        sys.exit(1)
    finally:
        guest.stop()


if __name__ == "__main__":
    main()
