#!/usr/bin/env python3
"""serialtcp share: many clients on one port of the emulated cable; clients that are slow, or too many; a port that goes away
or cannot be used."""

import contextlib
import os
import re
import signal
import socket
import threading

from harness import BINARY, DEADLINE, main
from share_rig import AWKWARD, Device, Share, ShareCase, raw
from tcp import LOCALHOST, connect, payload, read_exactly, read_to_end


class Bytes(ShareCase):
    def both_ways(self, send, read, device, data):
        thread = threading.Thread(target=send, args=(data,))
        thread.start()
        self.assertEqual(device.read(len(data)), data)
        thread.join()
        thread = threading.Thread(target=device.write, args=(data,))
        thread.start()
        self.assertEqual(read(len(data)), data)
        thread.join()

    def test_raw(self):
        share, device = self.share(*raw())
        client = self.client(share.ports[0])
        self.both_ways(client.sendall, lambda count: read_exactly(client, count), device, AWKWARD + payload(200_000))

    def test_unix_socket(self):
        path = self.path("port.sock")
        _, device = self.share(*raw(), "--unix", path)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(DEADLINE)
            client.connect(path)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            self.both_ways(client.sendall, lambda count: read_exactly(client, count), device, AWKWARD)

    def test_telnet_with_and_without_binary(self):
        share, device = self.share("--telnet", "0")
        for agrees in ((0, 1, 3), (1, 3)):
            client = self.telnet(share.ports[0], agrees=agrees)
            self.assertEqual(client.binary_to_us, 0 in agrees)
            self.both_ways(client.send, client.read, device, AWKWARD + payload(50_000))
            client.close()
            share.wait_for("closed", after=share.mark() - 200)

    def test_all_clients_read_everything(self):
        share, device = self.share(*raw(2), "--telnet", "0", "--rfc2217", "0")
        plain = [self.client(port) for port in share.ports[:2]]
        telnets = [self.telnet(port) for port in share.ports[2:]]
        data = AWKWARD + payload(100_000)
        results = {}

        def read(index, reader):
            results[index] = reader(len(data))
        readers = [lambda count, c=client: read_exactly(c, count) for client in plain] + [c.read for c in telnets]
        threads = [threading.Thread(target=read, args=item) for item in enumerate(readers)]
        for thread in threads:
            thread.start()
        device.write(data)
        for thread in threads:
            thread.join()
        self.assertEqual([results[i] == data for i in range(4)], [True] * 4)

    def test_a_megabyte_both_ways_at_921600_with_four_readers(self):
        share, device = self.share(*raw(4), cable=("--baud", "921600"), device_options=("921600",))
        clients = [self.client(port) for port in share.ports]
        data = {"up": payload(1_000_000), "down": bytes(range(256)) * 100 + payload(1_000_000)}
        wrong = []

        def read(reader, expected):
            if reader(len(expected)) != expected:
                wrong.append(expected[:4])
        jobs = [lambda c=client: read(lambda count: read_exactly(c, count), data["down"]) for client in clients]
        jobs += [lambda: read(device.read, data["up"]), lambda: clients[0].sendall(data["up"]),
                 lambda: device.write(data["down"])]
        threads = [threading.Thread(target=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertNotIn("lost", share.text())

    def test_a_writer_is_held_back_and_nothing_is_lost(self):
        share, device = self.share(*raw())
        client = self.client(share.ports[0])
        data = payload(3_000_000)
        client.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < len(data):
                sent += client.send(data[sent:sent + 65536])
        self.assertLess(sent, 2_000_000, "TCP holds it back")
        self.assert_small(share)
        client.settimeout(DEADLINE)
        thread = threading.Thread(target=client.sendall, args=(data[sent:],))
        thread.start()
        self.assertTrue(device.read(len(data)) == data)
        thread.join()


class Sharing(ShareCase):
    def test_one_writes_until_it_leaves_and_others_are_told_who(self):
        share, device = self.share(*raw())
        first, second = self.client(share.ports[0]), self.client(share.ports[0])
        first.sendall(b"first")
        self.assertEqual(device.read(5), b"first")
        second.sendall(b"dropped")
        told = self.told(first)
        self.assertEqual(read_exactly(second, len(told)), told)
        share.wait_for("what it sends is dropped, since 127.0.0.1")
        second.sendall(b"also dropped")
        self.assertTrue(device.nothing_arrives())
        device.write(b"to both")
        for client in (first, second):
            self.assertEqual(read_exactly(client, 7), b"to both", "told once")
        mark = share.mark()
        first.close()
        share.wait_for("connection 1: closed", after=mark)
        second.sendall(b"second")
        self.assertEqual(device.read(6), b"second")

    def test_the_first_writes(self):
        share, device = self.share(*raw(), "--writers", "first")
        first, second = self.client(share.ports[0]), self.client(share.ports[0])
        share.wait_for("connection 2: from")
        second.sendall(b"dropped")
        self.assertIn(b"for writing", second.recv(200))
        first.close()
        share.wait_for("connection 1: closed")
        second.sendall(b"second")
        self.assertEqual(device.read(6), b"second")

    def test_all_write(self):
        share, device = self.share(*raw(), "--writers", "all")
        clients = [self.client(share.ports[0]) for _ in range(3)]
        for number, client in enumerate(clients):
            client.sendall(bytes([number]) * 5000)
        self.assertEqual(sorted(device.read(15000)), sorted(bytes([0, 1, 2]) * 5000))

    def test_a_slow_reader_loses_only_its_own_bytes_and_is_told_how_many(self):
        share, device = self.share(*raw())
        slow, quick = self.client(share.ports[0]), self.client(share.ports[0])
        share.wait_for("connection 2: from")
        total = 0
        piece = payload(100_000)

        def send_and_read():
            nonlocal total
            thread = threading.Thread(target=device.write, args=(piece,))
            thread.start()
            self.assertTrue(read_exactly(quick, len(piece)) == piece)
            thread.join()
            total += len(piece)
        for _ in range(40):
            send_and_read()
        self.assert_small(share)
        received = b""
        slow.settimeout(1)
        with contextlib.suppress(TimeoutError):
            while True:
                received += slow.recv(65536)
        whole = piece * 40
        at = 0
        parts = re.split(rb"\r\n\[serialtcp: (\d+) bytes lost\]\r\n", received)
        self.assertGreater(len(parts), 1, f"{len(received)} of {total} bytes, without a mark")
        for index, part in enumerate(parts):
            if index % 2 == 1:
                at += int(part)
                continue
            self.assertTrue(whole[at:at + len(part)] == part, f"part {index} of {len(parts)}")
            at += len(part)
        self.assertEqual(at, total)
        share.wait_for(r"read too slowly: \d+ bytes are lost for it")
        slow.settimeout(DEADLINE)
        device.write(b"again")
        self.assertEqual(read_exactly(slow, 5), b"again")
        self.assertEqual(read_exactly(quick, 5), b"again")

    def test_a_single_reader_holds_back_a_port_that_can_wait(self):
        share, device = self.share(*raw())
        client = self.client(share.ports[0])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        data = payload(2_000_000)
        thread = threading.Thread(target=device.write, args=(data,))
        thread.start()
        received = bytearray()
        while len(received) < len(data):
            received += client.recv(300)
            self.assertTrue(data.startswith(received[-300:], len(received) - len(received[-300:])), len(received))
        thread.join()
        self.assertNotIn("lost", share.text())

    def test_no_more_than_the_maximum(self):
        share, device = self.share(*raw(), "--max", "2", "--banner", "port 7")
        clients = [self.client(share.ports[0]) for _ in range(2)]
        for client in clients:
            self.assertEqual(read_exactly(client, 8), b"port 7\r\n")
        with connect(share.ports[0]) as third:
            self.assertIn(b"has 2 clients already", read_to_end(third))
        share.wait_for("was refused")
        clients[0].close()
        share.wait_for("connection 1: closed")
        with connect(share.ports[0]) as fourth:
            self.assertEqual(read_exactly(fourth, 8), b"port 7\r\n")
            device.write(b"x")
            self.assertEqual(read_exactly(fourth, 1), b"x")

    def test_a_client_that_has_ended_its_output_still_reads(self):
        share, device = self.share(*raw())
        client = self.client(share.ports[0])
        client.sendall(b"AT\r")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(device.read(3), b"AT\r")
        device.write(b"OK\r\n")
        self.assertEqual(read_exactly(client, 4), b"OK\r\n")
        other = self.client(share.ports[0])
        other.sendall(b"free")
        self.assertEqual(device.read(4), b"free", "the other one has stopped writing")
        self.assertEqual(read_to_end(client), b"", "and is disconnected after a while")


class ThePort(ShareCase):
    def modes(self, path):
        result = self.run_program("stty", "-g", "-F", path)
        self.assert_ran(result)
        return result.stdout

    def test_it_is_put_back_at_the_end(self):
        cable = self.cable()
        self.assert_ran(self.run_program("stty", "-F", cable.a, "9600", "echo", "icanon"))
        before = self.modes(cable.a)
        share = self.add(Share(self.folder, cable.a, "57600", "--stopbits", "2", *raw()))
        self.assertNotEqual(self.modes(cable.a), before)
        self.assertEqual(share.stop(), 0)
        self.assertEqual(self.modes(cable.a), before)

    def test_clients_stay_while_it_is_away(self):
        share, device = self.share(*raw(), "--rfc2217", "0")
        client, setter = self.client(share.ports[0]), self.telnet(share.ports[1], agrees=(0, 1, 3, 44))
        setter.send_sub(1, 0, 0, 0x25, 0x80)
        self.assertEqual(setter.sub(101), bytes([0, 0, 0x25, 0x80]))
        client.sendall(b"dropped: the other one has set the port")
        self.line.command("unplug a")
        share.wait_for("lost .*ttyA.*clients stay connected")
        self.assertEqual(setter.sub(107)[0] & 0xF0, 0, "no lines")
        setter.send(b"meanwhile")
        setter.send_sub(2, 0)
        self.assertEqual(setter.sub(102), b"\x08", "it answers")
        self.line.command("plug a")
        share.wait_for("is back")
        share.wait_for("opened at 9600 8N1")
        self.assertEqual(device.read(9), b"meanwhile")
        device.write(b"back")
        told = self.told(setter.socket)
        self.assertEqual(read_exactly(client, len(told) + 4), told + b"back")

    def test_one_that_comes_and_goes_fills_no_log(self):
        share, device = self.share(*raw())
        client = self.client(share.ports[0])
        for turn in range(8):
            self.line.command("unplug a")
            self.line.command("plug a")
            client.sendall(b"%d" % turn)
            self.assertEqual(device.read(1), b"%d" % turn)
        self.assertLessEqual(len(re.findall("lost /", share.text())), 2)

    def test_one_that_is_not_there_is_waited_for(self):
        path = self.path("ttyA")
        share = self.add(Share(self.folder, path, *raw()))
        share.wait_for("waiting for")
        client = self.client(share.ports[0])
        cable = self.cable("--baud", "0")
        share.wait_for("is available now")
        device = Device(self, cable.b)
        client.sendall(b"hello")
        self.assertEqual(device.read(5), b"hello")

    def test_one_that_cannot_be_used_is_an_error(self):
        for words, status, says in (
                ([self.folder, *raw()], 1, "it is a directory"), ([*raw(2), self.folder, "9600"], 1, "it is a directory"), (["/dev/null", *raw()], 1, "Could not open serial port"),
                (["/dev/ttyS0"], 2, "at least one of --raw"), (["socket://localhost:1", *raw()], 2, "is no device"),
                (["/dev/ttyS0", "fast", *raw()], 2, "not a baud rate"), (["/dev/ttyS0", "--raw", "70000"], 2, "argument --raw"),
                (["/dev/ttyS0", *raw(), "--writers", "some"], 2, "not one of one, all, first"),
                (["/dev/ttyS0", *raw(), "--rtscts", "--xonxoff"], 2, "exclude each other"),
                (["/dev/ttyS0", *raw(), "--max", "0"], 2, "1 to 256"), (["/dev/ttyS0", *raw(), "--cooked"], 2, "--cooked")):
            result = self.run_program(BINARY, "share", *words)
            self.assertEqual(result.returncode, status, words)
            self.assertIn(says, result.stderr)

    def test_an_address_in_use_is_an_error_and_the_port_is_not_opened(self):
        with socket.create_server((LOCALHOST, 0)) as taken:
            result = self.run_program(BINARY, "share", self.path("no-such-device"), "--raw", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Could not listen on 127.0.0.1", result.stderr)
        self.assertNotIn("waiting", result.stderr)

    def test_signals_end_it_in_order(self):
        cable = self.cable()
        for number in (signal.SIGINT, signal.SIGHUP):
            share = self.add(Share(self.folder, cable.a, *raw()))
            client = self.client(share.ports[0])
            share.signal(number)
            self.assertEqual(share.wait(), 0)
            self.assertEqual(read_to_end(client), b"")


if __name__ == "__main__":
    main()
