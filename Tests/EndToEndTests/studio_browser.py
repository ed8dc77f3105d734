"""Drives the studio's page in a real browser (Debian's chromium, headless) over the DevTools protocol.

usage: studio_browser.py PAGE_ADDRESS OVERLAY_ADDRESS CAMERA.y4m FOLDER

Prints a line for each check and ends with 1 where one fails. Screenshots go into FOLDER.
"""

import json, os, socket, sys, time

from studio_devtools import Browser

page_address, overlay_address, camera, folder = sys.argv[1:5]
os.makedirs(folder, exist_ok=True)
failures = []


def check(name, passed, detail=""):
    print(("pass  " if passed else "FAIL  ") + name + (f"  ({detail})" if detail and not passed else ""), flush=True)
    if not passed:
        failures.append(name)


# Mean difference of the picture from the one that was kept last; KEEP keeps the one of now.
PIXELS = "(() => { const c = document.querySelector('.view canvas');" \
    "return c.getContext('2d').getImageData(0, 0, c.width, c.height).data; })()"
KEEP = f"(() => {{ window.kept = {PIXELS}; }})()"
DIFFERENCE = f"""(() => {{
  const now = {PIXELS}, kept = window.kept;
  if (!kept || kept.length !== now.length) return 255;
  let sum = 0; for (let i = 0; i < now.length; i += 1) sum += Math.abs(now[i] - kept[i]); return sum / now.length; }})()"""
# Keeps what was said of the newest picture, and of all since it was emptied.
LISTEN = """import('/socket.js').then(({ on }) => {
  window.pill = document.getElementById('state'); window.seen = [];
  on('picture', (facts) => { if (facts.head === 0) { window.facts = facts; window.seen.push(facts); } });
  on('pose', ({ values }) => { window.random = values; });
  on('opened', (opened) => { window.opened = opened; });
  on('malformed', ({ message }) => { window.malformed = message; }); })"""


# Every number of the newest picture's pose is 0: what was set has glided away, and the picture shows it.
AT_REST = "(window.facts?.pose && Object.values(window.facts.pose).every((value) => Math.abs(value) < 0.001))"


def posed(condition):
    """Whether the newest picture's pose, p, meets a condition."""
    return f"((p) => p && {condition})(window.facts?.pose)"


def has_posed(condition):
    """The same of any picture since `window.seen` was emptied."""
    return f"window.seen.some(({{ pose: p }}) => p && {condition})"


def element(name):
    return f"document.getElementById('{name}')"


def click(browser, name):
    browser.run(f"{element(name)}.click()")


def set_slider(browser, script, value):
    browser.run(f"(() => {{ const i = {script}; i.value = {value}; i.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()")


def slider(name):
    return f"[...document.querySelectorAll('#sliders input')].find((i) => i.dataset.names === '{name}')"


