"""Tensors as picture files."""

import torch
from PIL import Image


def to_bytes(picture):
    """A picture (3, h, w), or (4, h, w) with alpha, in [0, 1] as 8 bits, channels last."""
    return (picture.clamp(0, 1).permute(1, 2, 0) * 255).round().byte().numpy()


def save(path, picture):
    """Writes a picture (3, h, w), or (4, h, w) with alpha."""
    Image.fromarray(to_bytes(picture)).save(path)


def save_grid(path, rows):
    """Writes rows of pictures (n, 3, h, w), one below the other."""
    save(path, torch.cat([torch.cat(list(row), 2) for row in rows], 1))
