#!/usr/bin/env python3
"""serialtcp net: a device that has a serial line and lwIP's TCP/IP (lwip_device) reaches the network of this machine by SLIP and
by PPP, and is reached."""

import contextlib
import http.server
import json
import os
import pwd
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

from harness import BINARY, Process, main, until
from real_programs import RealCase
from share_rig import Device
from tcp import LOCALHOST, closed_port, payload

LWIP_DEVICE = os.environ.get("SERIALTCP_LWIP_DEVICE", "")
ADDRESS, GATEWAY, NAME_SERVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
# A name server that answers every question with one address.
FAKE_DNS = """
import pathlib, socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
pathlib.Path(sys.argv[1]).touch()
while True:
    query, client = server.recvfrom(512)
    record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4" + socket.inet_aton("192.0.2.7")
    server.sendto(query[:2] + b"\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0" + query[12:] + record, client)
"""


def sum_of(data):
    """As the device computes it."""
    value = 0
    for byte in data:
        value = (value * 31 + byte) & 0xFFFFFFFF
    return value


class Peer(Process):
    """The device: commands on its standard input, a line of answer for each."""

    count = 0

    def __init__(self, folder, protocol, line, program=LWIP_DEVICE):
        Peer.count += 1
        super().__init__(f"device{Peer.count}", [program, protocol, line], folder, stdin=subprocess.PIPE)
        self.wait_for("ready")

    def command(self, text):
        before = self.mark()
        self.popen.stdin.write(text.encode() + b"\n")
        self.popen.stdin.flush()
        return self.wait_for(r"(?m)^(.*)\n", after=before).group(1)


class Gateway(Process):
    """serialtcp net."""

    count = 0

    def __init__(self, folder, *words, **process):
        Gateway.count += 1
        self.control = os.path.join(folder, f"run{Gateway.count}")
        os.mkdir(self.control, 0o700)
        owner = process.pop("owner", process.get("user"))
        if owner is not None:
            os.chown(self.control, owner, -1)
        super().__init__(f"net{Gateway.count}", [BINARY, "net", *words], folder,
                         env={"RUNTIME_DIRECTORY": self.control}, **process)

    def status(self):
        answer = subprocess.run([BINARY, "status", "--json"], env={**os.environ, "RUNTIME_DIRECTORY": self.control},
                                capture_output=True, text=True, check=True)
        return json.loads(answer.stdout)["processes"][0]["nets"][0]


class Page(http.server.BaseHTTPRequestHandler):
    content = b""

    def do_GET(self):  # noqa: N802: the name that the library calls
        self.send_response(200)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(self.content)

    def log_message(self, *args):
        pass


