"""Contact sheets to look at: self, cross-domain, and one channel after the other."""

import os

import torch

from . import rig
from .estimator import INPUT
from .pictures import save_grid
from .reenact import SEED, draw_heads, reenact, resize

BOTH_SIDED = [(0, 1), (2, 3), (6, 7), (8, 9), (10, 11)]
MOUTH = [(12,), (13,), (14,), (15,), (16,)]


@torch.no_grad()
def draw_sheets(model, estimators, basis, size, folder, n=8):
    """Writes the sheets of both domains into a folder."""
    os.makedirs(folder, exist_ok=True)
    generator = torch.Generator().manual_seed(SEED + 9)
    heads = {domain: draw_heads(generator, n, domain) for domain in rig.DOMAINS}
    for domain, other in (("anime", "vox"), ("vox", "anime")):
        identity, pose, translation = heads[domain]
        source = rig.render(identity, torch.zeros(n, 20), torch.zeros(n, 3), size, domain)

        target = rig.render(identity, pose, translation, size, domain)
        motion = rig.motion_vector(pose, translation, basis)
        rows = [source, *reenact(model, source, motion, domain), target]
        save_grid(f"{folder}/{domain}-self-{size}.png", rows)

        driver, pose, translation = heads[other]
        driving = rig.render(driver, pose, translation, size, other)
        if domain == "anime":
            translation = torch.zeros(n, 3)
        motion = rig.motion_vector(pose, translation, basis)
        rows = [source, driving, reenact(model, source, motion, domain)[1]]
        if other in estimators:
            estimated = estimators[other](resize(driving, INPUT))
            rows.append(reenact(model, source, estimated, domain)[1])
        rows.append(rig.render(identity, pose, translation, size, domain))
        save_grid(f"{folder}/{other}-to-{domain}-{size}.png", rows)

        for i, poses in enumerate(_sweep().split(8)):
            rows = []
            for k in (0, 1):
                repeated = identity[k : k + 1].expand(len(poses), -1)
                centred = torch.zeros(len(poses), 3)
                motion = rig.motion_vector(poses, centred, basis)
                same = source[k : k + 1].expand(len(poses), -1, -1, -1)
                rows.append(reenact(model, same, motion, domain)[1])
                rows.append(rig.render(repeated, poses, centred, size, domain))
            save_grid(f"{folder}/{domain}-sweep{i}-{size}.png", rows)


def _sweep():
    """16 poses: every semantic full on, then every angle both ways."""
    changes = [{c: 1.0 for c in channels} for channels in BOTH_SIDED + MOUTH]
    changes += [{c: angle} for c in (17, 18, 19) for angle in (-20.0, 20.0)]
    poses = torch.zeros(len(changes), 20)
    for pose, change in zip(poses, changes):
        for channel, value in change.items():
            pose[channel] = value
    return poses
