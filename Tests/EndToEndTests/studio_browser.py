"""Drives the studio's page in a real browser (Debian's chromium, headless) over the DevTools protocol.

usage: studio_browser.py PAGE_ADDRESS OVERLAY_ADDRESS CAMERA.y4m FOLDER

Prints a line for each check and ends with 1 where one fails. Screenshots go into FOLDER.
"""

import base64, json, os, re, shutil, subprocess, sys, tempfile, time, urllib.error, urllib.request

import websocket

page_address, overlay_address, camera, folder = sys.argv[1:5]
os.makedirs(folder, exist_ok=True)
origin = re.match(r"http://[^/]+", page_address)[0]
failures = []


def check(name, passed, detail=""):
    print(("pass  " if passed else "FAIL  ") + name + (f"  ({detail})" if detail and not passed else ""), flush=True)
    if not passed:
        failures.append(name)


class Browser:
    def __init__(self, *flags):
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [
                shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={self.profile}",
                "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera}", "--no-first-run", "--disable-component-update",
                "--disable-background-networking", "--autoplay-policy=no-user-gesture-required", *flags, "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self.port()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request, timeout=10) as answer:
            target = json.load(answer)
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=30)
        self.number = 0
        self.events = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)

    def port(self):
        path = os.path.join(self.profile, "DevToolsActivePort")
        for _ in range(300):
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

    def until(self, script, seconds=15):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if self.run(script):
                    return True
            except RuntimeError:
                pass
            time.sleep(0.1)
        return False

    def size(self, width, height, phone=False):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def shot(self, name):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(os.path.join(folder, name + ".png"), "wb") as file:
            file.write(base64.b64decode(data))

    def key(self, key):
        code = {" ": "Space"}.get(key, key)
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, text=key if kind == "keyDown" else "")

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
        return [each for each in addresses if not each.startswith((origin, "blob:", "data:", "about:"))]

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


# Mean difference of the picture from the one that was kept last; KEEP keeps the one of now.
PIXELS = "(() => { const c = document.querySelector('.view canvas');" \
    "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data; })()"
KEEP = f"(() => {{ window.kept = {PIXELS}; }})()"
DIFFERENCE = f"""(() => {{
  const now = {PIXELS}, kept = window.kept;
  if (!kept || kept.length !== now.length) return 255;
  let sum = 0; for (let i = 0; i < now.length; i += 1) sum += Math.abs(now[i] - kept[i]); return sum / now.length; }})()"""


def status(address, **headers):
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def socket_opens(path, **options):
    try:
        websocket.create_connection(origin.replace("http", "ws") + path, timeout=10, **options).close()
        return True
    except Exception:
        return False


def access():
    token = page_address.split("token=")[1]
    cookie = f"animo_studio={token}"
    check("a request without a token is refused", status(origin + "/") == 403)
    check("a wrong token is refused", status(origin + "/?token=" + "0" * 32) == 403)
    check("a foreign host is refused", status(page_address, Host="evil.example") == 403)
    check("a socket without a cookie is refused", not socket_opens("/socket", origin=origin))
    check("a socket of a foreign page is refused", not socket_opens("/socket", origin="http://evil.example", cookie=cookie))
    check("a socket of the page opens", socket_opens("/socket", origin=origin, cookie=cookie))
    check("the overlay's token opens no page", status(origin + "/?token=" + overlay_address.split("token=")[1]) == 403)
    check("a page that is not there is 404", status(origin + "/nothing.html", Cookie=cookie) == 404)
    socket = websocket.create_connection(
        origin.replace("http", "ws") + "/socket", timeout=10, origin=origin, cookie=cookie)
    for bad in ("{", "[]", '{"op":"open"}', '{"op":"open","head":99}', '{"op":"pose","values":{"yaw":"x"}}', "\x00"):
        socket.send(bad)
    for bad in (b"", b"\x01", b"\x09abc", b"\x02\xff"):
        socket.send_binary(bad)
    answers = []
    while len([each for each in answers if each == "malformed"]) < 10:
        message = socket.recv()
        if isinstance(message, str):
            answers.append(json.loads(message).get("kind"))
    check("malformed messages are answered in words", True)
    try:
        socket.send_binary(b"\x02\x00" + bytes(9 << 20))
        while socket.recv():
            pass
        closed = True
    except Exception:
        closed = True
    check("a message beyond the limit closes the page alone", closed and socket_opens("/socket", origin=origin, cookie=cookie))