@unittest.skipUnless(LWIP_DEVICE, "no lwip_device: install liblwip-dev")
class NetCase(RealCase):
    program = LWIP_DEVICE

    def web_server(self, content):
        """Returns its port, of loopback."""
        server = http.server.ThreadingHTTPServer((LOCALHOST, 0), type("PageOf", (Page,), {"content": content}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def udp_echo(self):
        echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        echo.bind((LOCALHOST, 0))
        self.addCleanup(echo.close)

        def run():
            with contextlib.suppress(OSError):
                while True:
                    data, client = echo.recvfrom(2048)
                    echo.sendto(data.upper(), client)
        threading.Thread(target=run, daemon=True).start()
        return echo.getsockname()[1]

    def gateway(self, *options, cable=("--baud", "0"), **process):
        """A cable, and serialtcp net at its end A."""
        self.line = self.cable(*cable)
        gateway = self.add(Gateway(self.folder, *options, self.line.a, **process))
        gateway.wait_for(r"opened at|opened ")
        return gateway

    def device(self, protocol):
        device = self.add(Peer(self.folder, protocol, self.line.b, self.program))
        if protocol == "ppp":
            self.assertEqual(device.command("dial"), f"up {ADDRESS} gateway {GATEWAY} dns {NAME_SERVER}")
        else:
            self.assertEqual(device.command(f"up {ADDRESS} {GATEWAY}"), f"up {ADDRESS}")
        return device

    def fetches(self, device, port, content):
        self.assertEqual(device.command(f"fetch {GATEWAY} {port} /"), f"fetched {len(content)} {sum_of(content)}")


class Reaches(NetCase):
    """Every way of a packet, for each protocol, and found out or told."""

    def everything(self, protocol, *options):
        content = payload(60_000)
        web, echo, here = self.web_server(content), self.udp_echo(), closed_port(self)
        gateway = self.gateway(*options, "--allow", f"localhost:{web}", "--allow", f"localhost:{echo}",
                               "-L", f"{here}:device:80", cable=())
        device = self.device(protocol)
        self.assertEqual(device.command(f"ping {GATEWAY}"), "pong")
        self.fetches(device, web, content)
        self.assertEqual(device.command(f"udp {GATEWAY} {echo} hello"), "answer HELLO")
        self.assertEqual(device.command("serve 80 a-page-of-the-device"), "serving")
        for _ in range(3):
            answer = self.run_program("curl", "-s", "--max-time", "20", f"http://127.0.0.1:{here}/")
            self.assertEqual(answer.stdout, "a-page-of-the-device", answer.stderr)
        return gateway, device

    def test_by_slip_that_is_found_out(self):
        gateway, _ = self.everything("slip")
        gateway.wait_for("the device speaks SLIP")

    def test_by_slip_that_is_told(self):
        self.everything("slip", "--slip")

    def test_by_ppp_that_is_found_out(self):
        gateway, _ = self.everything("ppp")
        gateway.wait_for("the device speaks PPP")

    def test_by_ppp_that_is_told(self):
        self.everything("ppp", "--ppp")

    def test_a_device_that_speaks_the_other_protocol_takes_its_place(self):
        content = payload(3000)
        web = self.web_server(content)
        gateway = self.gateway("--allow", f"localhost:{web}")
        for protocol in ("slip", "ppp", "slip"):
            device = self.device(protocol)
            # What a protocol has been silent for before another one may take its place.
            until(lambda d=device: d.command(f"ping {GATEWAY}") == "pong", f"a ping by {protocol}")
            self.fetches(device, web, content)
            device.stop()
        self.assertEqual(re.findall(r"the device speaks (\w+)", gateway.text()), ["SLIP", "PPP", "SLIP"])

    def test_the_line_goes_away_and_comes_back(self):
        content = payload(3000)
        web = self.web_server(content)
        gateway = self.gateway("--allow", f"localhost:{web}")
        self.fetches(self.device("ppp"), web, content)
        self.line.stop()
        gateway.wait_for("lost ")
        self.line = self.cable("--baud", "0")
        gateway.wait_for("the device speaks PPP")
        self.fetches(self.device("ppp"), web, content)


@unittest.skipUnless(os.geteuid() == 0, "only root may make namespaces")
class Names(NetCase):
    """In a machine of its own: its name server is one of the test."""

    def resolves(self, protocol):
        self.line = self.cable("--baud", "0")
        resolver = self.write("resolv.conf", "nameserver 127.0.0.1\n")
        server = self.write("dns.py", FAKE_DNS)
        ready = self.path("ready")
        run = self.write("run", f"ip link set lo up\nmount --bind {resolver} /etc/resolv.conf\n"
                                f"setpriv --pdeathsig KILL {sys.executable} {server} {ready} &\n"
                                f"until [ -e {ready} ]; do sleep 0.05; done\nexec \"$@\"\n")
        gateway = self.add(Gateway(self.folder, self.line.a,
                                   wrap=("unshare", "--net", "--mount", "--", "sh", "-e", run)))
        gateway.wait_for("opened")
        device = self.device(protocol)
        self.assertEqual(device.command(f"resolve www.example.com {NAME_SERVER}"), "resolved 192.0.2.7")

    def test_the_name_server_of_this_machine_answers_by_slip(self):
        self.resolves("slip")

    def test_the_name_server_of_this_machine_answers_by_ppp(self):
        self.resolves("ppp")


class Permissions(NetCase):
    def test_the_loopback_of_this_machine_is_closed_and_the_device_is_told_at_once(self):
        web = self.web_server(b"x")
        gateway = self.gateway()
        gateway.wait_for("the device reaches everything but loopback and link-local addresses")
        device = self.device("slip")
        begun = time.monotonic()
        self.assertIn("failed", device.command(f"fetch {GATEWAY} {web} /"))
        self.assertEqual(device.command("ping 169.254.1.1"), "unreachable 13")
        self.assertLess(time.monotonic() - begun, 9)  # not by waiting for a time limit
        gateway.wait_for(rf"the device may not reach {GATEWAY}:{web}: --allow would permit it")
        self.assertGreaterEqual(gateway.status()["refused_packets"], 2)

    def test_patterns_leave_nothing_else(self):
        content = b"allowed"
        web, other = self.web_server(content), self.web_server(b"not allowed")
        gateway = self.gateway("--allow", f"localhost:{web}", "--allow", "192.0.2.0/24:80")
        gateway.wait_for("the device reaches only what --allow names")
        device = self.device("slip")
        self.fetches(device, web, content)
        self.assertIn("failed", device.command(f"fetch {GATEWAY} {other} /"))
        self.assertEqual(device.command("ping 198.51.100.1"), "unreachable 13")

    def test_a_star_is_not_the_loopback_of_this_machine(self):
        web = self.web_server(b"x")
        self.gateway("--allow", "*:*")
        self.assertIn("failed", self.device("slip").command(f"fetch {GATEWAY} {web} /"))

    def test_packets_from_other_addresses_are_dropped(self):
        gateway = self.gateway()
        device = self.device("slip")
        self.assertEqual(device.command("ping " + GATEWAY), "pong")
        device.command("spoof 192.168.7.7")
        gateway.wait_for(r"packets from 192\.168\.7\.7 are dropped: the device is to have an address in 10\.0\.2\.0/24")
        self.assertEqual(gateway.status()["spoofed_packets"], 1)

    def test_a_device_that_opens_thousands_of_connections_hurts_nobody(self):
        content = payload(3000)
        web = self.web_server(content)
        gateway = self.gateway("--allow", f"localhost:{web}", "--allow", "198.51.100.0/24:*")
        device = self.device("slip")
        device.command("flood 198.51.100.9 8000")
        status = until(lambda: (now := gateway.status())["limited_packets"] > 1000 and now, "the limit")
        self.assertLessEqual(status["connections_now"], 256)
        gateway.wait_for("the device opens more connections than it may")
        self.assert_small(gateway)
        # It gets on itself as soon as it behaves.
        until(lambda: device.command(f"fetch {GATEWAY} {web} /").startswith("fetched"), "a page")

    @unittest.skipUnless(os.geteuid() == 0, "only root may be another user")
    def test_all_of_it_is_for_ordinary_users(self):
        nobody = pwd.getpwnam("nobody").pw_uid
        content = payload(3000)
        web, here = self.web_server(content), closed_port(self)
        os.chmod(self.folder, 0o755)
        self.line = self.cable("--baud", "0")
        os.chown(os.path.realpath(self.line.a), nobody, -1)
        gateway = self.add(Gateway(self.folder, "--allow", f"localhost:{web}", "-L", f"{here}:device:80", self.line.a,
                                   user=nobody))
        gateway.wait_for("opened")
        device = self.device("ppp")
        self.fetches(device, web, content)
        device.command("serve 80 mine")
        self.assertEqual(self.run_program("curl", "-s", "--max-time", "20", f"http://127.0.0.1:{here}/").stdout, "mine")


def checksum(data):
    """RFC 1071."""
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def slip_frame(source, protocol, payload, fragment=0):
    """A packet to 198.51.100.9, as SLIP has it."""
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton("198.51.100.9"))
    packet = header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"


def mad_flows(count):
    """A frame for each: SYNs and datagrams from ever other ports and addresses, spoofed ones, fragments, broken headers."""
    for number in range(count):
        port = 1024 + number * 7919 % 60_000
        neighbour = f"10.0.2.{16 + number % 200}"
        udp = struct.pack(">HHHH", port, 9, 8, 0)
        syn = struct.pack(">HHIIBBHHH", port, 80, number, 0, 0x50, 2, 1024, 0, 0)
        pseudo = socket.inet_aton(ADDRESS) + socket.inet_aton("198.51.100.9") + struct.pack(">HH", 6, len(syn))
        syn = syn[:16] + struct.pack(">H", checksum(pseudo + syn)) + syn[18:]
        yield (slip_frame(ADDRESS, 6, syn), slip_frame(ADDRESS, 17, udp),
               slip_frame(neighbour, 17, struct.pack(">HHHH", 5000, 9, 8, 0)), slip_frame(f"192.168.7.{number % 250 + 1}", 6, syn),
               slip_frame(ADDRESS, 17, udp, fragment=0x2000), b"\xc0" + syn + b"\xc0")[number % 6]


class Mad(NetCase):
    def test_ten_thousand_flows_a_second_hurt_nobody(self):
        content = payload(3000)
        web, here = self.web_server(content), closed_port(self)
        gateway = self.gateway("--slip", "--allow", f"localhost:{web}", "--allow", "198.51.100.0/24:*", "-L", f"{here}:device:80")
        device = self.device("slip")
        device.command("serve 80 mine")
        mad = Device(self, self.line.b)  # beside the device's own programs, on the same line
        ended = threading.Event()
        frames = list(mad_flows(12_000))

        def flood():
            while not ended.is_set():
                for first in range(0, len(frames), 100):
                    mad.write(b"".join(frames[first:first + 100]))
                    if ended.wait(0.01):
                        return
        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(ended.set)
        until(lambda: gateway.status()["spoofed_packets"] > 1000, "the flood arrives")
        fetched = 0
        while fetched < 5 or gateway.status()["received_packets"] < 50_000:
            answer = self.run_program("curl", "-s", "--max-time", "30", f"http://127.0.0.1:{here}/")
            self.assertEqual(answer.stdout, "mine", answer.stderr)
            fetched += 1
            self.assertEqual(device.command(f"ping {GATEWAY}"), "pong")
        status = gateway.status()
        self.assertEqual(status["device_address"], ADDRESS)
        self.assertLessEqual(status["connections_now"], 256 + 128)
        self.assertGreater(status["limited_packets"], 1000)
        self.assertLess(len(os.listdir(f"/proc/{gateway.popen.pid}/fd")), 450)
        self.assert_small(gateway)
        self.assertLess(len(gateway.text().splitlines()), 100)
        ended.set()
        thread.join()
        # It gets on itself as soon as it behaves.
        until(lambda: device.command(f"fetch {GATEWAY} {web} /").startswith("fetched"), "a page")


class Modem(NetCase):
    def test_a_device_dials_talks_and_hangs_up(self):
        gateway = self.gateway("--modem")
        device = Device(self, self.line.b)
        device.write(b"ATZ\r")
        self.assertEqual(device.read(len(b"ATZ\r\r\nOK\r\n")), b"ATZ\r\r\nOK\r\n")
        device.write(b"ATE0V1\r")
        self.assertEqual(device.read(len(b"ATE0V1\r\r\nOK\r\n")), b"ATE0V1\r\r\nOK\r\n")
        device.write(b"ATDT12345\r")
        self.assertEqual(device.read(len(b"\r\nCONNECT 115200\r\n")), b"\r\nCONNECT 115200\r\n")
        gateway.wait_for("the device has called")
        time.sleep(1.1)  # the pause that is a part of it
        device.write(b"+++")
        self.assertEqual(device.read(6), b"\r\nOK\r\n")
        device.write(b"ATO\r")
        self.assertEqual(device.read(len(b"\r\nCONNECT 115200\r\n")), b"\r\nCONNECT 115200\r\n")
        time.sleep(1.1)
        device.write(b"+++")
        self.assertEqual(device.read(6), b"\r\nOK\r\n")
        device.write(b"ATH\r")
        self.assertEqual(device.read(6), b"\r\nOK\r\n")

    def test_without_a_call_a_modem_hears_nothing(self):
        gateway = self.gateway("--modem")
        device = self.add(Peer(self.folder, "slip", self.line.b))
        device.command(f"up {ADDRESS} {GATEWAY}")
        self.assertIn("failed", device.command(f"ping {GATEWAY}"))
        gateway.wait_for("the device has not called for 10 s")

    def test_windows_says_client(self):
        gateway = self.gateway()
        device = Device(self, self.line.b)
        device.write(b"CLIENT")
        self.assertEqual(device.read(12), b"CLIENTSERVER")
        gateway.wait_for("the device has called")
        device.close()
        self.device("ppp")
        gateway.wait_for("the device speaks PPP")


class BadInput(RealCase):
    def refused(self, *words):
        result = self.run_program(BINARY, "net", *words)
        self.assertEqual(result.returncode, 2, result.stderr)
        return result.stderr

    def test_options_that_cannot_be(self):
        for words, why in ((["--net", "10.0.2.1/24", "/dev/null"], "is not a network: bits after the prefix are not 0"),
                           (["--net", "8.8.8.0/24", "/dev/null"], "is not private"),
                           (["--net", "10.0.0.0/30", "/dev/null"], "is not from 8 to 28"),
                           (["--net", "x", "/dev/null"], "is not a network in IPv4, such as 10.0.2.0/24"),
                           (["--dns", "127.0.0.1", "/dev/null"], "the device cannot reach 127.0.0.1"),
                           (["--dns", "x", "/dev/null"], "is not an IPv4 address"),
                           (["--allow", "x", "/dev/null"], "is not HOST:PORT"),
                           (["--allow", "*.lan:80", "/dev/null"], "packets have addresses, not names"),
                           (["-L", "8080:192.168.0.1:80", "/dev/null"], "is not the device: write device"),
                           (["-L", "8080", "/dev/null"], "BIND_ADDRESS"),
                           (["--ppp", "--slip", "/dev/null"], "exclude each other"),
                           ([], "SERIALPORT is required")):
            self.assertIn(why, self.refused(*words), words)

    def test_a_device_that_says_nothing_and_one_that_says_nothing_of_sense(self):
        line = self.cable("--baud", "0")
        gateway = self.add(Gateway(self.folder, line.a))
        gateway.wait_for("the device has said nothing for 10 s", deadline=20)
        gateway.stop()
        gateway = self.add(Gateway(self.folder, line.a))
        gateway.wait_for("opened")
        device = Device(self, line.b)
        device.write(b"login: ")
        gateway.wait_for("has sent 7 bytes in 10 s, and nothing of them is PPP or SLIP", deadline=20)

    def test_a_line_that_is_not_there_is_waited_for(self):
        gateway = self.add(Gateway(self.folder, self.path("ttyX")))
        gateway.wait_for("waiting for .*ttyX: ")
        gateway.signal(signal.SIGTERM)
        self.assertEqual(gateway.wait(), 0)

    def test_a_place_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind((LOCALHOST, 0))
            taken.listen()
            result = self.run_program(BINARY, "net", "-L", f"127.0.0.1:{taken.getsockname()[1]}:device:80",
                                      self.path("ttyX"))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("another program listens there already", result.stderr)


if __name__ == "__main__":
    main()
