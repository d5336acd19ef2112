#!/usr/bin/env python3
"""Checks who includes whom: arrows between the rooms of src/ point one way, and the core stays free of the outside world.

    layering.py ROOT        prints each offence as FILE:LINE: what; exit status 1 if there are any
"""

import pathlib
import re
import sys

# What the shell sees of the core.
CORE = {"include", "base", "wire"}

# What each room may include. "sim/pair" is a room within a folder: the files of sim/ whose names begin with "pair".
ROOMS = {
    "include": {"include"},
    "base": {"include", "base"},
    "wire": {"include", "base", "wire"},
    "link": {"include", "base", "wire", "link"},
    "mux": {"include", "base", "wire", "mux"},
    "secure": {"include", "base", "secure"},
    "legacy": {"include", "base", "wire", "legacy"},
    "tunnel": {"include", "base", "wire", "link", "mux", "secure", "legacy", "tunnel"},
    "telnet": {"include", "base", "telnet"},
    "ip": {"include", "base", "ip"},
    "ppp": {"include", "base", "ip", "ppp"},
    "sim": {"include", "base", "sim"},
    "sim/pair": {"include", "base", "wire", "tunnel", "sim", "sim/pair"},
    "os": CORE | {"os"},
    "net": CORE | {"os", "net"},
    "port": CORE | {"telnet", "os", "net", "port"},
    "emulator": CORE | {"sim", "os", "port", "emulator"},
    "driver": CORE | {"os", "net", "port", "driver"},
    "service": CORE | {"telnet", "ip", "os", "net", "port", "driver", "share", "service"},
    "share": CORE | {"telnet", "os", "net", "port", "share"},
    "console": CORE | {"os", "net", "port", "console"},
    "control": CORE | {"os", "net", "control"},
    "http": CORE | {"os", "net", "control", "http"},
    "top": CORE | {"os", "net", "control", "top"},
    "install": CORE | {"os", "net", "port", "install"},
    "session": CORE | {"os", "net", "port", "driver", "session"},
    "getty": CORE | {"os", "net", "port", "driver", "share", "session", "getty"},
    "doctor": CORE | {"os", "net", "port", "doctor"},
    "nat": CORE | {"ip", "os", "net", "nat"},
    "gateway": CORE | {"ip", "ppp", "os", "net", "port", "driver", "service", "nat", "gateway"},
    "copy": CORE | {"os", "copy"},
    "loader": {"loader"},
    "cli": CORE | {"tunnel", "sim", "os", "net", "port", "emulator", "driver", "service", "share", "console", "control",
            "http", "top", "session", "copy", "install", "getty", "doctor", "nat", "gateway", "cli"},
}
SHELL = {"os", "net", "port", "emulator", "driver", "service", "share", "console", "control", "http", "top", "session", "copy", "install", "getty",
         "doctor", "nat", "gateway", "loader", "cli"}

# System headers that only the shell may include: I/O, clocks that tell the time, randomness, threads, logging.
SHELL_HEADERS = re.compile(
    r"asio|boost/|fmt/|CLI/|thread$|mutex$|shared_mutex$|condition_variable$|future$|stop_token$|semaphore$|"
    r"latch$|barrier$|iostream$|ostream$|istream$|fstream$|print$|filesystem$|random$|ctime$|time\.h$|csignal$|signal\.h$|"
    r"unistd\.h$|fcntl\.h$|poll\.h$|termios\.h$|pty\.h$|netdb\.h$|sys/|netinet/|arpa/|linux/|asm/")
# base/check reports our own bugs before it ends the program.
REPORTS_BUGS = "src/base/check.cpp"

# Prints the versions of all libraries, and uses nothing else of them.
VERSIONS = "src/cli/version_command"
# Libraries with one user.
ONLY_IN = {
    re.compile(r"sodium"): ("src/secure/", "src/os/entropy", "src/os/digest", VERSIONS),
    re.compile(r"^boost/json"): ("src/control/", "src/cli/status_command", "src/cli/reload_command"),
    re.compile(r"^boost/beast"): ("src/http/",),
    re.compile(r"^zstd"): ("src/mux/compressor", "src/mux/decompressor", VERSIONS),
    re.compile(r"^libslirp"): ("src/nat/slirp_network", VERSIONS),
    re.compile(r"^isa-l"): ("src/wire/crc.cpp", VERSIONS),
}