def heads_and_sliders(browser):
    check("the page greets the daemon", browser.until("window.studio && studio.state.hello !== null"))
    check("a head is shown", browser.until("document.querySelector('.view canvas') && studio.state.heads.length === 1"))
    check("the token is gone from the address", browser.run("location.search") == "")
    browser.run(LISTEN)
    check("a head that is left alone lives", browser.until("pill.textContent === 'alive' && window.seen.length > 3"))
    browser.run(KEEP)
    check("its picture changes by itself", browser.until(DIFFERENCE + " > 0.02"))
    browser.shot("page-light")

    click(browser, "alive")
    click(browser, "reset")
    check("idle life can be switched off", browser.until("pill.textContent === 'still'"))
    check("the sliders draw", browser.until("window.studioMeasures().delay !== null"))
    check("the head comes to rest", browser.until(AT_REST))
    browser.run(KEEP)
    set_slider(browser, slider("yaw"), 18)
    check("a slider turns the head", browser.until(f"{posed('p.yaw > 17')} && {DIFFERENCE} > 0.5"))
    browser.run(f"{slider('yaw')}.dispatchEvent(new MouseEvent('dblclick'))")
    check("a double click brings it back", browser.until(f"{AT_REST} && {DIFFERENCE} < 0.3"))
    set_slider(browser, slider("yaw"), 18)
    browser.until(posed("p.yaw > 17"))
    click(browser, "reset")
    check("reset brings it back", browser.until(f"{AT_REST} && {DIFFERENCE} < 0.3"))
    # Each is waited for before the next, so that there is something to change.
    for name, arrived in (
            ("Wink", "p.eye_closed_left > 0.95"), ("Surprise", "p.eye_surprised_left > 0.95"), ("Smile", "p.mouth_a > 0.5"),
            ("Anger", "p.eyebrow_angry_left > 0.95"), ("Neutral", "Object.values(p).every((v) => Math.abs(v) < 0.001)")):
        browser.run(KEEP)
        browser.run(preset(name))
        check(f"the expression {name} changes the picture", browser.until(f"{posed(arrived)} && {DIFFERENCE} > 0.05"))
        if name == "Surprise":
            browser.scheme("dark")
            browser.shot("page-dark-surprise")
            browser.scheme("light")
    browser.run("window.seen.length = 0")
    check("the expression Talk moves the mouth", browser.until_by(
        preset("Talk"), has_posed("['a', 'e', 'i', 'o', 'u'].some((vowel) => p[`mouth_${vowel}`] > 0.2)")))
    check("and shuts it at the end", browser.until(AT_REST))
    click(browser, "random")
    check("a random pose arrives", browser.until("window.random && " + posed(
        "Object.entries(window.random).every(([name, value]) => Math.abs(p[name] - value) < 0.01)")))
    click(browser, "reset")
    browser.until(AT_REST)
    set_slider(browser, slider("yaw"), 15)
    browser.until(posed("p.yaw > 14"))
    click(browser, "set-a")
    click(browser, "reset")
    browser.until(AT_REST)
    click(browser, "set-b")
    browser.run("window.seen.length = 0")
    check("A glides to B", browser.until_by(f"{element('play-ab')}.click()", has_posed("p.yaw > 1 && p.yaw < 14")))
    check("and ends there", browser.until(AT_REST))
    (x, y), (to, _) = place(browser, 0.5), place(browser, 0.8)
    for kind, at in (("mousePressed", x), ("mouseMoved", to), ("mouseReleased", to)):
        browser.call("Input.dispatchMouseEvent", type=kind, x=at, y=y, button="left", buttons=1, clickCount=1)
    check("dragging turns the head", browser.until(f"Number({slider('yaw')}.value) > 5 && {posed('p.yaw > 5')}"), browser.run(
        f"JSON.stringify([{x}, {y}, {to}, document.elementFromPoint({x}, {y})?.outerHTML.slice(0, 99),"
        f" [...document.querySelectorAll('#sliders input')].map((i) => i.value)])"))
    # What was asked for before the hand came has lost its turn.
    browser.run(f"{element('random')}.click(); {slider('yaw')}.value = 12;"
                f"{slider('yaw')}.dispatchEvent(new Event('input')); window.random = null")
    check("a pose that comes late leaves the hand alone", browser.until("window.random !== null") and browser.until(
        posed("Math.abs(p.yaw - 12) < 0.01")) and browser.run(f"Number({slider('yaw')}.value)") == 12)
    click(browser, "alive")
    check("what is at rest lives beside what is set", browser.until(
        f"{posed('Math.abs(p.yaw) > 5')} && pill.textContent === 'alive'"))
    click(browser, "reset")


def preset(name):
    return f"[...document.querySelectorAll('#presets button')].find((b) => b.textContent === '{name}').click()"


def place(browser, across):
    """A point of the first head's canvas, in pixels of the window."""
    return browser.run("(() => { const r = document.querySelector('.view canvas').getBoundingClientRect();"
                       f"return [r.left + r.width * {across}, r.top + r.height / 2]; }})()")


