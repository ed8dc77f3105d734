"""Golden vectors: inputs, and what the networks compute from them.

    python -m animo.golden ../../Sources/CAnimoDemo/model

checks that a folder's demo-golden.safetensors is what its demo.safetensors computes here.
"""

import os
import sys

import torch
from safetensors.torch import load_file, save_file

from . import rig
from .estimator import INPUT
from .model_file import load
from .networks import deformation, warp
from .reenact import SEED

SIZES = ((128, 2), (256, 1))  # height and width, pictures
LIMITS = {"output": 2e-4, "flow": 1e-3, "latent": 1e-5, "warped": 2e-4}
ESTIMATOR_LIMIT = 1e-4


@torch.no_grad()
def draw(model, estimators, basis):
    """Golden vectors of a model, by name."""
    generator, vectors = torch.Generator().manual_seed(SEED + 77), {"pose_basis": basis}
    for domain in rig.DOMAINS:
        for size, n in SIZES:
            identity = rig.sample_identity(n, domain, generator)
            pose = rig.sample_pose(identity, generator)
            translation = rig.sample_translation(n, domain, generator)
            source = rig.render(identity, torch.zeros(n, 20), torch.zeros(n, 3), size, domain)
            source = (source * 255).round() / 255
            motion = rig.motion_vector(pose, translation, basis)
            inputs = {"pose": pose, "translation": translation, "motion": motion}
            computed = compute(model, domain, source, motion)
            for name, tensor in {"source": source, **inputs, **computed}.items():
                vectors[f"{domain}.s{size}.{name}"] = tensor
        if domain in estimators:
            frame = rig.render(identity, pose, translation, INPUT, domain)
            vectors[f"{domain}.estimator.input"] = frame
            vectors[f"{domain}.estimator.output"] = estimators[domain](frame)
    return {name: tensor.float().contiguous() for name, tensor in vectors.items()}


@torch.no_grad()
def compute(model, domain, source, motion):
    """Every stage of a drawing, by name."""
    flow, output = model(source, motion, domain)
    return {
        "latent": model.mapping_net(motion),
        "flow": flow,
        "warped": warp(source, deformation(flow)),
        "output": output,
    }


@torch.no_grad()
def differences(model, estimators, vectors):
    """The largest difference and the limit of every vector that `draw` computed."""
    found = {}
    for domain in rig.DOMAINS:
        for size, _ in SIZES:
            prefix = f"{domain}.s{size}"
            inputs = (vectors[f"{prefix}.{name}"] for name in ("source", "motion"))
            for stage, tensor in compute(model, domain, *inputs).items():
                difference = (tensor - vectors[f"{prefix}.{stage}"]).abs().max().item()
                found[f"{prefix}.{stage}"] = (difference, LIMITS[stage])
    for domain, estimator in estimators.items():
        output = estimator(vectors[f"{domain}.estimator.input"])
        difference = (output - vectors[f"{domain}.estimator.output"]).abs().max().item()
        found[f"{domain}.estimator.output"] = (difference, ESTIMATOR_LIMIT)
    return found


def write(path, vectors):
    """Writes golden vectors."""
    save_file(vectors, path, {"format": "animo-demo-golden-1"})


def main(folder):
    model, estimators, _, _ = load(os.path.join(folder, "demo.safetensors"))
    vectors = load_file(os.path.join(folder, "demo-golden.safetensors"))
    agree = True
    for name, (difference, limit) in differences(model, estimators, vectors).items():
        agree = agree and difference <= limit
        print(f"{name:24} {difference:.1e} of {limit:.0e}")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
