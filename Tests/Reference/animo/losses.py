"""What training minimises."""

import torch
from torch import nn
from torch.nn import functional as F

from . import rig
from .networks import deformation, warp
from .pairs import shrunk


def stage_losses(model, basis, batch, options, features, generator):
    """The sum to minimise, and its parts by name.

    Stage 1 trains flow and warped picture, stage 2 the editing network as well, or alone with
    `options.edit_only`; `features` is a RandomFeatures or None. The flow is found at
    `options.size`, the editing network runs at the size of the batch's pictures.
    """
    z = model.mapping_net(rig.motion_vector(batch["pose"], batch["translation"], basis))
    warping, editing = model.nets(batch["domain"])
    small = shrunk(batch, options.size)
    if options.edit_only:
        with torch.no_grad():
            flow = warping(small["source"], z)
        total, parts = 0.0, {}
    else:
        flow = warping(small["source"], z)
        total, parts = _warping_loss(small, flow, options)
    if options.stage == 2:
        # The flow has its own target: what pleases the editing network would bend and blur it.
        given = _given_flow(batch, flow.detach().float(), options.true_flow, generator)
        edited, more = _editing_loss(editing, batch, given, z, options, features)
        total, parts = total + edited, {**parts, **more}
    return total, parts


def flow_target(where):
    """Positions (n, 2, h, w) as the flow that the published deformation turns into them."""
    _, _, h, w = where.shape
    x = torch.arange(w, device=where.device)[None, None, :]
    y = torch.arange(h, device=where.device)[None, :, None]
    dx, dy = (where[:, 0] + 1) * (w - 1) / 2 - x, (where[:, 1] + 1) * (h - 1) / 2 - y
    return torch.stack([dx, dy], 1)


class RandomFeatures(nn.Module):
    """Distance in the features of fixed random convolutions: sensitive to texture and edges."""

    def __init__(self, seed=5):
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        for i, (channels_in, channels_out) in enumerate(((3, 16), (16, 24))):
            kernel = torch.randn(channels_out, channels_in, 3, 3, generator=generator)
            kernel = kernel - kernel.mean((2, 3), keepdim=True) * 0.8
            norm = kernel.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
            self.register_buffer(f"kernel{i}", kernel / norm)

    def forward(self, a, b, weight):
        loss, n, x = 0.0, a.shape[0], torch.cat([a, b])
        for kernel in self.buffers():
            x = F.relu(F.conv2d(x, kernel, padding=1, stride=2))
            weight = F.avg_pool2d(weight, 2)
            loss = loss + ((x[:n] - x[n:]).abs() * weight).mean()
        return loss


def _given_flow(batch, flow, true_share, generator):
    """The warping network's flow, or for a share of steps the rig's own.

    Against a flow that is a pixel off, the editing network would learn to blur; on the true one it
    learns to keep what it is handed and to change only what the expression changes.
    """
    if torch.rand((), generator=generator) < true_share:  # on the head; around it the network's
        head = (batch["where_weight"] > 0.5).float()
        head = F.avg_pool2d(F.pad(head, (1,) * 4, mode="replicate"), 3, 1)
        flow = flow + head * (flow_target(batch["where"]) - flow)
    return flow


def _warping_loss(batch, flow, options):
    warped = warp(batch["source"], deformation(flow))
    error = (flow.float() - flow_target(batch["where"])) * (2.0 / (flow.shape[3] - 1))
    near = F.avg_pool2d(batch["focus"], 4)
    distance = (error.square().sum(1, keepdim=True) + 1e-6).sqrt() * batch["where_weight"]
    parts = {
        "flow": distance.mean(),
        "near": (distance * near).sum() / near.sum(),
    }
    weight = 1 + 0.5 * options.focus * batch["focus"]
    halved = [F.avg_pool2d(t, 2) for t in (warped.float(), batch["driving"], weight)]
    parts["warp"] = _image_loss(*halved, scales=2)
    expressed = batch["expressed"]
    parts["expressed"] = (distance * expressed).sum() / (expressed.sum() + 1)
    parts["eyes"] = (distance * batch["eyes"]).sum() / batch["eyes"].sum()
    flow_loss = parts["flow"] + options.near_weight * parts["near"]
    flow_loss = flow_loss + options.eye_weight * parts["eyes"]
    flow_loss = flow_loss + options.expressed_weight * parts["expressed"]
    return options.flow_weight * flow_loss + parts["warp"], parts


def _editing_loss(editing, batch, flow, z, options, features):
    output, driving = editing(batch["source"], flow, z).float(), batch["driving"]
    weight = 1 + options.focus * batch["focus"]
    parts = {"image": _image_loss(output, driving, weight), "l1": (output - driving).abs().mean()}
    squared = ((output - driving).square() * weight).mean()
    total = parts["image"] + options.square_weight * squared
    if features is not None:
        parts["features"] = features(output, driving, weight)
        total = total + options.feature_weight * parts["features"]
    return total, parts


def _image_loss(output, target, weight, scales=3):
    """Absolute differences of values at every scale, and of gradients at the two finest."""
    loss = 0.0
    for scale in range(scales):
        loss = loss + ((output - target).abs() * weight).mean() * (0.5 if scale else 1.0)
        if scale < 2:
            for dim, weights in ((2, weight[:, :, 1:]), (3, weight[:, :, :, 1:])):
                difference = output.diff(dim=dim) - target.diff(dim=dim)
                loss = loss + (difference.abs() * weights).mean() * 0.7
        if scale + 1 < scales:
            output, target, weight = (F.avg_pool2d(t, 2) for t in (output, target, weight))
    return loss
