#!/usr/bin/env python3
"""The program on real Linux drivers: a 16550 (/dev/ttyS1) at one end, a USB adapter (/dev/ttyUSB0, ftdi_sio) at the other.

    tests/real-drivers/run.py build/test/src/serialtcp [--seed N] [--pulls N] [--baud 9600]

Boots two guests of qemu-system-x86_64 with Debian's kernel, joined by a relay that carries 115200 baud, and sends data
both ways at once: undisturbed, and with the adapter pulled and plugged in again at random instants. With --baud 9600, both ends
climb from there to 115200, as much as a 16550 can, without an option, and are pulled in mid-climb as well. Needs the packages
qemu-system-x86 and apt-get download; kernel and busybox are downloaded and unpacked to build/real-drivers, not
installed. Takes about three minutes. By hand, not in CI.
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e")]
sys.dont_write_bytecode = True

import guest_files  # noqa: E402
from harness import until  # noqa: E402

WORK = HERE.parent.parent / "build" / "real-drivers"
MODULES = ("usb-common", "usbcore", "xhci-hcd", "xhci-pci", "usbserial", "ftdi_sio")
SIZE = 200_000
RATE = 11_520  # bytes a second of 115200 baud
TICK = 0.01
BOOT, TRANSFER = 300.0, 600.0  # a busy machine emulates slowly; a hang is what these are for


def unpack_packages():
    """Returns the kernel, the folder of its modules, busybox."""
    kernel, busybox = guest_files.unpack_packages(WORK, "linux-image-amd64")
    return kernel, next((WORK / "kernel" / "lib" / "modules").iterdir()), busybox


def build_initramfs(program, modules, busybox, seed, init="init.sh", wanted=MODULES, programs=()):
    """What a guest begins with: the script `init` of this folder, these modules, the program and others."""
    root = guest_files.begin_root(WORK, busybox, HERE / init, ("modules", "tmp"))
    for name in wanted:
        shutil.copy(next(modules.rglob(f"{name}.ko")), root / "modules")
    guest_files.add_program(root, program)
    for other in programs:
        shutil.copy(other, root / "bin")
    (root / "data").write_bytes(random.Random(seed).randbytes(SIZE))
    return guest_files.pack_root(WORK, busybox, root)


class Guest(guest_files.Guest):
    """One end: its second serial port, or its adapter, is the chardev `line`."""

    def __init__(self, end, kernel, initramfs, *devices, env=None, baud=115200):
        self.end = end
        (WORK / f"{end}.line").unlink(missing_ok=True)
        line = f"socket,id=line,path={WORK / end}.line,server=on,wait=off"
        super().__init__(WORK, end, kernel, initramfs, f"end={end} baud={baud}", "-chardev", line, *devices, env=env)


class Relay:
    """The cable: RATE bytes a second each way. The USB side is always read, as QEMU's adapter would stop its whole guest
    otherwise; the UART side only as fast as the line, which stops only its UART."""

    def __init__(self, usb, uart):
        self.plugged = True
        self.carried = [0, 0]
        self.queues = [bytearray(), bytearray()]
        for index, (source, sink) in enumerate(((usb, uart), (uart, usb))):
            threading.Thread(target=self.read, args=(source, index), daemon=True).start()
            threading.Thread(target=self.write, args=(sink, index), daemon=True).start()

    def read(self, source, index):
        while data := source.recv(4096 if index == 0 else 256):
            self.queues[index] += data
            while index == 1 and len(self.queues[1]) > 64:
                time.sleep(TICK / 2)

    def write(self, sink, index):
        last = time.monotonic()
        allowance = 0.0
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            allowance = min(allowance + (now - last) * RATE, RATE * 0.05)
            last = now
            count = min(int(allowance), len(self.queues[index]))
            data = bytes(self.queues[index][:count])
            del self.queues[index][:count]
            allowance -= count
            if data and (index == 0 or self.plugged):  # to an adapter that is away they are lost
                sink.sendall(data)
                self.carried[index] += count

    def pull(self):
        self.plugged = False
        self.queues[0].clear()


def pull_and_plug(usb, relay, away):
    before = len(usb.text())
    relay.pull()
    usb.order("device_del", id="adapter")
    usb.wait_for(r"lost /dev/ttyUSB0: .*; connections continue", 30, before)
    time.sleep(away)
    usb.order("device_add", driver="usb-serial", chardev="line", id="adapter")
    relay.plugged = True
    usb.wait_for(r"/dev/ttyUSB0 is back", 30, before)


def transfer(usb, name, disturb=lambda: None):
    begun = time.monotonic()
    before = len(usb.text())
    usb.say(f"echo {name}")
    disturb()
    result = usb.wait_for(rf"@@ {name} (exact|WRONG.*)", TRANSFER, before).group(1)
    seconds = time.monotonic() - begun
    print(f"{name}: {SIZE} bytes there and back {result} in {seconds:.1f} s", flush=True)
    return result == "exact"


def climbs(guests, baud, after=(0, 0)):
    """Whether both ends are at 115200, without having been asked for it, and remember it."""
    for guest, mark in zip(guests, after):
        guest.wait_for(rf"is at 115200 baud, climbed from {baud}", TRANSFER, mark)
    guests[0].wait_for(rf"both ends can raise the speed, from {baud} baud to at most \d+", 20)
    for guest in guests:
        before = len(guest.text())
        guest.say("speeds")
        print(f"{guest.end}: {guest.wait_for('@@ speeds (.*)', 20, before).group(1).strip()}", flush=True)
    return True


def pull_in_mid_climb(guests, baud, pulls, relay, choices):
    """The adapter is pulled while the ends find out what the cable carries."""
    usb, uart = guests
    for number in range(1, pulls + 1):
        marks = [len(guest.text()) for guest in guests]
        instant, away = choices.uniform(0.0, 3.0), choices.uniform(0.5, 4)
        pull_and_plug(usb, relay, 0.5)  # the climb begins again
        time.sleep(instant)
        pull_and_plug(usb, relay, away)
        climbs((usb, uart), baud, (marks[0], 0))
        print(f"pulled {instant:.2f} s after it was back, for {away:.2f} s: 115200 again", flush=True)
    return transfer(usb, "after-pulls")


def run_tests(usb, uart, pulls, choices, baud):
    relay = Relay(usb.connect("line"), uart.connect("line"))
    for guest in (usb, uart):
        guest.wait_for("@@ ready", BOOT)
        guest.wait_for("link ok", BOOT)
    print("both guests run, and the link is up", flush=True)
    good = baud == 115200 or climbs((usb, uart), baud)
    good = transfer(usb, "undisturbed") and good
    if baud != 115200:
        return pull_in_mid_climb((usb, uart), baud, pulls, relay, choices) and good
    for number in range(1, pulls + 1):
        instant, away = choices.uniform(0.5, SIZE / RATE * 0.8), choices.uniform(0.5, 8)

        def disturb(instant=instant, away=away):
            time.sleep(instant)
            pull_and_plug(usb, relay, away)
        print(f"pulled after {instant:.2f} s, for {away:.2f} s", flush=True)
        good = transfer(usb, f"pulled-{number}", disturb) and good
    usb.say("names")
    names = usb.wait_for(r"@@ names (.*)", 20).group(1).strip()
    print(f"devices at the end: {names}; {relay.carried[0]} and {relay.carried[1]} bytes carried", flush=True)
    return good and names == "/dev/ttyUSB0"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--pulls", type=int, default=5)
    parser.add_argument("--baud", type=int, default=115200)
    options = parser.parse_args()
    if not shutil.which("qemu-system-x86_64"):
        sys.exit("qemu-system-x86_64 is missing: apt-get install --no-install-recommends qemu-system-x86")
    print(f"SEED {options.seed}", flush=True)
    kernel, modules, busybox = unpack_packages()
    initramfs = build_initramfs(options.program, modules, busybox, options.seed)
    guests = []
    try:
        guests.append(Guest("usb", kernel, initramfs, "-device", "qemu-xhci,id=xhci",
                            "-device", "usb-serial,chardev=line,id=adapter", baud=options.baud))
        guests.append(Guest("uart", kernel, initramfs, "-serial", "chardev:line", baud=options.baud))
        good = run_tests(*guests, options.pulls, random.Random(options.seed), options.baud)
    except AssertionError as problem:
        print(f"FAILED: {problem}", flush=True)
        good = False
    finally:
        for guest in guests:
            guest.stop()
    if not good:
        for guest in guests:
            print(f"---- {guest.end}\n{guest.text()[-4000:]}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
