"""Writes a trained model, golden vectors and samples to where the daemon embeds them.

    python -m animo.export --anime runs/anime-warp runs/anime-edit \\
        --vox runs/vox-warp runs/vox-edit --estimators runs/estimators \\
        --out ../../Sources/CAnimoDemo
"""

import argparse
import hashlib
import os
import re

import torch
from torch import nn

from . import golden, rig, samples
from .estimator import INPUT
from .model_file import save
from .parts import add_parts, load_parts

# The face's place in the drawn pictures: size, then middle, as shares of the side. The face is the box of a tracker's
# 478 points along the line of the eyes, its size the mean of width and height; measured on ten neutral heads each.
FRAMING = {"anime": [0.449, 0.5, 0.638], "vox": [0.515, 0.5, 0.63]}


def write(folder, model, estimators, widths, native, origin):
    """Writes the files of a model, and their digests into the source that embeds them."""
    basis, files = rig.pose_basis(), os.path.join(folder, "model")
    metadata = {
        "version": 1,
        "family": "animo",
        "native_size": native,
        "image_range": [0, 1],
        "channels": rig.POSE_CHANNELS,
        "framing": FRAMING,
        "estimators": {domain: {"input": INPUT} for domain in estimators},
        "widths": widths,
        "title": "drawn heads",
        "licence": "same as the project",
        "origin": {"data": "procedurally drawn heads only", **origin},
        "multiply_adds": multiply_adds(model, estimators, native),
    }
    os.makedirs(files, exist_ok=True)
    save(os.path.join(files, "demo.safetensors"), model, estimators, basis, metadata)
    vectors = golden.draw(model, estimators, basis)
    golden.write(os.path.join(files, "demo-golden.safetensors"), vectors)
    samples.write(os.path.join(files, "samples"))
    source = os.path.join(folder, "demo.c")
    with open(source, encoding="utf-8") as file:
        text = name_digests(file.read(), files)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)


def name_digests(source, files):
    """The C source with the digests of the files it embeds, so that new ones force a rebuild."""
    folder = os.path.join(files, "samples")
    names = sorted(os.listdir(folder))
    digests = {
        "demo.safetensors": _digest(os.path.join(files, "demo.safetensors")),
        "demo-golden.safetensors": _digest(os.path.join(files, "demo-golden.safetensors")),
        "samples, one after the other by name": _digest(*(f"{folder}/{name}" for name in names)),
    }
    for what, digest in digests.items():
        line = rf"(// SHA-256 of {re.escape(what)}: )[0-9a-f]{{64}}"
        source = re.sub(line, rf"\g<1>{digest}", source)
    constant = r'(animo_demo_digest = ")[0-9a-f]{64}'
    return re.sub(constant, rf"\g<1>{digests['demo.safetensors']}", source)


@torch.no_grad()
def multiply_adds(model, estimators, size):
    """Multiply-adds of convolutions and linear layers for one picture, by network."""
    x, motion = torch.zeros(1, 3, size, size), torch.zeros(1, 70)
    z = model.mapping_net(motion)
    warping, editing = model.nets("anime")
    counts = {"warping": _count(warping, x, z), "editing": _count(editing, x, warping(x, z), z)}
    for estimator in list(estimators.values())[:1]:
        counts["estimator"] = _count(estimator, torch.zeros(1, 3, INPUT, INPUT))
    return counts


def _count(network, *inputs):
    total = 0

    def add(module, arguments, output):
        nonlocal total
        if isinstance(module, nn.Linear):
            total += output.numel() * module.in_features
        else:  # every output reads the kernel; transposed, every input writes it
            transposed = isinstance(module, nn.ConvTranspose2d)
            total += (arguments[0] if transposed else output).numel() * module.weight[0].numel()

    counted = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    hooks = [m.register_forward_hook(add) for m in network.modules() if isinstance(m, counted)]
    network(*inputs)
    for hook in hooks:
        hook.remove()
    return total


def _digest(*paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_parts(parser)
    parser.add_argument("--out", required=True, help="the folder with demo.c")
    options = parser.parse_args(arguments)
    model, estimators, widths, origin = load_parts(options)
    write(options.out, model, estimators, widths, options.native, origin)


if __name__ == "__main__":
    main()
