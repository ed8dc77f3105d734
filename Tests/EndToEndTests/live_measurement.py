#!/usr/bin/python3
"""Measures live driving by the real programs: each protocol for a minute, on a quiet machine.

    live_measurement.py --bin .build/release [--figure tha3.safetensors --figure-source figure.png]
                        [--seconds 60] [--rate 60] [--protocols openseeface,vmc] [--json]

First `animoctl pose listen` hears all protocols, each on a port of its own, at the same time: what was sent, what was
read. Then `animoctl stream` drives the built-in model, and the figure where one is given, by each protocol in turn: the
head turns and talks; after a quarter of the time its neutral is measured while it is turned; at half of the time the
tracker is silent for four seconds, and comes back. Of each run it prints the rate, the delay, frames dropped and
failed, how long the head was tracked, held and idle, and the fastest turn from one drawn frame to the next: of all, in
the second after calibration, and around loss and return. The head's own motion is at most 22.5 degrees a second, a
calibration by 15 degrees that glides at most 112; a pop would be hundreds. The exit status is 1 where a frame failed, a
datagram was not read, or a state did not come.
"""
import argparse
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tracker_sender  # noqa: E402

SILENCE = 4.0


def head(seconds):
    """Open mouth, closed eyes, pitch, yaw, roll as numbers of one time."""
    return tracker_sender.motion(seconds * 60, 60)