def keys(browser):
    for key, expected in (("2", 1), ("7", 6), ("1", 0)):
        browser.key(key)
        check(f"key {key} chooses a head", browser.until(
            f"document.querySelectorAll('#samples button')[{expected}].getAttribute('aria-selected') === 'true'"))
    browser.key("?")
    check("key ? opens the list of keys", browser.until(f"{element('help')}.open"))
    browser.shot("keys")
    browser.run(f"{element('help')}.close()")
    names = browser.run("[...document.querySelectorAll('button, select, input, canvas, a')].filter((each) =>"
                        "!each.closest('[hidden]') && each.tabIndex < 0 && each.getAttribute('role') !== 'tab' && each.tagName !== 'CANVAS').length")
    check("every control can be reached by Tab", names == 0, names)
    unnamed = browser.run(
        "[...document.querySelectorAll('button, select, input')].filter((each) => !(each.textContent.trim() ||"
        "each.labels?.length || each.getAttribute('aria-label') || each.title)).map((each) => each.id || each.outerHTML)")
    check("every control has a name", not unnamed, unnamed)


def camera_drives(browser):
    browser.run(f"{element('tab-sliders')}.focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="ArrowRight", code="ArrowRight")
    check("the arrow keys choose a driver", browser.run("studio.state.driver") == "camera")
    check("a camera that is off is said to be", browser.until("pill.textContent === 'camera off'"))
    click(browser, "camera-start")
    browser.run("window.seen.length = 0")
    check("the camera drives", browser.until(
        "window.seen.filter(({ tracking }) => tracking === 'ok').length > 2 && pill.textContent === 'tracking'"))
    browser.run(KEEP)
    check("the pictures follow the camera", browser.until(DIFFERENCE + " > 0.1"))
    browser.shot("camera")
    browser.key("c")
    check("key C calibrates", browser.until(f"/^Calibrated/.test({element('calibrate-note')}.textContent)"))
    click(browser, "calibrate-forget")
    browser.run("[...document.querySelectorAll('#presets-follow button')].find((b) => b.dataset.preset === 'still').click()")
    check("a still head does not turn", browser.until("Math.abs(window.facts.pose.yaw) < 0.01 && Math.abs(window.facts.pose.pitch) < 0.01"))
    browser.run("[...document.querySelectorAll('#presets-follow button')].find((b) => b.dataset.preset === 'lips').click()")
    check("lips only leave the eyes open", browser.until(
        "Math.abs(window.facts.pose.yaw) < 0.01 && Math.abs(window.facts.pose.eye_closed_left) < 0.001"))
    browser.run("[...document.querySelectorAll('#presets-follow button')].find((b) => b.dataset.preset === 'whole').click()")
    set_slider(browser, "document.querySelector('#gains input[data-group=rotation]')", 0)
    check("a gain of 0 holds the head", browser.until("Math.abs(window.facts.pose.yaw) < 0.01"))
    set_slider(browser, "document.querySelector('#gains input[data-group=rotation]')", 1)
    check("a gain of 1 lets it go", browser.until("Math.abs(window.facts.pose.yaw) > 0.2"))
    set_slider(browser, element("smooth"), 4)
    browser.key("m")
    check("key M mirrors", browser.run(f"!{element('camera-mirror')}.checked"))
    browser.run("document.activeElement.blur()")
    browser.key(" ")
    check("space pauses", browser.run("studio.state.isPaused"))
    browser.key(" ")
    check("the daemon takes what was asked of it", not browser.run("window.malformed"), browser.run("window.malformed"))
    measures = browser.run("window.studioMeasures()")
    print(f"      camera: {measures['fps']} pictures/s, {measures['delay'] and round(measures['delay'])} ms delay")
    click(browser, "camera-start")
    check("without the camera the head lives by itself", browser.until("window.facts.tracking === 'idle' && pill.textContent === 'camera off'"))


def recordings(browser):
    click(browser, "tab-motion")
    click(browser, "motion-talk")
    click(browser, "record")
    browser.run("window.seen.length = 0")
    browser.until("window.seen.length > 12 && Math.max(...window.seen.map(({ pose }) => Math.abs(pose?.yaw ?? 0))) > 3")
    click(browser, "record")
    saved = wait_for(folder, "motion")
    check("motion is recorded", bool(saved))
    lines = open(os.path.join(folder, saved[0])).read() if saved else ""
    check("a recording holds numbers only", lines.startswith('{"animo_motion":1') and "data:" not in lines)
    click(browser, "motion-stop")
    browser.run("(() => { const t = new DataTransfer(); t.items.add(new File([" + json.dumps(lines) + "], 'take.jsonl'));"
                f"{element('motion-file')}.files = t.files; {element('motion-file')}.dispatchEvent(new Event('change')); }})()")
    check("it is replayed", browser.until(f"{element('motion-note')}.textContent.startsWith('take.jsonl')"))
    browser.run(KEEP)
    check("and drives", browser.until(DIFFERENCE + " > 0.1"))


def network(browser):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    click(browser, "tab-network")
    check("a tracker that nobody listens to is said so", browser.until("pill.textContent === 'not listening'"))
    browser.run(f"(() => {{ const i = {element('network-input')}; i.value = 'arkit'; i.dispatchEvent(new Event('change'));"
                f"{element('network-port')}.value = {port}; {element('network-port')}.dispatchEvent(new Event('input')); }})()")
    check("what to enter is told", browser.run(f"{element('network-how')}.textContent").count(str(port)) > 0)
    click(browser, "network-start")
    check("the port is listened on", browser.until(f"/nothing has come/.test({element('network-note')}.textContent)"))
    browser.shot("network-waiting")

    def send(times, value):
        for _ in range(times):
            sender.sendto(value, ("127.0.0.1", port))
            time.sleep(0.03)

    def until_sent(script, value, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            send(5, value)
            if browser.run(script):
                return True
        return False

    send(3, b"no tracker's words")
    check("what is no frame is counted", browser.until(f"/not this tracker/.test({element('network-note')}.textContent)"))
    turned = json.dumps({"jawOpen": 0.6, "head": {"yaw": 20, "pitch": 0, "roll": 0}}).encode()
    check("a tracker turns the head", until_sent("window.facts.pose && window.facts.pose.yaw > 15", turned))
    check("its delay is told", until_sent("window.studioMeasures().delay !== null && window.facts.delay >= 0", turned))
    check("where it comes from is told", until_sent(
        f"/127\\.0\\.0\\.1/.test({element('network-facts')}.textContent) && !{element('network-facts')}.hidden", turned))
    check("what arrives is shown", until_sent(f"/jawopen/.test({element('network-inputs')}.textContent)", turned))
    browser.shot("network")
    click(browser, "network-mirror")
    check("it can be mirrored", until_sent("window.facts.pose.yaw < -15", turned))
    click(browser, "network-mirror")
    check("silence holds the head and then lets it live", browser.until("window.facts.tracking === 'idle' && pill.textContent === 'lost'"))
    browser.shot("network-lost")
    click(browser, "network-start")
    check("it stops", browser.until("pill.textContent === 'not listening'"))
    click(browser, "tab-sliders")


def compare(browser):
    click(browser, "compare")
    for key in ("1", "8", "2"):
        browser.key(key)
    count = browser.run("studio.state.heads.length")
    check("heads are compared", browser.until(f"document.querySelectorAll('.view').length === {count}") and count >= 3, count)
    click(browser, "tab-motion")
    click(browser, "motion-talk")
    browser.run("import('/socket.js').then(({ on }) => { window.places = {}; on('picture', ({ head }) => { window.places[head] = true; }); })")
    check("each of them moves", browser.until(f"Object.keys(window.places).length === {count}"))
    browser.shot("compare")
    click(browser, "engine-toggle")
    check("the engine tells its numbers", browser.until("document.querySelectorAll('#facts div').length > 8"))
    browser.shot("engine")
    click(browser, "engine-toggle")
    click(browser, "compare")
    click(browser, "tab-sliders")


def keep(browser):
    browser.key("s")
    check("a snapshot is saved", bool(wait_for(folder, "head", ".png")))
    browser.run("window.seen.length = 0")
    browser.key("r")
    browser.until("window.seen.length > 5")
    browser.key("r")
    clip = wait_for(folder, "head", ".webm")
    check("a clip is saved", clip and os.path.getsize(os.path.join(folder, clip[0])) > 1000)
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"], origin=browser.origin)
    for name, words in (("copy-pose", "{"), ("copy-command", "animoctl edit --source"), ("overlay", "/overlay?token=")):
        click(browser, name)
        check(f"{name} copies", browser.until(f"navigator.clipboard.readText().then((text) => text.includes({json.dumps(words)}))"))


def own_pictures(browser):
    refused = browser.run(
        "import('/heads.js').then(m => m.takeFiles([new File(['just text'], 'notes.txt')]))"
        ".then(() => document.getElementById('toast').textContent)")
    check("a text file is refused in words", "not a picture" in refused, refused)
    refused = browser.run(
        "import('/heads.js').then(m => m.takeFiles([new File([new Uint8Array(50 << 20)], 'huge.png')]))"
        ".then(() => document.getElementById('toast').textContent)")
    check("a file of 50 MB is refused in words", "at most" in refused, refused)
    # Drawn on the page: a JPEG, and a PNG with alpha, larger than the head in it.
    make = """(async (type) => {
      const sample = await createImageBitmap(await (await fetch('/samples/anime-4.png')).blob());
      const canvas = new OffscreenCanvas(640, 400);
      const context = canvas.getContext('2d');
      if (type === 'image/jpeg') { context.fillStyle = '#fff'; context.fillRect(0, 0, 640, 400); }
      context.drawImage(sample, 200, 60, 300, 300);
      const blob = await canvas.convertToBlob({ type });
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob], 'own', { type }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
    })"""
    for kind in ("image/jpeg", "image/png"):
        browser.run("window.opened = null")
        browser.run(f"{make}('{kind}')")
        check(f"a dropped {kind} is shown", browser.until("studio.state.heads[0].blob !== undefined && window.opened !== null"))
        check("its head is found", browser.until("window.opened.crop && window.opened.crop.width < 620"), browser.run("window.opened"))
    browser.shot("own-found")
    browser.run(f"window.opened = null; {element('crop-view')}.focus()")
    for key in ("-", "-", "ArrowRight"):
        browser.key(key)
    check("its frame is moved by hand", browser.until(
        f"window.opened && {element('crop-hand')}.getAttribute('aria-pressed') === 'true'"))
    check("and the daemon takes it", not browser.run("window.malformed") and browser.until("window.seen.at(-1).outcome === 'ok'"))
    browser.shot("own-by-hand")
    browser.run(f"window.opened = null; {element('crop-whole')}.click()")
    check("the whole picture can be taken", browser.until("window.opened !== null"))
    browser.key("1")


def reload(browser):
    browser.call("Page.reload")
    loaded = browser.until("window.studio && studio.state.hello !== null && studio.state.heads.length > 0 && !window.pill")
    browser.run(LISTEN)
    return loaded


def reloads(browser):
    browser.key("3")
    click(browser, "linked")
    set_slider(browser, slider("yaw"), 7)
    click(browser, "tab-network")
    browser.run(f"(() => {{ const i = {element('network-input')}; i.value = 'ifacialmocap'; i.dispatchEvent(new Event('change', {{ bubbles: true }}));"
                f"const port = {element('network-port')}; port.value = 49999; port.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()")
    click(browser, "network-mirror")
    lips = "document.querySelector('#presets-follow [data-preset=lips]')"
    gain = "document.querySelector('#gains input[data-group=mouth]')"
    browser.run(f"{lips}.click()")
    set_slider(browser, gain, 1.5)
    set_slider(browser, element("smooth"), 2.5)
    check("the page loads again", reload(browser))
    check("its driver is kept", browser.until("studio.state.driver === 'network'"))
    check("its head is kept", browser.run("studio.state.heads[0].sample") == "anime-3")
    check("its pose is kept", browser.run(f"Number({slider('yaw')}.value)") == 7)
    check("its controls are kept", browser.run(
        f"!{element('linked')}.checked && {element('network-input')}.value === 'ifacialmocap' && "
        f"{element('network-port')}.value === '49999' && {element('network-mirror')}.checked && "
        f"{lips}.getAttribute('aria-pressed') === 'true' && {gain}.value === '1.5' && {element('smooth')}.value === '2.5'"))
    click(browser, "network-mirror")
    click(browser, "linked")
    browser.run("document.querySelector('#presets-follow [data-preset=whole]').click()")
    set_slider(browser, gain, 1)
    set_slider(browser, element("smooth"), 1)

    click(browser, "tab-camera")
    click(browser, "camera-start")
    browser.until("pill.textContent === 'tracking'")
    click(browser, "calibrate")
    check("it is calibrated", browser.until(f"/^Calibrated/.test({element('calibrate-note')}.textContent)"))
    check("the page loads again beside the camera", reload(browser))
    check("a camera that was on goes on", browser.until("studio.state.driver === 'camera' && pill.textContent === 'tracking'"))
    check("and its neutral holds", browser.run(f"/your neutral/.test({element('calibrate-note')}.textContent)")
          and not browser.run("window.malformed"))
    click(browser, "calibrate-forget")
    click(browser, "tab-sliders")
    click(browser, "reset")
    check("nothing but numbers and choices is kept", browser.until(
        "(text => text && !/data:|base64|blob:/.test(text) && text.length < 20000)(localStorage.getItem('animod-studio'))"))
    browser.key("1")


def alpha_at(browser, data, x, y):
    """Alpha of a PNG's pixel, read by a browser."""
    return browser.run(
        "(async () => { const i = new Image(); i.src = 'data:image/png;base64," + data + "'; await i.decode();"
        "const c = new OffscreenCanvas(i.width, i.height); const x = c.getContext('2d'); x.drawImage(i, 0, 0);"
        f"return x.getImageData({x}, {y}, 1, 1).data[3]; }})()")


def overlay_and_two_pages(browser):
    overlay = Browser(folder, "--force-color-profile=srgb")
    overlay.size(800, 400)
    overlay.open(overlay_address)
    shown = f"Number({element('picture')}.dataset.shown ?? 0)"
    check("the overlay shows the head", overlay.until(f"{shown} > 0"))
    overlay.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
    overlay.shot("overlay")
    data = overlay.call("Page.captureScreenshot", format="png")["data"]
    check("beside the head it is transparent", alpha_at(browser, data, 20, 200) == 0 and alpha_at(browser, data, 400, 200) == 255)
    check("the page tells that it is on air", browser.until(f"!{element('on-air')}.hidden"))
    browser.call("Page.navigate", url="about:blank")
    before = overlay.run(shown)
    check("the overlay goes on when the page is closed", overlay.until(f"{shown} > {before + 3}"))
    check("the overlay is error-free", not overlay.errors(), overlay.errors())
    browser.open(page_address)
    check("the page comes back", browser.until("window.studio && studio.state.hello !== null && window.studioMeasures().fps > 0"))
    before = overlay.run(shown)
    check("and is on air again", overlay.until(f"{shown} > {before + 3}"))
    overlay.open(page_address)
    check("a second page is served", overlay.until("window.studio && studio.state.hello !== null && window.studioMeasures().fps > 0"))
    check("beside the first", browser.until("window.studioMeasures().fps > 0"))
    overlay.close()


def phone(browser):
    browser.size(390, 844, phone=True)
    for tab in ("sliders", "camera", "network"):
        click(browser, f"tab-{tab}")
        check(f"the phone's page is no wider than the phone: {tab}", browser.run("document.documentElement.scrollWidth") <= 390,
              browser.run("document.documentElement.scrollWidth"))
        browser.shot(f"phone-{tab}")
    browser.scheme("dark")
    browser.shot("phone-dark")


def wait_for(path, prefix, suffix=""):
    for _ in range(1200):
        names = [name for name in os.listdir(path)
                 if name.startswith(prefix) and name.endswith(suffix) and not name.endswith(".crdownload")]
        if names:
            return names
        time.sleep(0.1)
    return []


def main():
    browser = Browser(folder, camera=camera)
    browser.size(1280, 800)
    browser.scheme("light")
    browser.open(page_address)
    for part in (heads_and_sliders, keys, camera_drives, recordings, network, compare, keep, own_pictures, reloads,
                 overlay_and_two_pages, phone):
        part(browser)
    check("no console error", not browser.errors(), browser.errors())
    check("no request to elsewhere", not browser.foreign(), browser.foreign())
    browser.close()


main()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
