"""Draws cartoon ("anime") and human-like ("vox") heads from numbers.

A head is an identity vector plus a pose vector. Every layer (back hair, neck, ears, face, hair,
features) lies on a plane or a curved sheet of the head in 3D; a pixel is carried back onto that
sheet, and the layer is a 2D shape there. So features shorten and hide with the turn of the head,
and layers at other depths slide against each other. Everything is vectorised over the batch; edges
are anti-aliased by signed distance.

The image spans [-1, 1] on both axes, y grows downwards, z towards the viewer. "Left" and "right"
in channel names are the subject's own: the subject's left eye is on the image's right.
"""

from .identity import DOMAINS, sample_identity
from .movement import flow, landmarks
from .pose import (
    POSE_CHANNELS,
    motion_vector,
    pose_basis,
    sample_pose,
    sample_translation,
)
from .render import render
from .view import grid

__all__ = [
    "DOMAINS",
    "POSE_CHANNELS",
    "flow",
    "grid",
    "landmarks",
    "motion_vector",
    "pose_basis",
    "render",
    "sample_identity",
    "sample_pose",
    "sample_translation",
]