class Child:
    """An animoctl that listens on a port of its own choosing."""

    def __init__(self, command, environment, output):
        self.process = subprocess.Popen(
            [*command, "--listen", "127.0.0.1:0"], stdin=subprocess.PIPE, stdout=output, stderr=subprocess.PIPE,
            env=environment)
        self.lines = []
        self.port = None
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))
            found = re.search(rb"listening on .*:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        if self.port is None:
            raise SystemExit("".join(self.lines))

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.decode(errors="replace"))

    def command(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        self.reader.join()
        return "".join(self.lines)


def send(sender, protocol, port, seconds):
    """One frame; the number of its datagrams."""
    datagrams = tracker_sender.SENDERS[protocol](1000 + seconds, *head(seconds))
    datagrams = datagrams if isinstance(datagrams, list) else [datagrams]
    for datagram in datagrams:
        sender.sendto(datagram, ("127.0.0.1", port))
    return len(datagrams)


def paced(count, rate):
    """Numbers of frames, each at its time."""
    start = time.monotonic()
    for k in range(count):
        time.sleep(max(0.0, start + k / rate - time.monotonic()))
        yield k


@contextlib.contextmanager
def serving(options, address, environment, models):
    """A daemon that serves for as long as the block takes."""
    daemon = subprocess.Popen([os.path.join(options.bin, "animod"), "--listen", address, *models],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while subprocess.run([options.animoctl, "health", "--ready"], env=environment, capture_output=True).returncode:
            if daemon.poll() is not None:
                raise SystemExit("animod ended")
            time.sleep(0.1)
        yield
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=60)


def listen(options, environment):
    """What `pose listen` reads of every protocol at once."""
    children = {name: Child([options.animoctl, "pose", "listen", "--input", name, "--raw"], environment,
                            subprocess.DEVNULL) for name in options.protocols}
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sent = dict.fromkeys(children, 0)
    for k in paced(int(options.seconds * options.rate), options.rate):
        for name, child in children.items():
            sent[name] += send(sender, name, child.port, k / options.rate)
    time.sleep(0.5)
    rows = []
    for name, child in children.items():
        text = child.end()
        found = re.findall(r"(\d+) frames?(?: of (\d+) datagrams)?, (\d+) refused, (\d+) foreign", text)
        frames, datagrams, refused, foreign = (int(n or 0) for n in found[-1]) if found else (0, 0, 0, 0)
        rows.append({"protocol": name, "datagrams_sent": sent[name], "read": max(frames, datagrams), "frames": frames,
                     "refused": refused, "foreign": foreign,
                     "good": max(frames, datagrams) == sent[name] and refused == foreign == 0})
    return rows


def recorded(path):
    with open(path) as file:
        header, *lines = [json.loads(line) for line in file if line.endswith("\n")]
    return header["channels"], lines


def fastest(frames, channel, scale, since=0.0, until=float("inf")):
    """The fastest change between neighbouring frames, a second."""
    steps = [abs((b["pose"][channel] - a["pose"][channel]) * scale) / max(b["t"] - a["t"], 1 / 120)
             for a, b in zip(frames, frames[1:]) if a["pose"] and b["pose"] and since <= b["t"] <= until]
    return round(max(steps, default=0.0), 1)


def stream(options, environment, protocol, model, source, turn):
    """One run of `stream`. `turn`: the channel of the yaw, and degrees of its unit."""
    with tempfile.TemporaryDirectory() as folder:
        record = os.path.join(folder, "take.jsonl")
        child = Child(
            [options.animoctl, "stream", *source, "--input", protocol, "--relative", "--calibrate", "0", "--record",
             record, "--timeout", "60"], environment, subprocess.DEVNULL)
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        count = int(options.seconds * options.rate)
        # A turned head: the sine of 1.5 t is 1.
        calibrate = next(k for k in range(count // 4, count) if head(k / options.rate)[3] > 14.9)
        start = time.monotonic()
        for part in range(0, calibrate), range(calibrate, count // 2), range(count // 2, count):
            if part.start == calibrate:
                child.command('{"calibrate": {"over_ms": 0}}')
            if part.start == count // 2:
                time.sleep(SILENCE)
            for k in paced(len(part), options.rate):
                send(sender, protocol, child.port, (part.start + k) / options.rate)
        elapsed = time.monotonic() - start
        time.sleep(0.2)
        text = child.end()
        channels, frames = recorded(record)
    found = re.findall(r"(\d+) of (\d+) frames? rendered, (\d+) dropped, (\d+) failed.*?([\d.]+) a second; "
                       r"delay (.+?) mean, (.+?) longest", text)
    if not found:
        raise SystemExit(text)
    rendered, _, dropped, failed, rate, mean, longest = found[-1]
    channel, scale = channels.index(turn[0]), turn[1]
    states = [frame.get("tracking") for frame in frames]
    changes = [i for i in range(1, len(frames)) if states[i] != states[i - 1]]
    lost = next((frames[i]["t"] for i in changes if states[i] != "ok"), 0.0)
    back = next((frames[i]["t"] for i in changes if states[i] == "ok"), 0.0)
    # In the record's own time, of which the sender's first frame is the beginning.
    neutral = calibrate / options.rate
    span = {state: round(sum(b["t"] - a["t"] for a, b, s in zip(frames, frames[1:], states[1:]) if s == state), 2)
            for state in ("ok", "held", "idle")}
    yaw = [frame["pose"][channel] * scale for frame in frames if frame["pose"]]
    return {"protocol": protocol, "model": model, "packets": count, "seconds": round(elapsed, 1),
            "rendered": int(rendered), "dropped": int(dropped), "failed": int(failed),
            "pictures_per_second": float(rate), "delay_mean": mean, "delay_longest": longest, "states": span,
            "yaw": [round(min(yaw, default=0), 1), round(max(yaw, default=0), 1)],
            "fastest": {"all": fastest(frames, channel, scale),
                        "calibration": fastest(frames, channel, scale, neutral, neutral + 1),
                        "loss": fastest(frames, channel, scale, lost - 0.1, lost + 2),
                        "return": fastest(frames, channel, scale, back - 0.1, back + 1)},
            # Fewer than four pictures a second may miss the half second in which a lost head is held.
            "good": int(failed) == 0 and all(span[state] > 0 or state == "held" and float(rate) < 4 for state in span)
            and max(yaw, default=0) - min(yaw, default=0) > 10}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=".build/release", help="folder of animod and animoctl")
    parser.add_argument("--figure", help="a model of Talking Head Anime 3")
    parser.add_argument("--figure-source", help="a picture with alpha for it")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--protocols", default="openseeface,ifacialmocap,vmc,livelinkface,arkit",
                        type=lambda text: text.split(","))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if bool(options.figure) != bool(options.figure_source):
        parser.error("--figure and --figure-source: expected both or neither")
    options.animoctl = os.path.join(options.bin, "animoctl")
    samples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/CAnimoDemo/model/samples")
    # A figure turns by a factor, which is 1 at 10 degrees to image left.
    runs = [("builtin", ["--source", os.path.join(samples, "anime-1.png"), "--source-domain", "anime"], ("yaw", 1.0))]
    if options.figure:
        runs.append(("figure", ["--source", options.figure_source], ("head_y", -10.0)))
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        address = "unix:" + os.path.join(folder, "s.sock")
        environment = dict(os.environ, ANIMO_CONNECT=address, XDG_CONFIG_HOME=folder)
        for row in listen(options, environment):
            bad += not row["good"]
            print(json.dumps(row) if options.json else
                  f"listen  {row['protocol']:13} {row['read']} of {row['datagrams_sent']} datagrams read, "
                  f"{row['frames']} frames, {row['refused']} refused, {row['foreign']} foreign", flush=True)
        for model, source, turn in runs:
            files = ["--model", "figure=" + options.figure] if model == "figure" else ["--models", "none"]
            with serving(options, address, environment, files):
                for protocol in options.protocols:
                    row = stream(options, environment, protocol, model, source, turn)
                    bad += not row["good"]
                    print(json.dumps(row) if options.json else
                          f"stream  {protocol:13} {model}: {row['packets']} packets in {row['seconds']} s, "
                          f"{row['rendered']} rendered, {row['dropped']} dropped, {row['failed']} failed; "
                          f"{row['pictures_per_second']}/s; delay {row['delay_mean']} mean, {row['delay_longest']} "
                          f"longest; s in {row['states']}; yaw {row['yaw']}; "
                          f"fastest turn in degrees/s {row['fastest']}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