def main():
    access()
    browser = Browser()
    browser.size(1280, 800)
    browser.scheme("light")
    began = time.monotonic()
    browser.call("Page.navigate", url=page_address)
    check("the page greets the daemon", browser.until("window.studio && studio.state.hello !== null"))
    check("the page is there in time", time.monotonic() - began < 15)
    check("a head is shown", browser.until("document.querySelector('.view canvas') && studio.state.heads.length === 1"))
    check("the token is gone from the address", browser.run("location.search") == "")
    time.sleep(1.5)
    browser.shot("page-light")

    browser.run("document.getElementById('reset').click()")
    check("the sliders draw", browser.until("window.studioMeasures().delay !== null"))
    browser.run(KEEP)
    browser.run("(() => { const i = [...document.querySelectorAll('#sliders input')].find(i => i.dataset.names === 'yaw');"
                "i.value = 18; i.dispatchEvent(new Event('input')); })()")
    check("a slider turns the head", browser.until(DIFFERENCE + " > 0.5"))
    browser.run("document.getElementById('reset').click()")
    check("reset brings it back", browser.until(DIFFERENCE + " < 0.3"))
    for name in ("Wink", "Surprise", "Anger", "Neutral"):
        browser.run(KEEP)
        browser.run(f"[...document.querySelectorAll('#presets button')].find(b => b.textContent === '{name}').click()")
        check(f"the expression {name} changes the picture", browser.until(DIFFERENCE + " > 0.05"))
        if name == "Surprise":
            browser.scheme("dark")
            browser.shot("page-dark-surprise")
            browser.scheme("light")
    browser.run("document.getElementById('random').click()")
    check("a random pose arrives", browser.until("[...document.querySelectorAll('#sliders input')].some(i => Number(i.value))"))

    for key, expected in (("2", 1), ("7", 6)):
        browser.key(key)
        check(f"key {key} chooses a head", browser.until(
            f"document.querySelectorAll('#samples button')[{expected}].getAttribute('aria-selected') === 'true'", 5))
    browser.key("?")
    check("key ? opens the list of keys", browser.until("document.getElementById('help').open", 3))
    browser.shot("keys")
    browser.run("document.getElementById('help').close()")

    browser.run("document.getElementById('tab-sliders').focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight")
    check("the arrow keys choose a driver", browser.run("studio.state.driver") == "camera")
    browser.run("document.getElementById('camera-start').click()")
    check("the camera drives", browser.until("window.studioMeasures().fps >= 2", 20))
    time.sleep(3)
    browser.run(KEEP)
    time.sleep(1)
    check("the pictures follow the camera", browser.until(DIFFERENCE + " > 0.1"))
    browser.shot("camera")
    browser.key("m")
    check("key M mirrors", browser.run("!document.getElementById('camera-mirror').checked"))
    browser.run("document.activeElement.blur()")
    browser.key(" ")
    check("space pauses", browser.run("studio.state.isPaused"))
    browser.key(" ")
    measures = browser.run("window.studioMeasures()")
    print(f"      camera: {measures['fps']} pictures/s, {measures['delay'] and round(measures['delay'])} ms delay")

    browser.run("document.getElementById('tab-motion').click()")
    browser.run("document.getElementById('motion-talk').click()")
    browser.run("document.getElementById('record').click()")
    browser.run(KEEP)
    browser.until(DIFFERENCE + " > 0.2")
    browser.run("document.getElementById('record').click()")
    check("motion is recorded", bool(wait_for(folder, "motion")))
    browser.run("document.getElementById('compare').click()")
    browser.key("1")
    browser.key("8")
    check("three heads are compared", browser.until("document.querySelectorAll('.view').length === 3", 5))
    time.sleep(3)
    browser.shot("compare")
    browser.run("document.getElementById('engine-toggle').click()")
    check("the engine tells its numbers", browser.until("document.querySelectorAll('#facts div').length > 8", 5))
    time.sleep(1)
    browser.shot("engine")
    browser.run("document.getElementById('engine-toggle').click()")
    browser.run("document.getElementById('compare').click()")

    browser.run("document.getElementById('tab-sliders').click()")
    browser.key("s")
    check("a snapshot is saved", bool(wait_for(folder, "head")))
    refused = browser.run(
        "import('/heads.js').then(m => m.takeFile(new File(['just text'], 'notes.txt')))"
        ".then(() => document.getElementById('toast').textContent)")
    check("a text file is refused in words", "not a picture" in refused, refused)
    refused = browser.run(
        "import('/heads.js').then(m => m.takeFile(new File([new Uint8Array(50 << 20)], 'huge.png')))"
        ".then(() => document.getElementById('toast').textContent)")
    check("a file of 50 MB is refused in words", "at most" in refused, refused)
    browser.run(
        "fetch('/samples/vox-4.png').then(r => r.blob()).then(b => import('/heads.js')"
        ".then(m => m.takeFile(new File([b], 'own.png', {type: 'image/png'}))))")
    check("an own picture is shown", browser.until("studio.state.heads[0].blob !== undefined", 5))
    time.sleep(1)
    browser.shot("own")

    overlay = Browser("--force-color-profile=srgb")
    overlay.size(400, 400)
    overlay.call("Page.navigate", url=overlay_address)
    browser.run("document.getElementById('tab-motion').click(); document.getElementById('motion-talk').click()")
    check("the overlay shows the head", overlay.until("document.getElementById('picture').naturalWidth > 0", 10))
    overlay.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
    overlay.size(800, 400)
    overlay.shot("overlay")
    check("the overlay is error-free", not overlay.errors(), overlay.errors())
    overlay.close()

    browser.size(390, 844, phone=True)
    browser.run("document.getElementById('tab-sliders').click()")
    time.sleep(1)
    browser.shot("phone-light")
    browser.scheme("dark")
    browser.shot("phone-dark")
    check("the phone's page is no wider than the phone", browser.run("document.documentElement.scrollWidth") <= 390)
    check("no console error", not browser.errors(), browser.errors())
    check("no request to elsewhere", not browser.foreign(), browser.foreign())
    browser.close()


def wait_for(path, prefix):
    for _ in range(50):
        names = [name for name in os.listdir(path) if name.startswith(prefix) and not name.endswith(".crdownload")]
        if names:
            return names
        time.sleep(0.1)
    return []


main()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
