#!/usr/bin/python3
"""A tracker for tests, which shares nothing with animoctl: starts it, sends datagrams to it, and ends it.

    tracker_sender.py PROTOCOL FRAMES RATE RECORDING ANIMOCTL ARGUMENT...

PROTOCOL is one of animoctl's inputs, whose packets are built here, or python-osc-bundles, python-osc-messages or
pylivelinkface, whose packets the package of that name makes.

Adds --listen 127.0.0.1:0 to the arguments, reads the port from standard error, and sends FRAMES frames of a head that
turns and talks, RATE a second. Where RECORDING is the file that animoctl writes down, sends none after half of them,
as soon as ten tracked frames were drawn, until an idle one was, and goes on until twenty tracked ones are; "-" for no
such file.
Lines of its own standard input go to animoctl's after that many frames as each begins with: "30 {...}". Then ends
animoctl as Ctrl-C does. Prints what animoctl wrote to standard error on standard error; its standard output is this
program's.
"""
import json
import math
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time


def motion(k, rate):
    """Open mouth 0 ... 1, closed eyes 0 or 1, pitch, yaw, roll in degrees."""
    t = k / rate
    return (0.5 - 0.5 * math.cos(6 * t), 1.0 if 0.9 < t % 1.5 < 1.1 else 0.0,
            5 * math.sin(2 * t), 15 * math.sin(1.5 * t), 4 * math.sin(t))


def quaternion(pitch, yaw, roll):
    """Unity's: first about Z, then X, then Y; our yaw is turned round."""
    def product(a, b):
        (ax, ay, az, aw), (bx, by, bz, bw) = a, b
        return (aw * bx + ax * bw + ay * bz - az * by, aw * by - ax * bz + ay * bw + az * bx,
                aw * bz + ax * by - ay * bx + az * bw, aw * bw - ax * bx - ay * by - az * bz)
    q = (0.0, 0.0, 0.0, 1.0)
    for axis, degrees in ((1, -yaw), (0, pitch), (2, roll)):
        part = [0.0, 0.0, 0.0, math.cos(math.radians(degrees) / 2)]
        part[axis] = math.sin(math.radians(degrees) / 2)
        q = product(q, part)
    return q


def osc(address, *values):
    def text(s):
        raw = s.encode()
        return raw + bytes(4 - len(raw) % 4)
    tags, body = ",", b""
    for value in values:
        if isinstance(value, str):
            tags, body = tags + "s", body + text(value)
        elif isinstance(value, int):
            tags, body = tags + "i", body + struct.pack(">i", value)
        else:
            tags, body = tags + "f", body + struct.pack(">f", value)
    return text(address) + text(tags) + body


def openseeface(t, mouth, closed, pitch, yaw, roll):
    euler = (180 + pitch if pitch <= 0 else pitch - 180, yaw, 90 - roll)
    features = [0.0] * 12 + [mouth, 0.0]
    return struct.pack("<di2f2fB1f4f3f3f68f136f210f14f", t, 0, 640, 480, 1 - closed, 1 - closed, 1, 10.0, 0, 0, 0, 1,
                       *euler, 0, 0, -3, *[1.0] * 68, *[0.0] * 136, *[0.0] * 210, *features)


def ifacialmocap(t, mouth, closed, pitch, yaw, roll, mark="-"):
    names = {"jawOpen": 50 * mouth, "eyeBlink_L": 100 * closed, "eyeBlink_R": 100 * closed}
    text = "".join(f"{name}{mark}{round(value)}|" for name, value in names.items())
    return f"{text}=head#{pitch:.4f},{yaw:.4f},{-roll:.4f},0,0,-0.5|rightEye#0,0,0|leftEye#0,0,0|".encode()


