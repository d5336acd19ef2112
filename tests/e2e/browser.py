"""A browser without a window (Debian package chromium), driven by its DevTools protocol over a pipe."""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time

from harness import DEADLINE, until

# A program to run instead of the installed one.
CHROMIUM = os.environ.get("SERIALTCP_CHROMIUM") or shutil.which("chromium")


class Browser:
    """One page. What it logs, scripts' errors and violations of a Content-Security-Policy among it, is in `log`."""

    def __init__(self, folder):
        self.log = []
        self.buffer = b""
        self.number = 0
        self.session = None
        to_read, self.write_fd = os.pipe()
        self.read_fd, to_write = os.pipe()
        # The protocol has fixed descriptors: 3 for commands, 4 for answers.
        command = [CHROMIUM, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={folder}/browser",
                   "--no-first-run", "--disable-gpu", "--disable-background-networking", "--disable-extensions",
                   *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank"]
        shell = f'exec 3<&{to_read} 4>&{to_write} "$@"'
        with open(os.path.join(folder, "browser.log"), "wb") as output:
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", "bash", "-c", shell, "browser", *command], pass_fds=(to_read, to_write),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self):
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        # Its other processes write to its folder until they have ended.
        until(lambda: not self.has_processes(), "the browser has ended")
        os.close(self.write_fd)
        os.close(self.read_fd)

    def has_processes(self):
        try:
            os.killpg(self.popen.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def message(self, end):
        while b"\0" not in self.buffer:
            if not select.select([self.read_fd], [], [], max(end - time.monotonic(), 0))[0]:
                raise AssertionError("the browser does not answer")
            more = os.read(self.read_fd, 1 << 16)
            if not more:
                raise AssertionError(f"the browser has ended with status {self.popen.wait()}")
            self.buffer += more
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.write_fd, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + DEADLINE
        while (message := self.message(end)).get("id") != self.number:
            self.note(message)
        if "error" in message:
            raise AssertionError(f"{method}: {message['error']}")
        return message["result"]

    def note(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Log.entryAdded":
            self.log.append(parameters["entry"]["text"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.log.append(str(parameters["exceptionDetails"]))
        elif message.get("method") == "Runtime.consoleAPICalled":
            self.log.append(str(parameters["args"]))

    def open(self, url):
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        """The value of an expression of JavaScript, in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def text(self, selector):
        """The text of each element that there is."""
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.innerText)")

    def click(self, selector, index=0):
        """As a mouse does: whatever covers the element gets it instead."""
        box = self.evaluate(f"""(() => {{
          const one = document.querySelectorAll({json.dumps(selector)})[{index}];
          one.scrollIntoView({{block: "center", inline: "center"}});
          const {{left, top, width, height}} = one.getBoundingClientRect();
          return {{x: left + width / 2, y: top + height / 2}};
        }})()""")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **box)

    def size(self, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if mobile else 1,
                  mobile=mobile)

    def theme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def picture(self, path):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
