"""`serialtcp reload`, and `systemctl reload`, which is made of it: what is taken over, what is not, and what each says."""

import os
import pathlib
import re

from config import Configured
from control import USAGE, Controlled
from harness import BINARY, main, until
from tcp import Echo, ask, connect, payload


class Reload(Controlled, Configured):
    def link_of(self, device, **values):
        return Configured.link(self, device, **values)

    def test_the_answer_says_whether_the_file_was_taken(self):
        echo = Echo(self)
        cable = self.lay("one")
        self.client_end(echo.port, cable.b, baud=921600)
        path = self.write(self.link_of(cable.a, name='"one"', server=0))
        near = self.start(path)
        self.path(near)
        near.wait_for("link ok")
        port = self.port_of(near, cable.a)
        with connect(port) as connection:
            self.assertEqual(ask(connection, payload(10)), payload(10))
            self.assertIn(f"process {near.popen.pid}: {path} was read again: 1 link, 1 of them unchanged", self.done("reload"))
            self.write(self.link_of(cable.a, name='"one"', server='"x:y:z"'))
            said = self.refused("reload")
            self.assertRegex(said, rf"{path}:\d+:\d+: server: ")
            self.assertIn("nothing was changed", said)
            self.assertEqual(ask(connection, payload(10)), payload(10))
            self.write(self.link_of(cable.a, name='"one"', server=port),
                       self.link_of(os.path.join(self.folder, "none"), name='"two"', server=0))
            self.assertIn("2 links", self.done("reload"))
            until(lambda: "two: waiting for device" in self.run_command("status", "two").stdout, "the new link is there")
        self.assertIn("no link 'three'", str(self.say(self.dial(near), {"request": "close", "connection": "three#1"})))

    def test_a_process_without_a_file_refuses(self):
        lonely = self.server_end(os.path.join(self.folder, "none"))
        self.assertIn("without --config", self.refused("reload", "--control", self.path(lonely)))
        self.assertIn("no running serialtcp was started with --config", self.refused("reload"))

    def test_a_link_that_was_not_replaced_is_shown_until_it_is(self):
        cable = self.lay("one")
        link = lambda **values: self.link_of(cable.a, name='"one"', server=0, **values)
        near = self.start(self.write(link()))
        self.assertEqual(self.link(near)["not_replaced"], "")
        for more in ({"key": '"/no/such.key"'}, {"dynamic_forward": '"192.0.2.1:1080"'}):
            self.write(link(**more))
            said = self.refused("reload")
            self.assertIn("the link one was not replaced", said)
            why = self.link(near)["not_replaced"]
            self.assertIn(f"continues with its old options: {why}", said)
            self.assertRegex(self.done("status"), r"(?s)one: no peer for .*\n  not replaced by the last reload: Could not ")
        self.assertIn("this machine does not have that address", why, "the latest reason")
        self.write(link(hold=7))
        self.done("reload")
        until(lambda: self.link(near)["state"] == "no peer" and self.link(near)["not_replaced"] == "", "it was replaced")
        self.write(link(hold=8, key='"/no/such.key"'))
        self.refused("reload")
        self.write(link(hold=7))
        self.done("reload")
        self.assertEqual(self.link(near)["not_replaced"], "", "the file has its options again")

    def test_systemctl_reload_takes_over_what_can_be_and_fails_for_the_rest(self):
        unit = pathlib.Path(__file__).resolve().parents[2] / "packaging/serialtcp.service.in"
        (command,) = re.findall(r"(?m)^ExecReload=(.+)$", unit.read_text(encoding="utf-8"))
        one, two = self.lay("one"), self.lay("two")
        links = lambda **more: (self.link_of(one.a, name='"one"', server=0), self.link_of(two.a, name='"two"', server=0, **more))
        path = self.write(*links())
        near, other = self.start(path), self.start(self.write(self.link_of(os.path.join(self.folder, "none"), server=0), name="other.toml"))
        self.path(near), self.path(other)
        words = command.replace("@CMAKE_INSTALL_FULL_BINDIR@/serialtcp", BINARY).replace("$MAINPID", str(near.popen.pid)).split()
        self.assertEqual(words[0], BINARY)
        self.write({**links()[0], "hold": 7}, links(key='"/no/such.key"')[1])
        said = self.refused(*words[1:])
        self.assertIn("the link two was not replaced, and continues with its old options: Could not use the key file /no/such.key", said)
        self.assertNotIn("link one", said)
        near.wait_for("link one has changed")
        near.wait_for("link two was not replaced")
        self.assertNotIn("read again", other.text(), "only the one that is meant")
        self.write(*links())
        self.done(*words[1:])

    def test_the_directory_that_systemd_makes_for_a_dynamic_user_is_a_link(self):
        private = os.path.join(self.folder, "private")
        os.mkdir(private, 0o755)
        os.symlink(private, self.sockets)
        near = self.start(self.write(self.link_of(os.path.join(self.folder, "none"), server=0)))
        self.path(near)
        self.assertEqual(os.listdir(private), [f"{near.popen.pid}.sock"])
        self.assertIn("was read again", self.done("reload", "--pid", near.popen.pid))
        self.assertIn("waiting for device", self.done("status"))
        self.assertNotIn("no control socket", near.text())

    def test_one_process_is_meant_by_its_number(self):
        near = self.start(self.write(self.link_of(os.path.join(self.folder, "none"), server=0)))
        self.path(near)
        self.assertIn("was read again", self.done("reload", "--pid", near.popen.pid))
        said = self.refused("reload", "--pid", os.getpid())
        self.assertIn(f"no serialtcp with the number {os.getpid()} has a control socket", said)
        self.assertIn("exclude each other", self.refused("reload", "--pid", "1", "--control", "/x", status=USAGE))
        self.refused("reload", "--pid", "x", status=USAGE)
        self.refused("status", "--pid", "1", status=USAGE)

    def test_the_socket_moves_with_the_file(self):
        cable = self.lay("one")
        link = self.link_of(cable.a, server=0)
        other = os.path.join(self.folder, "other.sock")
        near = self.start(self.write(link))
        self.assertIn("was read again", self.done("reload", "--control", self.path(near)))
        self.write(link, top=f'control = "{other}"')
        self.assertIn("1 link,", self.done("reload"))
        until(lambda: os.path.exists(other), "the socket is where the file says")
        self.assertIn("no peer", self.done("status", "--control", other))
        self.assertEqual(os.listdir(self.sockets), [])
        self.write(link, top="no-control = true")
        self.done("reload", "--control", other)
        until(lambda: not os.path.exists(other), "the socket is gone")
        self.assertIn("no serialtcp process listens", self.refused("status", "--control", other))


if __name__ == "__main__":
    main()
