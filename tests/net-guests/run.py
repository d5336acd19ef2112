#!/usr/bin/env python3
"""serialtcp net with what Linux has for serial lines: pppd 2.4.9 and slattach, in a guest of qemu-system-x86_64.

    tests/net-guests/run.py build/test/src/serialtcp [--only WORDS]
    tests/net-guests/run.py build/test/src/serialtcp --beside-kernel

Boots a guest with Debian's kernel, the packages ppp and net-tools, and a 16550 at the emulated cable (115200 baud), at whose
other end is serialtcp net. Each case dials, asks the gateway for an echo, looks up a name, fetches a page, is killed without a
farewell, dials again at once, and ends in order; the next one meets the same serialtcp net, which finds out what it speaks.
Servers of the page and of names are this script's, in a network namespace of its own. As root; needs the packages
qemu-system-x86 and apt-get download; nothing is installed, all is unpacked to build/net-guests. Some minutes. By hand, not in
CI.

--beside-kernel measures a guest with pppd at serialtcp net, and then the same guest at another guest with pppd, whose kernel
has the queue: as it comes, and tuned as well as is known. Same cable, same processors, in turns.
"""

import argparse
import hashlib
import http.server
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e")]
sys.dont_write_bytecode = True

import guest_files  # noqa: E402

WORK = HERE.parent.parent / "build" / "net-guests"
MODULES = ("slhc", "slip", "crc-ccitt", "ppp_generic", "ppp_async", "bsd_comp", "ppp_deflate", "sch_fq_codel")
BOOT, STEP, TRANSFER = 300.0, 60.0, 120.0  # a busy machine emulates slowly; a hang is what these are for
DEVICE, GATEWAY, NAME_SERVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
HOST, HOST_V6, NAME = "192.0.2.1", "2001:db8::1", "www.example.com"
PAGE = random.Random(1).randbytes(30_000)
DIGEST = hashlib.md5(PAGE).hexdigest()
# Of a modem's user. chat's words: what is waited for, what is said then.
CHAT = "connect 'chat -t 10 \"\" ATZ OK ATDT5551234 CONNECT'"
# name: options of pppd
PPP = {"PPP, default options": "",
       "PPP, asyncmap ffffffff": "asyncmap ffffffff",
       "PPP, novj noccp": "novj noccp",
       "PPP, mru 296": "mru 296",
       "PPP, +ipv6": "+ipv6",
       "PPP, defaultroute usepeerdns": "defaultroute usepeerdns",
       "PPP, dialled by chat": CHAT}
# A guest that is the other end: its pppd, and what is done once it is up.
# Packets of ping have a pattern, which PPP's Deflate (CCP) makes short: so once without it.
ROUTER = {"a kernel, as it comes": ("", "true"),
          "a kernel, without CCP": ("noccp", "true"),
          "a kernel, tuned": ("noccp mtu 296 mru 296", "/bin/tc qdisc replace dev ppp0 root fq_codel target 200ms && "
                              "echo 0 >/proc/sys/net/ipv4/tcp_timestamps")}
LONG_PAGE = 250_000
ROUNDS = 3
# With --login of these names; what pppd has for them, and for one that is not right.
LOGINS = "anna s3cret\nberta geheim\n"
SECRETS = "anna * s3cret *\nberta * guessed *\n"
NO_CHAP = "refuse-chap refuse-mschap refuse-mschap-v2 refuse-eap"
PPP_LOGIN = {"PPP, a login by CHAP": "user anna",
             "PPP, a login by PAP": f"user anna {NO_CHAP}",
             "PPP, a login at both ends, by CHAP": "user anna require-chap",
             "PPP, a login at both ends, by PAP": f"user anna {NO_CHAP} require-pap"}
REFUSED = {"PPP, a wrong password by CHAP": "user berta", "PPP, a wrong password by PAP": f"user berta {NO_CHAP}"}
SLIP = {"SLIP": "slip", "CSLIP": "cslip", "SLIP, adaptive": "adaptive"}


# ---- The guest ----

