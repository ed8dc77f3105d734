"""A starting point for the editing network: it hands its input through.

From random weights the network spends most of a short training on finding out how to reproduce
colours behind its layer norms. Here some channels of its two finest levels carry the picture from
the start: the half-size level its smooth part, the full-size level what is left, the edges. Two
constant channels keep each layer norm's scale steady and tell the next layer what mean was taken
away. All other channels start random, and everything is free to train.
"""

import torch
from torch.nn import functional as F

CONSTANT = 1.5  # height of the constant channels
BEND = 0.62  # where the last layer bends its line towards tanh's inverse
CARRYING = (
    "encoder.first",
    "encoder.down0",
    "decoder.jump0",
    "decoder.jump1",
    "decoder.up0",
    "decoder.final",
)
IDENTITY = torch.zeros(3, 3)
IDENTITY[1, 1] = 1.0
BLUR = torch.tensor([1.0, 2.0, 1.0]).outer(torch.tensor([1.0, 2.0, 1.0])) / 16


@torch.no_grad()
def attend_to_movement(motion):
    """Angles and translation are small numbers beside the expression's: makes them as loud."""
    weight = motion.first[0].weight
    weight[:, 64:67] *= 6
    weight[:, 67:] *= 12


@torch.no_grad()
def attend_to_expressions(motion, gain):
    """Makes the expression louder.

    As long as a network cannot follow the head, expressions are noise to it, and it learns to
    ignore them; afterwards they must be heard again.
    """
    motion.first[0].weight[:, :64] *= gain


@torch.no_grad()
def hand_through(editing, pictures):
    """Sets up an Editing network; the pictures (n, 3, h, w) calibrate the norms' scales."""
    encoder, decoder = editing.encoder, editing.decoder
    full = _carry(encoder.first, IDENTITY, pictures, first=True)
    half = F.avg_pool2d(_carry(encoder.down0, IDENTITY, full), 2)
    half = _carry(decoder.jump1, IDENTITY, half)
    decoder.up1.model[1].weight[:5] = 0.01
    decoder.up1.model[1].bias[:5] = 0
    for block in decoder.res0.children():
        _silence(block.norm2)
    upsampled = F.interpolate(half, scale_factor=2)
    _carry(decoder.up0, BLUR, upsampled)
    _add_bent_copy(decoder.up0, upsampled)
    decoder.jump0.model[1].weight[5:] *= 0.05
    _carry(decoder.jump0, IDENTITY - BLUR, full)
    _read_out(decoder.final.model[0])


def _carry(block, kernel, x, first=False):
    """Lets channels 0 to 2 carry `kernel` of the picture, 3 and 4 constants; returns block(x)."""
    conv, norm = block.model[0], block.model[1]
    weight, bias, centre = conv.weight, conv.bias, conv.weight.shape[2] // 2
    if not first:
        weight[:, 3:5] = 0  # random channels must not see the large constants
    weight[5:] *= 0.7
    weight[:5] = 0
    bias[:5] = 0
    for i in range(3):
        weight[i, i, centre - 1 : centre + 2, centre - 1 : centre + 2] = kernel
    if first:
        bias[:3] = -0.5
    elif kernel.sum().item() > 0.5:
        weight[:3, 3:5, centre, centre] = -0.5
        bias[:3] = CONSTANT - 1
    bias[3], bias[4] = CONSTANT, -CONSTANT
    norm.weight[:5] = conv(x).flatten(1).std(1).mean()
    norm.bias[:3] = 1
    norm.bias[3] = 0
    norm.bias[4] = 2 * CONSTANT
    return block(x)


def _silence(norm):
    """Lets a residual block on the carrying level start nearly silent."""
    norm.mlp_gamma.weight *= 0.05
    norm.mlp_gamma.bias.fill_(-0.99)
    norm.mlp_beta.weight *= 0.1
    norm.mlp_beta.bias *= 0.1


def _add_bent_copy(block, x):
    """Channels 5 to 7 carry the picture again, less a threshold."""
    conv, norm = block.model[0], block.model[1]
    conv.weight[5:8] = conv.weight[:3]
    conv.bias[5:8] = conv.bias[:3] + 0.5 - BEND
    y = conv(x)
    norm.weight[:8] = y.flatten(1).std(1).mean()
    norm.bias[5:8] = y.mean()


def _read_out(conv):
    """The last layer: a u + b leaky(u - BEND) + shift is near atanh(u)."""
    a, b, shift = 0.889, 2.11, 0.131
    centre = conv.weight.shape[2] // 2
    conv.weight.mul_(0.03)
    conv.weight[:, :8] = 0
    for i in range(3):
        conv.weight[i, i, centre, centre] = a
        conv.weight[i, 3:5, centre, centre] = -0.5 * a
        conv.weight[i, 5 + i, centre, centre] = b
        conv.bias[i] = a * (2 * CONSTANT - 2 + 0.5) + shift