def vmc(t, mouth, closed, pitch, yaw, roll):
    messages = [osc("/VMC/Ext/OK", 1), osc("/VMC/Ext/T", float(t)),
                osc("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *quaternion(pitch, yaw, roll)),
                osc("/VMC/Ext/Blend/Val", "A", mouth), osc("/VMC/Ext/Blend/Val", "Blink", closed),
                osc("/VMC/Ext/Blend/Apply")]
    return b"#bundle\0" + bytes(7) + b"\1" + b"".join(struct.pack(">i", len(m)) + m for m in messages)


def livelinkface(t, mouth, closed, pitch, yaw, roll):
    shapes = [0.0] * 52
    shapes[0] = shapes[7] = closed  # eyeBlinkLeft, eyeBlinkRight
    shapes[17] = mouth / 2          # jawOpen
    frame = int(t * 60)
    angles = [math.radians(yaw), -math.radians(pitch), -math.radians(roll)] + [0.0] * 6
    head = b"\6" + struct.pack(">i", 4) + b"test" + struct.pack(">i", 5) + b"phone"
    return head + struct.pack(">ifii", frame, t * 60 - frame, 60, 1) + b"\x3d" + struct.pack(">61f", *shapes, *angles)


def arkit(t, mouth, closed, pitch, yaw, roll):
    return json.dumps({"t": t, "jawOpen": mouth / 2, "eyeBlinkLeft": closed, "eyeBlinkRight": closed,
                       "head": {"pitch": pitch, "yaw": yaw, "roll": roll}}).encode()


def python_osc(t, mouth, closed, pitch, yaw, roll):
    from pythonosc.osc_message_builder import OscMessageBuilder

    def message(address, *values):
        builder = OscMessageBuilder(address=address)
        for value in values:
            builder.add_arg(value)
        return builder.build()
    return [message("/VMC/Ext/OK", 1, 3, 0, 1), message("/VMC/Ext/T", float(t)),
            message("/VMC/Ext/Bone/Pos", "Head", 0.0, 0.0, 0.0, *quaternion(pitch, yaw, roll)),
            message("/VMC/Ext/Blend/Val", "A", float(mouth)), message("/VMC/Ext/Blend/Val", "Blink", float(closed)),
            message("/VMC/Ext/Blend/Apply")]


def python_osc_messages(*values):
    return [message.dgram for message in python_osc(*values)]


def python_osc_bundles(*values):
    from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
    messages = python_osc(*values)
    datagrams = []
    # As the protocol's samples: bones in one bundle, blends and what ends the frame in the next.
    for part in messages[:3], messages[3:]:
        builder = OscBundleBuilder(IMMEDIATELY)
        for message in part:
            builder.add_content(message)
        datagrams.append(builder.build().dgram)
    return datagrams


def pylivelinkface(t, mouth, closed, pitch, yaw, roll):
    from pylivelinkface import FaceBlendShape, PyLiveLinkFace
    face = PyLiveLinkFace(fps=60)
    for shape, value in ((FaceBlendShape.JawOpen, mouth / 2), (FaceBlendShape.EyeBlinkLeft, closed),
                         (FaceBlendShape.EyeBlinkRight, closed), (FaceBlendShape.HeadYaw, math.radians(yaw)),
                         (FaceBlendShape.HeadPitch, -math.radians(pitch)),
                         (FaceBlendShape.HeadRoll, -math.radians(roll))):
        face.set_blendshape(shape, value, True)
    return face.encode()


SENDERS = {"openseeface": openseeface, "ifacialmocap": ifacialmocap, "vmc": vmc, "livelinkface": livelinkface,
           "arkit": arkit, "facemotion3d": lambda *a: ifacialmocap(*a, mark="&"),
           "python-osc-bundles": python_osc_bundles, "python-osc-messages": python_osc_messages,
           "pylivelinkface": pylivelinkface}


class Recording:
    """What animoctl wrote down of the frames drawn so far."""

    def __init__(self, path):
        self.path = path
        self.was_idle = path == "-"

    def tracking(self):
        try:
            with open(self.path) as file:
                return re.findall(r'"tracking": ?"(\w+)"', file.read())
        except OSError:
            return []

    def tracked(self):
        """Frames with a head."""
        return self.tracking().count("ok")

    def wait(self, word, child, seconds=60):
        """Until the newest frame is one of that kind."""
        end = time.monotonic() + seconds
        while self.tracking()[-1:] != [word] and child.poll() is None and time.monotonic() < end:
            time.sleep(0.02)


def main(protocol, frames, rate, path, *command):
    frames, rate, recording = int(frames), float(rate), Recording(path)
    lines = [line.split(" ", 1) for line in sys.stdin.read().splitlines() if line.strip()]
    child = subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in child.stderr:
        sys.stderr.buffer.write(line)
        found = re.search(rb"listening on .*:(\d+)", line)
        if found:
            break
    else:
        return child.wait()
    rest = threading.Thread(target=lambda: [sys.stderr.buffer.write(line) for line in child.stderr])
    rest.start()
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    start = time.monotonic()
    k = 0
    while child.poll() is None and k < 20 * frames:
        if k >= frames and recording.was_idle and (path == "-" or recording.tracked() >= 20):
            break
        if k >= frames // 2 and not recording.was_idle and recording.tracked() >= 10:
            paused = time.monotonic()
            recording.wait("idle", child)
            recording.was_idle = True
            start += time.monotonic() - paused
        for at, text in lines:
            if int(at) == k:
                child.stdin.write(text.encode() + b"\n")
                child.stdin.flush()
        datagrams = SENDERS[protocol](1000 + k / rate, *motion(k, rate))
        for datagram in datagrams if isinstance(datagrams, list) else [datagrams]:
            sender.sendto(datagram, ("127.0.0.1", int(found.group(1))))
        k += 1
        time.sleep(max(0.0, start + k / rate - time.monotonic()))
    try:
        status = child.wait(timeout=1.5)  # of what has seen enough
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGINT)
        status = child.wait(timeout=30)
    rest.join()
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
