"""Measures the studio's live path in chromium: camera to shown picture, by the page's own clock.

usage: studio_bar.py ANIMOD ANIMOCTL FOLDER [--seconds 300] [--model [NAME=]FILE ...]

A daemon and a studio of its own, a 640x480 camera at 30 frames a second that plays the built-in sample's motion.
Prints pictures a second, the median delay and the processes' memory for every minute, and ends with 1 where the bar is
missed: 12 pictures a second, a median delay below 150 ms, and flat: the last minute's delay at most a fifth above the
first's, or 5 ms. Run it on a release build while nothing else runs:

    swift build -c release
    /usr/bin/python3 Tests/EndToEndTests/studio_bar.py .build/release/animod .build/release/animoctl /tmp/studio-bar
"""

import argparse, json, os, statistics, subprocess, sys, time, urllib.request

from studio_devtools import Browser

parser = argparse.ArgumentParser()
parser.add_argument("animod")
parser.add_argument("animoctl")
parser.add_argument("folder")
parser.add_argument("--seconds", type=float, default=300)
parser.add_argument("--model", action="append", default=[])
arguments = parser.parse_args()
folder = arguments.folder
os.makedirs(folder, exist_ok=True)
address = "unix:" + os.path.join(folder, "d.sock")
if os.path.exists(address[5:]):
    os.unlink(address[5:])


def resident(process):
    """Mebibytes in memory."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def camera(origin, cookie):
    """The sample's motion on a drawn human head, in the middle of a camera's picture."""
    def get(name):
        request = urllib.request.Request(f"{origin}/samples/{name}", headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()
    source = os.path.join(folder, "vox-2.png")
    with open(source, "wb") as file:
        file.write(get("vox-2.png"))
    poses = "\n".join(json.dumps(pose) for pose in json.loads(get("sequence.json"))["poses"])
    film = subprocess.run(
        [arguments.animoctl, "stream", "--connect", address, "--source", source, "--source-domain", "vox", "--input", "poses",
         "--output", "y4m", "--policy", "queue"], input=poses.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        check=True).stdout
    path = os.path.join(folder, "camera.y4m")
    subprocess.run(
        ["ffmpeg", "-y", "-loglevel", "error", "-i", "-", "-vf", "scale=480:480,pad=640:480:80:0:white,fps=30", "-pix_fmt",
         "yuv420p", path], input=film, check=True)
    return path


def main():
    models = [part for model in arguments.model for part in ("--model", model)]
    with open(os.path.join(folder, "animod.log"), "wb") as log:
        daemon = subprocess.Popen(
            [arguments.animod, "--listen", address, "--models", "none", *models], stdout=log, stderr=log)
    while not os.path.exists(address[5:]):
        if daemon.poll() is not None:
            sys.exit(f"animod has ended with {daemon.returncode}: see {folder}/animod.log")
        time.sleep(0.1)
    studio = subprocess.Popen(
        [arguments.animoctl, "studio", "--no-open", "--connect", address, "--listen", "tcp:127.0.0.1:0"],
        stdout=subprocess.PIPE, env=os.environ | {"XDG_STATE_HOME": os.path.join(folder, "state")}, text=True)
    page = studio.stdout.readline().split()[1]
    browser = Browser(folder, camera=camera(page.split("/?")[0], "animo_studio=" + page.split("token=")[1]))
    try:
        browser.size(1280, 800)
        browser.open(page)
        browser.until("window.studio && studio.state.hello !== null")
        timing = browser.run("performance.getEntriesByType('navigation')[0].loadEventEnd")
        size = browser.run("performance.getEntriesByType('resource').filter((each) => !each.name.includes('/samples/'))"
                           ".reduce((sum, each) => sum + each.encodedBodySize, 0)")
        print(f"page: loaded in {timing:.0f} ms, {size / 1000:.0f} kB", flush=True)
        browser.run("document.getElementById('tab-camera').click(); document.getElementById('camera-start').click()")
        if not browser.until("state.textContent === 'tracking' && window.studioMeasures().fps > 0"):
            print("the camera does not drive")
            return 1
        browser.run("import('/socket.js').then(({ on }) => { window.delays = []; on('picture', (facts) => {"
                    "if (facts.head === 0) window.delays.push(performance.now() - facts.time); }); })")
        minutes = []
        step = min(60.0, arguments.seconds)
        began = time.monotonic()
        while time.monotonic() - began < arguments.seconds - 1:
            browser.run("window.delays.length = 0")
            start = time.monotonic()
            shown = []
            while time.monotonic() - start < step:
                time.sleep(1)
                shown.append(browser.run("window.studioMeasures()"))
            delays = browser.run("window.delays")
            rate = len(delays) / (time.monotonic() - start)
            median = statistics.median(each["delay"] for each in shown if each["delay"] is not None)
            minutes.append((rate, median))
            print(f"minute {len(minutes)}: {rate:.1f} pictures/s, page's median delay {median:.0f} ms (99 of 100 arrive within "
                  f"{sorted(delays)[len(delays) * 99 // 100]:.0f} ms), animod {resident(daemon)} MiB, animoctl {resident(studio)} MiB",
                  flush=True)
        browser.shot("bar")
        first, last = minutes[0][1], minutes[-1][1]
        met = all(rate >= 12 and delay < 150 for rate, delay in minutes) and last <= max(first * 1.2, first + 5)
        print("bar met" if met else "bar missed")
        return 0 if met and not browser.errors() else 1
    finally:
        browser.close()
        for process in (studio, daemon):
            process.terminate()
            process.wait()


sys.exit(main())
