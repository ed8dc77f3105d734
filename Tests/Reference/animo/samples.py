"""The samples beside the demo model: neutral heads, a large one with alpha, driving heads, and a sequence of poses."""

import json
import math
import os

import torch

from . import rig
from .pictures import save
from .reenact import SEED

SIZE = 256
LARGE = 1024
LARGE_HEADS = {"anime": 1, "vox": 3}  # which of the neutral heads is drawn large as well
DRIVING = (
    {12: 0.9, 17: 8.0, 18: -6.0, 19: 16.0},
    {6: 1.0, 7: 1.0, 15: 0.8, 19: -15.0, 18: 8.0},
    {10: 0.9, 11: 0.9, 2: 0.9, 3: 0.9, 13: 0.8, 17: -10.0},
    {7: 1.0, 0: 0.9, 1: 0.9, 14: 0.9, 18: 14.0, 19: 6.0},
)
# when, how long, mouth channel, how much
SPEECH = (
    (0.24, 0.035, 12, 0.8),
    (0.30, 0.03, 13, 0.7),
    (0.35, 0.035, 15, 0.9),
    (0.45, 0.05, 15, 0.5),
    (0.70, 0.03, 12, 1.0),
    (0.745, 0.03, 14, 0.8),
    (0.79, 0.035, 16, 0.9),
    (0.84, 0.03, 12, 0.6),
    (0.885, 0.03, 13, 0.8),
)


@torch.no_grad()
def draw(domain):
    """The neutral heads, then the driving heads with poses and translations."""
    generator = torch.Generator().manual_seed(SEED + (9 if domain == "anime" else 10))
    identity = rig.sample_identity(12, domain, generator)[:6]
    sources = rig.render(identity, torch.zeros(6, 20), torch.zeros(6, 3), SIZE, domain)
    identity = rig.sample_identity(4, domain, generator)
    translation = rig.sample_translation(4, domain, generator) * 0.6
    pose = torch.zeros(4, 20)
    for row, values in zip(pose, DRIVING):
        for channel, value in values.items():
            row[channel] = value
    return sources, rig.render(identity, pose, translation, SIZE, domain), pose, translation


@torch.no_grad()
def draw_large(domain):
    """A neutral head (4, LARGE, LARGE) with straight alpha, clear around it."""
    generator = torch.Generator().manual_seed(SEED + (9 if domain == "anime" else 10))
    which = LARGE_HEADS[domain]
    identity = rig.sample_identity(12, domain, generator)[which : which + 1]
    rest = torch.zeros(1, 20), torch.zeros(1, 3)
    black, white = (rig.render(identity, *rest, LARGE, domain, ground)[0] for ground in (0.0, 1.0))
    alpha = (1 - (white - black).mean(0)).clamp(0, 1)
    return torch.cat([black / alpha.clamp(min=1e-6) * (alpha > 0), alpha[None]])


def write(folder):
    """Writes all samples."""
    os.makedirs(folder, exist_ok=True)
    for domain in rig.DOMAINS:
        sources, driving, pose, translation = draw(domain)
        for i, picture in enumerate(sources):
            save(f"{folder}/{domain}-{i + 1}.png", picture)
        save(f"{folder}/{domain}-large.png", draw_large(domain))
        frames = []
        for i, picture in enumerate(driving):
            name = f"{domain}-driving-{i + 1}.png"
            save(f"{folder}/{name}", picture)
            values = [round(x, 4) for x in pose[i].tolist()]
            place = [round(x, 5) for x in translation[i].tolist()]
            frames.append({"file": name, "pose": values, "translation": place})
        with open(f"{folder}/{domain}-driving.json", "w", encoding="utf-8") as file:
            json.dump({"channels": rig.POSE_CHANNELS, "frames": frames}, file, indent=1)
    with open(f"{folder}/sequence.json", "w", encoding="utf-8") as file:
        json.dump(sequence(), file)


def sequence(frames=60, rate=15):
    """A short natural motion that ends where it begins: a nod, turns, blinks, some speech."""
    poses = [[round(x, 4) for x in _pose(i / frames)] for i in range(frames)]
    return {"channels": rig.POSE_CHANNELS, "frames_per_second": rate, "poses": poses}


def _pose(t):
    """The pose at t in 0...1."""
    pose = [0.0] * 20
    full_turn = 2 * math.pi * t
    pose[17] = 11 * math.sin(full_turn * 2) * _bump(t, 0.14, 0.16) + 2 * math.sin(full_turn)
    there, back = _ramp(t, 0.20, 0.36), _ramp(t, 0.40, 0.58)
    pose[19] = 17 * (there - back) - 17 * (_ramp(t, 0.50, 0.66) - _ramp(t, 0.74, 0.94))
    pose[18] = 6 * math.sin(full_turn) + 4 * math.sin(4 * math.pi * t)
    blink = max(_bump(t, 0.12, 0.045), _bump(t, 0.62, 0.045), _bump(t, 0.665, 0.03))
    surprise = _ramp(t, 0.38, 0.42) - _ramp(t, 0.50, 0.55)
    pose[6] = pose[7] = blink
    pose[10] = pose[11] = 0.8 * surprise * (1 - blink)
    pose[2] = pose[3] = 0.9 * surprise
    pose[0] = pose[1] = 0.7 * (_ramp(t, 0.80, 0.85) - _ramp(t, 0.92, 0.98))
    for at, width, channel, height in SPEECH:
        pose[channel] = max(pose[channel], height * _bump(t, at, width))
    return pose


def _ramp(t, begin, end):
    """0 before `begin`, 1 after `end`, eased between."""
    u = min(max((t - begin) / (end - begin), 0.0), 1.0)
    return u * u * (3 - 2 * u)


def _bump(t, at, width):
    """1 at `at`, 0 from `width` away."""
    return max(0.0, 1 - ((t - at) / width) ** 2)
