"""Training runs on disk."""

import os

import torch

from . import model_file


def read(path):
    """A checkpoint: a file, the last one of a run's folder, or a model file's weights as one."""
    if path.endswith(".safetensors"):
        return _from_model(path)
    path = path if path.endswith(".pt") else os.path.join(path, "last.pt")
    return torch.load(path, map_location="cpu", weights_only=True)


def _from_model(path):
    model, _, _, metadata = model_file.load(path)
    state = model.state_dict()
    # One phase of both stages, so that the editing network is not set up anew.
    phase = {"stage": 2, "size": metadata["native_size"], "from": metadata["origin"]}
    return {
        "config": metadata["widths"],
        "size": metadata["native_size"],
        "model": state,
        "ema": {name: tensor.clone() for name, tensor in state.items()},
        "facts": {"phases": [phase]},
    }


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