def build_initramfs():
    kernel, busybox = guest_files.unpack_packages(WORK, "linux-image-amd64")
    ppp, tools, pcap, tc = (guest_files.unpack_package(WORK, name, name)
                            for name in ("ppp", "net-tools", "libpcap0.8", "iproute2"))
    root = guest_files.begin_root(WORK, busybox, HERE / "init.sh", ("modules", "tmp", "run", "lib", "etc/ppp", "var/lock", "var/run"))
    libraries = pcap / "usr" / "lib" / "x86_64-linux-gnu"
    for program in (ppp / "usr/sbin/pppd", ppp / "usr/sbin/chat", tools / "sbin/slattach", tc / "sbin/tc"):
        (root / "bin" / program.name).unlink(missing_ok=True)
        guest_files.add_program(root, program, libraries)
    shutil.copytree(ppp / "etc" / "ppp", root / "etc" / "ppp", dirs_exist_ok=True)
    for name in ("pap-secrets", "chap-secrets"):
        secrets = root / "etc" / "ppp" / name
        secrets.touch(mode=0o600)
        secrets.write_text(SECRETS)
    (root / "etc" / "resolv.conf").symlink_to("ppp/resolv.conf")
    modules = next((WORK / "kernel" / "lib" / "modules").iterdir())
    loaded = [name for name in MODULES if (found := next(modules.rglob(f"{name}.ko"), None))
              and shutil.copy(found, root / "modules")]  # what is not there is in the kernel
    (root / "modules" / "order").write_text("\n".join(loaded) + "\n")
    return kernel, guest_files.pack_root(WORK, busybox, root)


class Guest(guest_files.Guest):
    def __init__(self, kernel, initramfs, line, name="guest"):
        super().__init__(WORK, name, kernel, initramfs, "", "-chardev", f"pipe,id=line,path={line}", "-serial",
                         "chardev:line")
        self.commands = 0

    def run(self, command, deadline=STEP):
        """Returns its status and what it has said."""
        self.commands += 1
        before = len(self.text())
        self.say(f"{self.commands} {command}")
        found = self.wait_for(rf"(?s)(.*?)@@ {self.commands} ended (\d+)", deadline, before)
        return int(found.group(2)), found.group(1)

    def must(self, command, deadline=STEP):
        status, said = self.run(command, deadline)
        if status != 0:
            raise AssertionError(f"{command}: status {status}: {said}")
        return said


# ---- What it reaches ----

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802: the name that the library calls
        self.send_response(200)
        self.end_headers()
        self.wfile.write(long_page() if self.path == "/long" else PAGE)

    def log_message(self, *args):
        pass


