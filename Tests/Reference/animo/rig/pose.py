"""Poses: 17 intensities in 0...1, three angles in degrees, and the motions they stand for."""

import math

import torch

from .identity import INDEX

POSE_CHANNELS = [
    "eyebrow_angry_left",
    "eyebrow_angry_right",
    "eyebrow_raised_left",
    "eyebrow_raised_right",
    "eyebrow_lowered_left",
    "eyebrow_lowered_right",
    "eye_closed_left",
    "eye_closed_right",
    "eye_unimpressed_left",
    "eye_unimpressed_right",
    "eye_surprised_left",
    "eye_surprised_right",
    "mouth_a",
    "mouth_e",
    "mouth_i",
    "mouth_o",
    "mouth_u",
    "pitch",  # about X: a nod, + looks down
    "roll",  # about Z: + tilts clockwise
    "yaw",  # about Y: + turns to the image's right
]
BROWS, EYES, MOUTH, ANGLES = 0, 6, 12, 17


def sample_pose(identity, generator, max_angle=20.0):
    """Random poses (n, 20) by the paper's Algorithm 1: one semantic per face part."""
    n = identity.shape[0]

    def uniform(*shape):
        return torch.rand(n, *shape, generator=generator)

    pose = torch.zeros(n, 20)
    rows = torch.arange(n)
    shared = identity[:, INDEX["shared_eyes"]].cpu() > 0.5
    for first in (BROWS, EYES):
        left_channel = first + 2 * torch.randint(0, 3, (n,), generator=generator)
        left, right = uniform(), uniform()
        pose[rows, left_channel] = left
        pose[rows, left_channel + 1] = torch.where(shared, left, right)
    pose[rows, MOUTH + torch.randint(0, 5, (n,), generator=generator)] = uniform()
    pose[:, ANGLES:] = (2 * uniform(3) - 1) * max_angle
    return pose


def sample_translation(n, domain, generator):
    """(x, y, scale) of the head, (n, 3): zero for anime, whose heads are centred."""
    if domain == "anime":
        return torch.zeros(n, 3)
    return (2 * torch.rand(n, 3, generator=generator) - 1) * torch.tensor([0.16, 0.12, 0.10])


def pose_basis(seed=17):
    """Our fixed expression basis (17, 64): orthogonal rows of length 4."""
    generator = torch.Generator().manual_seed(seed)
    random = torch.randn(64, 17, generator=generator, dtype=torch.float64)
    q, r = torch.linalg.qr(random)
    return ((q * torch.sign(torch.diagonal(r))).T * 4.0).float().contiguous()


def motion_vector(pose, translation, basis):
    """Motions (n, 70): 64 for the expression, pitch, yaw, roll in radians, translation."""
    pitch, roll, yaw = pose[:, 17], pose[:, 18], pose[:, 19]
    angles = torch.stack([pitch, yaw, roll], 1) * (math.pi / 180)
    return torch.cat([pose[:, :ANGLES] @ basis.to(pose), angles, translation.to(pose)], 1)
