"""Reenactment as the daemon does it, on heads that training never drew."""

import torch
from torch.nn import functional as F

from . import rig
from .networks import deformation, warp

SEED = 31337  # training draws from other seeds, so these identities are new


def draw_heads(generator, n, domain):
    """Identities, poses and translations."""
    identity = rig.sample_identity(n, domain, generator)
    pose = rig.sample_pose(identity, generator)
    return identity, pose, rig.sample_translation(n, domain, generator)


def resize(x, size):
    """Pictures at another size, smoothed where they shrink."""
    if x.shape[2] == size:
        return x
    return F.interpolate(x, size=(size, size), mode="bilinear", antialias=True, align_corners=False)


def reenact(model, source, motion, domain, native=None, editing=None):
    """The warped source and the output, at the source's size.

    The flow is found at `native` size; the editing network runs at `editing` size, by default the
    same. Cartoon heads stay centred.
    """
    if domain == "anime":
        motion = torch.cat([motion[:, :67], torch.zeros_like(motion[:, 67:])], 1)
    size = source.shape[2]
    native = native or size
    z = model.mapping_net(motion)
    warping, editor = model.nets(domain)
    flow = warping(resize(source, native), z)
    output = editor(resize(source, editing or native), flow, z).clamp(0, 1)
    return warp(source, deformation(flow)), resize(output, size)
