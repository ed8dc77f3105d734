"""Kills the daemon under the studio's page and brings it back, then ends the studio.

usage: studio_recovery.py ANIMOD ANIMOCTL FOLDER

Prints a line for each check and ends with 1 where one fails.
"""

import os, subprocess, sys, time

from studio_devtools import Browser

animod, animoctl, folder = sys.argv[1:4]
os.makedirs(folder, exist_ok=True)
address = "unix:" + os.path.join(folder, "d.sock")
failures = []


def check(name, passed, detail=""):
    print(("pass  " if passed else "FAIL  ") + name + (f"  ({detail})" if detail and not passed else ""), flush=True)
    if not passed:
        failures.append(name)


def start_daemon():
    log = open(os.path.join(folder, "daemon.log"), "ab")
    return subprocess.Popen([animod, "--listen", address, "--threads", "2", "--models", "none"], stdout=log, stderr=log)


def main():
    daemon = start_daemon()
    end = time.monotonic() + 180
    while not os.path.exists(address[5:]) and time.monotonic() < end:
        time.sleep(0.05)
    environment = os.environ | {"XDG_STATE_HOME": os.path.join(folder, "state")}
    studio = subprocess.Popen(
        [animoctl, "studio", "--no-open", "--connect", address, "--listen", "tcp:127.0.0.1:0"], stdout=subprocess.PIPE,
        env=environment, text=True)
    browser = Browser(folder)
    try:
        page = studio.stdout.readline().split()[1]
        browser.size(1280, 800)
        browser.scheme("light")
        browser.open(page)
        check("the head lives", browser.until("window.studioMeasures && window.studioMeasures().fps > 0"))
        browser.run("import('/socket.js').then(({ on }) => { on('picture', (facts) => { window.facts = facts; }); })")
        browser.run("(() => { const i = [...document.querySelectorAll('#sliders input')].find((i) => i.dataset.names === 'yaw');"
                    "i.value = 12; i.dispatchEvent(new Event('input')); })()")
        check("a slider is set", browser.until("window.facts?.pose?.yaw > 11"))
        daemon.kill()
        daemon.wait()
        check("the page tells that the daemon has gone", browser.until("!banner.hidden && /gone/.test(daemon.textContent)"))
        browser.shot("daemon-gone")
        browser.run("window.facts = null")
        daemon = start_daemon()
        check("the page tells that it is back", browser.until("banner.hidden && /^animod/.test(daemon.textContent)"))
        check("the head moves again, and the slider's place holds", browser.until("window.facts?.pose?.yaw > 11"))
        browser.shot("daemon-back")
        studio.terminate()
        studio.wait()
        check("the page tells that the studio has ended", browser.until("!banner.hidden && /Start it again/.test(banner.textContent)"))
        browser.shot("studio-ended")
        # What fails while there is nothing to connect to is the browser's to tell.
        errors = [each for each in browser.errors() if "WebSocket" not in each]
        check("no console error beside the lost connection", not errors, errors)
    finally:
        browser.close()
        for process in (studio, daemon):
            process.kill()
            process.wait()


main()
print(f"{len(failures)} failed")
sys.exit(1 if failures else 0)
