"""Chromium, headless, over the DevTools protocol: what the studio's checks and measurements are driven by."""

import base64, json, os, re, shutil, subprocess, tempfile, time, urllib.request

import websocket


class Browser:
    def __init__(self, folder, *flags, camera=None):
        """folder: for screenshots and downloads. camera: a Y4M file that plays as webcam; without one there is none."""
        self.folder = folder
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [
                shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={self.profile}",
                "--no-first-run", "--disable-component-update", "--disable-background-networking",
                "--autoplay-policy=no-user-gesture-required", *self.media(camera), *flags, "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self.port()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=60) as answer:
            target = json.load(answer)
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=180)
        self.number = 0
        self.events = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        self.origin = ""

    def open(self, address):
        self.origin = re.match(r"http://[^/]+", address)[0]
        self.call("Page.navigate", url=address)

    @staticmethod
    def media(camera):
        if camera is None:
            return ["--use-fake-ui-for-media-stream"]
        return [
            "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera}"]

    def port(self):
        path = os.path.join(self.profile, "DevToolsActivePort")
        for _ in range(1200):
            if os.path.exists(path) and open(path).read().strip():
                return int(open(path).read().split()[0])
            time.sleep(0.1)
        raise SystemExit("chromium did not start")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def run(self, script):
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", script))
        return result["result"].get("value")

    def until(self, script, seconds=120):
        """Whether a script becomes true. The time is for faults: no check is meant to fail because a machine is slow."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run(script):
                    return True
            except RuntimeError:
                pass
            time.sleep(0.1)
        return False

    def until_by(self, act, script, every=4, seconds=120):
        """Acts again and again until a script becomes true: for what is over sooner than a slow machine may look."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.run(act)
            if self.until(script, every):
                return True
        return False

    def size(self, width, height, phone=False):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def shot(self, name):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(os.path.join(self.folder, name + ".png"), "wb") as file:
            file.write(base64.b64decode(data))

    def key(self, key):
        code = {" ": "Space"}.get(key, key)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, text=key if kind == "keyDown" and len(key) == 1 else "")

    def errors(self):
        """Console errors and uncaught exceptions."""
        self.run("1")
        found = []
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                details = event["params"]["exceptionDetails"]
                found.append(details.get("exception", {}).get("description") or details["text"])
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(event["params"]["entry"]["text"] + " " + event["params"]["entry"].get("url", ""))
            if event["method"] == "Runtime.consoleAPICalled" and event["params"]["type"] == "error":
                found.append(str(event["params"]["args"]))
        return found

    def foreign(self):
        """Requests to elsewhere."""
        addresses = [
            event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [each for each in addresses if not each.startswith((self.origin, "blob:", "data:", "about:"))]

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


