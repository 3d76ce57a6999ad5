"""A Chromium without a window, spoken to over two pipes, as its own tools do. Needs nothing but Python."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

PATIENCE = 120  # seconds for one answer; generous, because machines that test are busy


def find():
    """The browser of this machine, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    """One browser with one tab."""

    def __init__(self, path, profile):
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()

        def connect():
            # The browser reads from 3 and writes to 4; both ends may be in the way of each other.
            reads, writes = os.dup(to_read), os.dup(to_write)
            high_reads, high_writes = 200, 201
            os.dup2(reads, high_reads)
            os.dup2(writes, high_writes)
            os.dup2(high_reads, 3)
            os.dup2(high_writes, 4)

        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-extensions", "--force-color-profile=srgb",
                     "--remote-debugging-pipe", "--user-data-dir=" + profile, "about:blank"]
        environment = dict(os.environ, HOME=profile, DBUS_SESSION_BUS_ADDRESS="disabled:")
        # pylint: disable=consider-using-with,subprocess-popen-preexec-fn
        self.process = subprocess.Popen([path] + arguments, pass_fds=(3, 4), preexec_fn=connect, env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer = b""
        self.number = 0
        self.events = []
        self.session = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility", "DOM"):
            self.send(domain + ".enable")

    def receive(self, until):
        """The next message, or a failure when it takes too long."""
        while b"\0" not in self.buffer:
            left = until - time.monotonic()
            ready = select.select([self.from_browser], [], [], max(0, left))[0] if left > 0 else []
            if not ready:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.from_browser, 1 << 20)
            if not part:
                raise ConnectionError("the browser has gone")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def send(self, method, **parameters):
        """Asks for something and returns the answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            answer = self.receive(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(method + ": " + answer["error"]["message"])
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def until(self, condition):
        """Waits until an expression in the page is true; while it changes there may be none to ask."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.run(condition):
                    return
            except RuntimeError:
                pass
            time.sleep(0.01)
        raise TimeoutError(condition)

    def open(self, url):
        """Loads a page anew and waits until it stands."""
        self.send("Page.navigate", url="about:blank")
        self.until("location.href === 'about:blank' && document.readyState === 'complete'")
        self.events.clear()
        answer = self.send("Page.navigate", url=url)
        if answer.get("errorText"):
            raise RuntimeError(answer["errorText"])
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, script):
        """The value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]) + "\n" + script)
        return answer["result"].get("value")

    def settle(self):
        """Until what was asked of the page has been drawn."""
        self.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def press(self, key):
        """A key, as a keyboard sends it."""
        codes = {"ArrowDown": 40, "ArrowUp": 38, "Home": 36, "End": 35, "Enter": 13, "Escape": 27, "Tab": 9}
        code = codes.get(key, ord(key.upper()) if len(key) == 1 else 0)
        common = {"key": key, "windowsVirtualKeyCode": code, "code": key if len(key) > 1 else "Key" + key.upper()}
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)
        self.settle()

    def click(self, selector):
        """The mouse, in the middle of the first element that the selector finds."""
        place = self.run("""(() => { const found = document.querySelector(%s);
            if (!found) throw new Error("nothing to click on");
            found.scrollIntoView({block: "center"});
            const box = found.getBoundingClientRect();
            return [box.left + Math.min(box.width / 2, 60), box.top + box.height / 2]; })()""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)
        self.settle()

    def size(self, width, height):
        """The size of the window."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, media="", **features):
        """Screen or paper, and what the reader prefers: media(prefers_color_scheme="dark")."""
        asked = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=media, features=asked)

    def picture(self, path, whole=True):
        """A picture of the page."""
        data = self.send("Page.captureScreenshot", captureBeyondViewport=whole, format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def paper(self, path):
        """The page as it would be printed."""
        data = self.send("Page.printToPDF", preferCSSPageSize=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def complaints(self):
        """What went wrong in the page: errors, and whatever it wanted to load beside itself."""
        found = []
        for event in self.events:
            method, details = event["method"], event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(details["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            elif method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
                found.append(details["entry"]["text"])
            elif method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
                found.append(str(details["args"]))
            elif method == "Network.requestWillBeSent" and details.get("type") != "Document":
                found.append("it loads " + details["request"]["url"])
        return found

    def close(self):
        """Ends this browser, and no other."""
        try:
            self.session = None
            self.send("Browser.close")
        except (OSError, ConnectionError, TimeoutError, RuntimeError):
            pass
        os.close(self.to_browser)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.from_browser)