# What asks the time or draws randomness, by name. In the shell, one file has the clock.
CLOCKS = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock)\b|\bclock_gettime\b|\bgettimeofday\b")
RANDOM = re.compile(r"\brandom_device\b|\bgetrandom\b|\bgetentropy\b|\bmt19937")
# What Linux alone has: it stands in files that end in _linux.cpp, behind a header that says nothing of it.
LINUX = re.compile(
    r"<(?:linux|asm)/|<sys/(?:prctl|pidfd|epoll|eventfd|signalfd|timerfd|inotify|sysmacros|random)\.h>|\"/proc/|"
    r"\b(?:prctl|pidfd_open|getrandom|TCP_INFO|TCP_WINDOW_CLAMP|TCP_QUICKACK|IP_PKTINFO|IP_RECVERR|SO_PEERCRED|"
    r"SIOCOUTQ|SIOCINQ|TCGETS2|TCSETS2|BOTHER|CMSPAR|TIOC[GS]SERIAL|ptsname_r)\b")
# What Windows alone has: it stands in files whose names end in _windows, and in one that includes its header for them.
WINDOWS = re.compile(r"<(?:windows|winsock2|ws2tcpip|mswsock|winternl)\.h>|\"os/windows\.h\"|_windows\.h\"|"
                     r"\basio::windows::|\b(?:HANDLE|DWORD|GetLastError)\b")
IS_WINDOWS = re.compile(r"_windows\.(?:cpp|h)$|^src/os/windows\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path):
    """The room of a path below the root, or of an include as it is written."""
    parts = pathlib.PurePosixPath(path).parts
    if parts[0] in ("include", "serialtcp"):
        return "include"
    if parts[0] == "src":
        parts = parts[1:]
    if len(parts) > 1 and parts[0] == "sim" and parts[1].startswith("pair"):
        return "sim/pair"
    return parts[0]


def check_include(name, room, system, target):
    if not system:
        if room_of(target) not in ROOMS.get(room, set()):
            yield f"{room} must not include {target}"
        return
    if target.startswith("serialtcp/"):
        yield f"include {target} with quotes"
    if room not in SHELL and SHELL_HEADERS.search(target) and name != REPORTS_BUGS:
        yield f"{room} must not include <{target}>"
    for library, places in ONLY_IN.items():
        if library.search(target) and not name.startswith(places):
            yield f"only {' and '.join(places)} may include <{target}>"


def check_line(name, room, line):
    elsewhere = not name.endswith("_linux.cpp") and not IS_WINDOWS.search(name)
    if elsewhere and (found := LINUX.search(line.split("//")[0])):
        yield f"only files that end in _linux.cpp may use {found.group().strip('<>')}"
    if not IS_WINDOWS.search(name) and (found := WINDOWS.search(line.split("//")[0])):
        yield f"only files that end in _windows may use {found.group().strip('<>')}"
    include = INCLUDE.match(line)
    if include:
        yield from check_include(name, room, include.group(1) == "<", include.group(2))
        return
    code = line.split("//")[0]
    if room not in SHELL:
        for what in (CLOCKS, RANDOM):
            if found := what.search(code):
                yield f"{room} must not use {found.group()}"


def check(root):
    files = [path for folder in ("include", "src") for path in sorted((root / folder).rglob("*"))
             if path.suffix in (".h", ".cpp")]
    if not files:
        yield f"{root}: no source files to check"
    for path in files:
        name = path.relative_to(root).as_posix()
        room = room_of(name)
        if room not in ROOMS:
            yield f"{name}:1: {room} is a new room: say in {pathlib.Path(__file__).name} what it may include"
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for offence in check_line(name, room, line):
                yield f"{name}:{number}: {offence}"
    yield from check_core_tests(root)


def check_core_tests(root):
    """The tests of the core run on boards without the shell: they must not need it."""
    for room in set(ROOMS) - SHELL:
        for path in sorted((root / "tests" / "unit" / room).glob("*.*")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                include = INCLUDE.match(line)
                if include and room_of(include.group(2)) in SHELL | {"shell_fixture.h", "driver_fixture.h", "forward_fixture.h"}:
                    yield f"{path.relative_to(root).as_posix()}:{number}: a test of the core must not include {include.group(2)}"


def main():
    offences = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(offences))
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
