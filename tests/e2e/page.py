"""The page of --http in a browser: what it shows agrees with /status.json, it says when it does not, and nobody can put HTML
into it. Skipped without Chromium (Debian package chromium, or the program that SERIALTCP_CHROMIUM names)."""

import json
import os
import signal
import socket
import unittest

from browser import CHROMIUM, Browser
from harness import BINARY, Process, main, until
from http_status import Shown
from tcp import ask, connect, payload

# Folder for pictures of the page, for a look at them.
PICTURES = os.environ.get("SERIALTCP_PICTURES")


@unittest.skipUnless(CHROMIUM, "there is no Chromium: apt-get install chromium, or set SERIALTCP_CHROMIUM")
class Page(Shown):
    def opened(self, port):
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        browser.size(1100, 900)
        browser.open(f"http://127.0.0.1:{port}/")
        until(lambda: browser.text("#contact") == ["live"], "the page has a status")
        return browser

    def picture(self, browser, name):
        if PICTURES:
            browser.picture(os.path.join(PICTURES, f"{name}.png"))

    def rows(self, browser):
        """The table of connections: a dictionary for each row."""
        return browser.evaluate("""(() => {
          const text = (cell) => cell.textContent;
          const names = [...document.querySelectorAll("#columns th")].map(text);
          return [...document.getElementById("connections").rows]
            .map((row) => Object.fromEntries([...row.cells].map((cell, i) => [names[i], text(cell)])));
        })()""")

    def field(self, browser, label):
        return browser.evaluate(f"""[...document.querySelectorAll(".grid > div")]
          .filter((box) => box.querySelector(".label").textContent === {json.dumps(label)})
          .map((box) => box.querySelector(".value").textContent)""")

    def test_what_it_shows_agrees_with_the_json(self):
        near, _, port = self.pair()
        browser = self.opened(port)
        sizes = {5000: "5.0 kB", 123: "123 B", 40_000: "40.0 kB"}
        for size in sizes:
            client = connect(near.port)
            self.addCleanup(client.close)
            self.assertEqual(ask(client, payload(size)), payload(size))
        until(lambda: len(self.rows(browser)) == len(sizes), "the connections are shown")
        until(lambda: not self.link(near)["data"]["send_queue_bytes"], "everything is acknowledged")
        (link,) = self.status(port)["links"]

        def agrees():
            shown = {row["connection"]: row for row in self.rows(browser)}
            return all(shown[one["id"].rsplit("/", 1)[-1]].items() >=
                       {"sent": sizes[one["sent_bytes"]], "received": sizes[one["received_bytes"]],
                        "client → target": one["client"], "state": one["state"]}.items() for one in link["connections"])
        until(agrees, "the table has the values of the JSON")
        self.assertEqual(browser.text("h2")[0], link["name"])
        self.assertRegex(browser.text(".state")[0], r"^●?up for ")
        self.assertEqual(browser.text("#count"), ["3"])
        for name in ("sent", "received"):
            until(lambda name=name: self.field(browser, name) == [self.as_shown(self.status(port)["links"][0]["on_line"], name)],
                  f"what the line has {name} is shown")
        until(lambda: self.field(browser, "speed, last 10 min")[0].startswith("up to "), "the curve has points")
        self.assertTrue(all("L" in path for path in browser.evaluate(
            "[...document.querySelectorAll('path')].map((path) => path.getAttribute('d'))")))
        self.picture(browser, "load")
        self.assertEqual(browser.log, [])

    @staticmethod
    def as_shown(line, name):
        def size(count):
            for unit in ("B", "kB", "MB"):
                if count < 1000 or unit == "MB":
                    return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
                count /= 1000
        return (f"{size(line[f'{name}_bytes_per_second'])}/s of {size(line['capacity_bytes_per_second'])}/s "
                f"({size(line[f'{name}_bytes'])})")

    def test_a_click_sorts_the_connections(self):
        near, _, port = self.pair()
        for size in (3000, 9000, 1000):
            client = connect(near.port)
            self.addCleanup(client.close)
            self.assertEqual(ask(client, payload(size)), payload(size))
        browser = self.opened(port)

        def order():
            return [row["sent"] for row in self.rows(browser)]
        until(lambda: order() == ["3.0 kB", "9.0 kB", "1.0 kB"], "they are in the order of their numbers")
        head = "th:nth-child(6) button"
        browser.click(head)
        until(lambda: order() == ["9.0 kB", "3.0 kB", "1.0 kB"], "the most is first")
        browser.click(head)
        until(lambda: order() == ["1.0 kB", "3.0 kB", "9.0 kB"], "the least is first")
        self.assertEqual(browser.evaluate("document.querySelector('th:nth-child(6)').ariaSort"), "ascending")
        self.assertEqual(browser.log, [])

    def test_it_says_when_the_program_is_stopped_or_gone_and_comes_back(self):
        near, port = self.lonely()
        browser = self.opened(port)
        self.assertRegex(browser.text(".state")[0], "waiting for device")
        self.assertIn("no such device", browser.text(".trouble")[0])
        near.signal(signal.SIGSTOP)
        until(lambda: "no answer from serialtcp" in browser.text("#contact")[0], "it says that the program is silent")
        self.assertTrue(browser.evaluate("document.body.classList.contains('stale')"))
        near.signal(signal.SIGCONT)
        until(lambda: browser.text("#contact") == ["live"], "it is up to date again")
        near.expected_status = -signal.SIGKILL
        near.kill()
        until(lambda: "trying again" in browser.text("#contact")[0], "it says that the program is gone")
        again = self.server_end(os.path.join(self.folder, "none"), "--http", f"127.0.0.1:{port}", name="again")
        until(lambda: f"process {again.popen.pid}" in browser.text("#process")[0], "it shows the new one")
        self.assertEqual(browser.text("#contact"), ["live"])

    def test_it_is_usable_on_a_phone_and_in_both_themes(self):
        near, far, port = self.pair()
        for _ in range(3):
            self.addCleanup(connect(near.port).close)
        browser = self.opened(port)
        colours = set()
        for theme in ("light", "dark"):
            browser.theme(theme)
            for name, size in (("desk", (1100, 900)), ("phone", (360, 740, True))):
                browser.size(*size)
                self.assertEqual(browser.evaluate("document.documentElement.scrollWidth"), size[0], (theme, name))
                self.picture(browser, f"{name}-{theme}")
            colours.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        self.assertEqual(len(colours), 2)
        far.expected_status = -signal.SIGKILL
        far.kill()
        until(lambda: "up" not in browser.text(".state")[0], "the link is down", deadline=120)
        self.picture(browser, "down")
        self.assertEqual(browser.log, [])

    def test_names_are_text(self):
        hostile = "<img src=x onerror=alert(1)>"
        path = os.path.join(self.folder, "c.toml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"http = 0\n[[link]]\nport = '/{hostile}'\nserver = 0\n"
                       "[[link]]\nname = '__proto__'\nport = '/none'\nserver = 0\n")
        end = self.add(Process("hostile", [BINARY, "--config", path], self.folder))
        browser = self.opened(self.http_port(end))
        self.assertEqual(browser.text("h2")[:2], [f"/{hostile}", "__proto__"])
        self.assertEqual(browser.evaluate("document.images.length"), 0)
        # The policy holds even if the page did not do so.
        browser.evaluate(f"document.body.insertAdjacentHTML('beforeend', {json.dumps(hostile.replace('img', 'img id=bad'))})")
        until(lambda: any("Content Security Policy" in line for line in self.logged(browser)), "it is refused")

    def test_networks_of_devices_are_shown(self):
        cable = self.cable()
        path = os.path.join(self.folder, "c.toml")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"http = 0\n[[net]]\nname = 'sensor'\nport = '{cable.a}'\nslip = true\nlocal-forward = '0:device:80'\n")
        end = self.add(Process("packets", [BINARY, "--config", path], self.folder))
        port = self.http_port(end)
        browser = self.opened(port)
        until(lambda: self.status(port)["nets"][0]["state"] == "up", "the line is open")
        (net,) = self.status(port)["nets"]
        until(lambda: self.field(browser, "addresses") == [
            f"device {net['device_address']} in {net['network']}, gateway {net['gateway_address']}, "
            f"name server {net['name_server'] or 'none'}"], "its addresses are shown")
        self.assertIn("sensor", browser.text("h2"))
        self.assertEqual(self.field(browser, "connections"), [f"0 · {net['places'][0]}"])
        self.assertRegex(self.field(browser, "packets")[0],
                         r"^\d+ packets sent \(.*/s\) · 0 packets received \(0 B, 0 B/s\) · 0 wait$")
        self.assertEqual(browser.log, [])

    @staticmethod
    def logged(browser):
        browser.evaluate("0")  # so that what it has sent is read
        return browser.log

    def test_too_many_pages_are_told(self):
        _, port = self.lonely()
        for _ in range(8):
            stream = self.raw(port, b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(stream.recv(10))
        browser = Browser(self.folder)
        self.addCleanup(browser.close)
        browser.open(f"http://127.0.0.1:{port}/")
        until(lambda: "too many pages are open" in "".join(browser.text("#contact")), "it says why")
        stream.shutdown(socket.SHUT_RDWR)
        until(lambda: browser.text("#contact") == ["live"], "there is room")


if __name__ == "__main__":
    main()
