"""Training pairs: a head in two poses, the source mostly near neutral."""

import torch
from torch.nn import functional as F

from . import rig
from .sending import sent

MOUTHS = (12, 12, 15, 15, 13, 14, 16)  # what open mouths say; A and O more often


class Pairs:
    """Endless random pairs, the same ones for the same seed."""

    def __init__(self, seed, device, compiled=False, still=0.25, closing=0.0):
        self.generator = torch.Generator().manual_seed(seed)
        self.device, self.still, self.closing = device, still, closing
        drawing = (rig.render, rig.flow, _focus)
        if compiled:
            drawing = (torch.compile(function, dynamic=False) for function in drawing)
        self.render, self.flow, self.focus = drawing

    @torch.no_grad()
    def draw(self, n, size, domain, flow_size=None):
        """n pictures, source and driving, with the rig's own flow and where to look closely.

        The flow is the one of pictures of `flow_size`, by default their own size.
        """
        generator = self.generator
        identity = rig.sample_identity(n, domain, generator)
        source_pose, pose = (rig.sample_pose(identity, generator) for _ in range(2))
        source_translation, translation = (
            rig.sample_translation(n, domain, generator) for _ in range(2)
        )
        # Most sources are near neutral, as a user's will be; many expressions at their height.
        calm = (torch.rand(n, 1, generator=generator) < 0.75).float()
        turned = torch.rand(n, 1, generator=generator) * (1 - 0.3 * calm)
        source_pose = torch.cat([source_pose[:, :17] * (1 - calm), source_pose[:, 17:] * turned], 1)
        source_translation = source_translation * turned
        height = 1 + 0.6 * torch.rand(n, 1, generator=generator)
        still = torch.rand(n, 1, generator=generator) < self.still  # only the expression changes
        angles = torch.where(still, source_pose[:, 17:], pose[:, 17:])
        pose = torch.cat([(pose[:, :17] * height).clamp_max(1), angles], 1)
        translation = torch.where(still, source_translation, translation)
        if self.closing:
            pose = _closed(pose, self.closing, generator)

        move = (identity, source_pose, source_translation, pose, translation)
        identity, source_pose, source_translation, pose, translation = sent(self.device, *move)
        pictures = self.render(
            torch.cat([identity] * 2),
            torch.cat([source_pose, pose]),
            torch.cat([source_translation, translation]),
            size,
            domain,
        )
        cells = (flow_size or size) // 4
        sources = identity, source_pose, source_translation
        where, weight = self.flow(*sources, pose, translation, cells, domain)
        rigid = torch.cat([source_pose[:, :17], pose[:, 17:]], 1)
        unmoved, _ = self.flow(*sources, rigid, translation, cells, domain)
        return {
            "domain": domain,
            "source": pictures[:n],
            "driving": pictures[n:],
            "pose": pose,
            "translation": translation,
            "where": where,
            "where_weight": weight,
            "expressed": _expressed(where, unmoved),
            "focus": self.focus(identity, pose, translation, size, domain),
            "eyes": self.focus(identity, pose, translation, cells, domain, (0, 1)),
        }


def _closed(pose, share, generator):
    """The poses, with the eyes of a share of them closed, and the mouths of a share open.

    Half of these eyes are shut, the others half so; a fifth of them is winks.
    """
    n = pose.shape[0]

    def uniform(width=1):
        return torch.rand(n, width, generator=generator)

    chosen, shut, wink = uniform() < share, uniform() < 0.5, uniform() < 0.2
    closed = torch.where(shut, 1.0, 0.3 + 0.7 * uniform())
    right = (uniform() < 0.5).float()
    sides = torch.where(wink, torch.cat([1 - right, right], 1), 1.0)
    eyes = torch.cat([closed * sides, torch.zeros(n, 4)], 1)
    eyes = torch.where(chosen, eyes, pose[:, 6:12])

    said = torch.tensor(MOUTHS)[torch.randint(len(MOUTHS), (n, 1), generator=generator)] - 12
    mouth = torch.zeros(n, 5).scatter(1, said, 0.5 + 0.5 * uniform())
    mouth = torch.where(uniform() < share, mouth, pose[:, 12:17])
    return torch.cat([pose[:, :6], eyes, mouth, pose[:, 17:]], 1)


def shrunk(batch, size):
    """The batch with its pictures, and where to look closely in them, at a smaller size."""
    if batch["source"].shape[2] == size:
        return batch
    small = {
        name: F.interpolate(batch[name], size=(size, size), mode="bilinear", antialias=True)
        for name in ("source", "driving", "focus")
    }
    return {**batch, **small}


def _expressed(where, unmoved):
    """From 0 to 1, (n, 1, h, w): where the expression moves the face by more than a few pixels."""
    distance = (where - unmoved).square().sum(1, keepdim=True).sqrt()
    return distance / (distance + 0.01)


def _focus(identity, pose, translation, size, domain, which=(0, 1, 2)):
    """Weight around brows and eyes, or mouth, of the driving picture, (n, 1, size, size)."""
    positions, half = rig.landmarks(identity, pose, translation, domain)
    x, y = rig.grid(size, identity.device)
    weight = torch.zeros(identity.shape[0], size, size, device=identity.device)
    for i in which:
        up, wider, higher = (0.0, 0.0, 0.0) if i == 2 else (0.04, 0.02, 0.07)  # to the brows
        dx = (x - positions[:, i, 0, None, None]) / (half[:, i, 0, None, None] + wider)
        dy = (y - positions[:, i, 1, None, None] + up) / (half[:, i, 1, None, None] + higher)
        weight = torch.maximum(weight, torch.exp(-(dx * dx + dy * dy).square()))
    return weight[:, None]
