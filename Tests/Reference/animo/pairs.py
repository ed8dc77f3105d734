"""Training pairs: a head in two poses, each pose the source of the other."""

import torch

from . import rig


class Pairs:
    """Endless random pairs, the same ones for the same seed."""

    def __init__(self, seed, device, compiled=False):
        self.generator = torch.Generator().manual_seed(seed)
        self.device = device
        self.render = torch.compile(rig.render, dynamic=False) if compiled else rig.render

    @torch.no_grad()
    def draw(self, n, size, domain):
        """n pictures, source and driving, with the rig's own flow and where to look closely."""
        generator, half = self.generator, n // 2
        identity = rig.sample_identity(half, domain, generator)
        poses = [rig.sample_pose(identity, generator) for _ in range(2)]
        translations = [rig.sample_translation(half, domain, generator) for _ in range(2)]
        # Half of the first poses are near neutral, as a user's source will be.
        calm = (torch.rand(half, generator=generator) < 0.5).float()[:, None]
        poses[0] = poses[0] * (1 - calm * torch.tensor([1.0] * 17 + [0.7] * 3))

        identity = torch.cat([identity] * 2).to(self.device)
        source_pose, pose = (torch.cat(p).to(self.device) for p in (poses, poses[::-1]))
        source_translation, translation = (
            torch.cat(t).to(self.device) for t in (translations, translations[::-1])
        )
        source = self.render(identity, source_pose, source_translation, size, domain)
        where, weight = rig.rigid_flow(
            identity, source_pose, source_translation, pose, translation, size // 4, domain
        )
        return {
            "domain": domain,
            "source": source,
            "driving": torch.cat([source[half:], source[:half]]),
            "pose": pose,
            "translation": translation,
            "where": where,
            "where_weight": weight,
            "focus": _focus(identity, pose, translation, size, domain),
        }


def _focus(identity, pose, translation, size, domain):
    """Extra weight around the eyes and the mouth of the driving picture, (n, 1, size, size)."""
    positions, half = rig.landmarks(identity, pose, translation, domain)
    x, y = rig.grid(size, identity.device)
    weight = torch.zeros(identity.shape[0], size, size, device=identity.device)
    for i in range(3):
        dx = (x - positions[:, i, 0, None, None]) / half[:, i, 0, None, None]
        dy = (y - positions[:, i, 1, None, None]) / half[:, i, 1, None, None]
        weight = torch.maximum(weight, torch.exp(-(dx * dx + dy * dy).square()))
    return weight[:, None]
