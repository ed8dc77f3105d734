"""Training runs on disk."""

import os

import torch


def read(path):
    """A checkpoint: a file, or the last one of a run's folder."""
    path = path if path.endswith(".pt") else os.path.join(path, "last.pt")
    return torch.load(path, map_location="cpu", weights_only=True)


def write(checkpoint, path):
    """Writes a checkpoint whole or not at all."""
    torch.save(checkpoint, path + ".new")
    os.replace(path + ".new", path)


def rescale_flow(state, old, new):
    """Fits weights to another picture size: the flow is in pixels of its own grid."""
    for name in state:
        if "flow_out.2" in name:
            state[name] = state[name] * ((new / 4 - 1) / (old / 4 - 1))


def averaged(checkpoint, size):
    """A checkpoint's averaged weights, for pictures of `size`."""
    if checkpoint["size"] != size:
        rescale_flow(checkpoint["ema"], checkpoint["size"], size)
    return checkpoint["ema"]