class PageOfV6(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6


def answer_names():
    """A name server: each name has the address of HOST, and none of IPv6."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(512)
        wants_v4 = query[-4:-2] == b"\0\1"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(HOST) if wants_v4 else b""
        server.sendto(query[:2] + b"\x81\x80\0\1" + bytes([0, wants_v4]) + b"\0\0\0\0" + query[12:] + record, client)


def build_surroundings(folder):
    """In the namespace: addresses that are not of loopback, and the servers there."""
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    for command in ("ip link set lo up", f"ip address add {HOST}/32 dev lo", f"ip address add {HOST_V6}/128 dev lo nodad",
                    f"mount --bind {resolver} /etc/resolv.conf"):
        subprocess.run(command.split(), check=True)
    threads = [answer_names, http.server.ThreadingHTTPServer((HOST, 80), Page).serve_forever,
               PageOfV6((HOST_V6, 80), Page).serve_forever]
    for run in threads:
        threading.Thread(target=run, daemon=True).start()


def long_page():
    return random.Random(2).randbytes(LONG_PAGE)


# ---- Cases ----

def dial(guest, options):
    """pppd with these options; the seconds from its first frame until it has its address."""
    guest.must(f"dial {options}")
    guest.must(f"await 30 \"grep -q 'remote IP address {GATEWAY}' /tmp/log || [ -e /tmp/ended ]\"")
    log = guest.must("cat /tmp/log")
    begun = re.search(r"(?m)^([\d.]+) sent \[LCP ConfReq", log)
    agreed = re.findall(r"(?m)^([\d.]+) (?:rcvd|sent) \[IPCP ConfAck", log)
    if f"local  IP address {DEVICE}" not in log:
        raise AssertionError(f"pppd has got no address: {log}")
    return float(agreed[-1]) - float(begun.group(1)), log


def echo(guest):
    """The median round trip of an echo, in milliseconds."""
    said = guest.must(f"ping -c 5 {GATEWAY}")
    times = sorted(float(time) for time in re.findall(r"time=([\d.]+) ms", said))
    if len(times) != 5:
        raise AssertionError(f"echoes are missing: {said}")
    return times[2]


def fetch(guest, host):
    """Bytes a second of a page, with the start of wget, by the host's clock: the guest's jumps."""
    begun = time.monotonic()
    guest.must(f"wget -q -O /tmp/page http://{host}/", TRANSFER)
    seconds = time.monotonic() - begun
    said = guest.must("md5sum /tmp/page")
    if DIGEST not in said:
        raise AssertionError(f"the page is another one: {said}")
    return len(PAGE) / seconds


def resolve(guest, server):
    said = guest.must(f"nslookup {NAME} {server}")
    if HOST not in said.split(NAME, 1)[-1]:
        raise AssertionError(f"the name has another address: {said}")


def try_ipv6(guest, log):
    remote = re.search(r"remote LL address (\S+)", log).group(1)
    if "0% packet loss" not in guest.must(f"ping -6 -c 3 {remote}%ppp0"):
        raise AssertionError("the gateway does not answer over IPv6")
    guest.must("await 10 'ip -6 address show dev ppp0 scope global | grep -q inet6.fd'")
    return f", {fetch(guest, f'[{HOST_V6}]'):.0f} B/s over IPv6"


def try_ppp(guest, options):
    seconds, log = dial(guest, options)
    if "defaultroute" not in options:
        guest.must("ip route add default dev ppp0")
    trip = echo(guest)
    resolve(guest, "" if "usepeerdns" in options else NAME_SERVER)
    text = f"up {seconds:.2f} s after the first frame, echo {trip:.0f} ms, {fetch(guest, HOST):.0f} B/s"
    if "ipv6" in options:
        text += try_ipv6(guest, log)
    guest.must("gone pppd KILL ppp0")
    again, _ = dial(guest, options)
    echo(guest)
    guest.must("gone pppd TERM ppp0")
    return f"{text}; killed and dialled again: up after {again:.2f} s"


def try_refused(guest, options):
    guest.must(f"dial {options}")
    guest.must("await 60 '[ -e /tmp/ended ]'")
    log = guest.must("cat /tmp/log")
    if "authentication failed" not in log or "local  IP address" in log:
        raise AssertionError(f"pppd was not told that the password is wrong: {log}")
    return re.search(r"(?m)^[\d.]+ (.*authentication failed.*)", log).group(1)


def attach(guest, protocol):
    guest.must(f"attach {protocol}")
    guest.must("ip route add default dev sl0")
    # Until what was there before has been silent for long enough.
    guest.must(f"await 10 'ping -c 1 -W 1 {GATEWAY}'")


def try_slip(guest, protocol):
    attach(guest, protocol)
    trip = echo(guest)
    resolve(guest, NAME_SERVER)
    text = f"echo {trip:.0f} ms, {fetch(guest, HOST):.0f} B/s"
    guest.must("gone slattach KILL sl0")
    attach(guest, protocol)
    fetch(guest, HOST)
    guest.must("gone slattach TERM sl0")
    return f"{text}; killed and attached again"


def try_case(name, guest, net, run):
    before = net.mark()
    try:
        print(f"{name}: {run()}", flush=True)
        return True
    except AssertionError as problem:
        print(f"{name}: FAILED: {problem}\n---- serialtcp net:\n{net.text()[before:]}\n---- the guest:\n"
              f"{guest.run('cat /tmp/log; ip address; ip route; killall -9 pppd slattach')[1]}", flush=True)
        return False


def try_group(guest, net, cases):
    """The cases with one process: name, function, and its argument."""
    net.wait_for("opened")
    try:
        return [try_case(name, guest, net, lambda run=run, what=what: run(guest, what)) for name, run, what in cases]
    finally:
        print(f"serialtcp net: {net.status()}")
        net.stop()


# ---- Beside a kernel ----

def echoes_beside(guest, host):
    """Median and 95th percentile of the round trips of an echo beside a page that is fetched, in milliseconds; its bytes a second."""
    begun = time.monotonic()
    said = guest.must(f"( wget -q -O /tmp/page http://{host}/long; touch /tmp/done ) & sleep 2; rm -f /tmp/done; "
                      f"ping -c 60 -i 0.3 -W 10 {GATEWAY}; await 100 '[ -e /tmp/done ]'", TRANSFER)
    seconds = time.monotonic() - begun
    if str(LONG_PAGE) not in guest.must("wc -c /tmp/page"):
        raise AssertionError("the page has not come")
    times = sorted(float(time) for time in re.findall(r"time=([\d.]+) ms", said))
    return times[len(times) // 2], times[len(times) * 95 // 100], LONG_PAGE / seconds, len(times)


def measure(guest, host):
    guest.must("await 20 '! pidof pppd'")
    seconds, _ = dial(guest, "")
    guest.must("ip route add default dev ppp0")
    idle = echo(guest)
    p50, p95, rate, count = echoes_beside(guest, host)
    guest.must("gone pppd TERM ppp0")
    return (f"up {seconds:.2f} s after the first frame, idle echo {idle:.1f} ms, beside a page p50 {p50:.0f} p95 {p95:.0f} ms "
            f"({count} of 60), the page {rate:.0f} B/s")


def beside_kernel(folder):
    from harness import Cable  # noqa: PLC0415
    from net import Gateway  # noqa: PLC0415
    kernel, initramfs = build_initramfs()
    (folder / "second").mkdir()
    cables = [Cable(str(place), "--baud", "115200") for place in (folder, folder / "second")]
    guests = [Guest(kernel, initramfs, cables[0].b, "device"), Guest(kernel, initramfs, cables[1].b, "device2"),
              Guest(kernel, initramfs, cables[1].a, "router")]
    try:
        for guest in guests:
            guest.wait_for("@@ ready", BOOT)
        guests[2].must(f"mkdir /tmp/www; head -c {LONG_PAGE} /dev/urandom >/tmp/www/long; httpd -p 80 -h /tmp/www")
        for number in range(ROUNDS):
            gateway = Gateway(str(folder), "--develop", cables[0].a)
            gateway.wait_for("opened")
            print(f"{number}: serialtcp net: {measure(guests[0], HOST)}", flush=True)
            gateway.stop()
            for name, (options, once_up) in ROUTER.items():
                guests[2].must(f"dial {GATEWAY}:{DEVICE} passive {options}")
                up = threading.Thread(target=guests[2].must, args=(f"await 60 '[ -e /sys/class/net/ppp0 ]' && sleep 1 && {once_up}", 90))
                up.start()
                print(f"{number}: {name}: {measure(guests[1], GATEWAY)}", flush=True)
                up.join()
                guests[2].must("await 20 '! pidof pppd' || gone pppd KILL ppp0")
    finally:
        for process in (*cables, *guests):
            process.stop()


def try_all(only, folder):
    from harness import Cable  # noqa: PLC0415: it reads which program is meant when it is imported
    from net import Gateway  # noqa: PLC0415
    logins = folder / "logins"
    logins.touch(mode=0o600)
    logins.write_text(LOGINS)
    open_cases = [(name, try_ppp, options) for name, options in PPP.items()]
    open_cases += [(name, try_slip, protocol) for name, protocol in SLIP.items()]
    login_cases = [(name, try_ppp, options) for name, options in PPP_LOGIN.items()]
    login_cases += [(name, try_refused, options) for name, options in REFUSED.items()]
    kernel, initramfs = build_initramfs()
    cable = Cable(str(folder), "--baud", "115200")
    guest = Guest(kernel, initramfs, cable.b)
    try:
        guest.wait_for("@@ ready", BOOT)
        good = []
        for options, cases in (((), open_cases), (("--login", logins), login_cases)):
            wanted = [case for case in cases if only in case[0]]
            if wanted:
                good += try_group(guest, Gateway(str(folder), "--develop", *options, cable.a), wanted)
        print(f"{sum(good)} of {len(good)} cases were good")
        return good and all(good)
    finally:
        for process in (cable, guest):
            process.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--only", default="", help="cases with these words in their name")
    parser.add_argument("--beside-kernel", action="store_true", help="measures, beside a guest with pppd at the other end")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("Only root may make namespaces")
    if not shutil.which("qemu-system-x86_64"):
        sys.exit("qemu-system-x86_64 is missing: apt-get install --no-install-recommends qemu-system-x86")
    if "SERIALTCP" not in os.environ:
        build_initramfs()  # with this machine's network
        os.environ["SERIALTCP"] = str(options.program.resolve())
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    with tempfile.TemporaryDirectory() as folder:
        build_surroundings(pathlib.Path(folder))
        if options.beside_kernel:
            beside_kernel(pathlib.Path(folder))
            return
        sys.exit(0 if try_all(options.only, pathlib.Path(folder)) else 1)


if __name__ == "__main__":
    main()
