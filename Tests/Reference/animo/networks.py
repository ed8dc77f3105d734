"""AniMo's inference networks in PyTorch; tensor names follow the published checkpoints.

Written from the published architecture. Pictures are (n, 3, h, w) with h and w multiples of 32,
motions (n, 70), flows (n, 2, h/4, w/4) in pixels of their own grid.
"""

import torch
from torch import nn
from torch.nn import functional as F

# As "widths" in a model file: mx is the most channels that a layer has, z the latent's length.
CONFIGS = {
    "demo": {"warp_base": 8, "edit_base": 8, "mx": 64, "z": 64, "coeff": 70},
    "small": {"warp_base": 16, "edit_base": 16, "mx": 64, "z": 128, "coeff": 70},
    "base": {"warp_base": 16, "edit_base": 32, "mx": 128, "z": 128, "coeff": 70},
    "full": {"warp_base": 32, "edit_base": 64, "mx": 256, "z": 256, "coeff": 70},  # as published
}


def activation(x):
    """The leaky ReLU of every layer."""
    return F.leaky_relu(x, 0.1)


def deformation(flow):
    """A flow (n, 2, h, w) as sampling positions (n, h, w, 2) in [-1, 1].

    As published: the grid's corners are its outermost pixels' centres, while `warp` samples with
    corners at the outermost pixels' edges. So zero flow is not the identity.
    """
    flow = flow.float()
    _, _, h, w = flow.shape
    xs = 2 * torch.arange(w).to(flow) / (w - 1) - 1
    ys = 2 * torch.arange(h).to(flow) / (h - 1) - 1
    grid = torch.stack([xs[None, :].expand(h, w), ys[:, None].expand(h, w)], -1)[None]
    return grid + torch.stack([2 * flow[:, 0] / (w - 1), 2 * flow[:, 1] / (h - 1)], -1)


def warp(x, positions):
    """Samples x (n, c, h, w) at the positions, which are resized to (h, w) first."""
    if positions.shape[1:3] != x.shape[2:]:
        positions = F.interpolate(
            positions.permute(0, 3, 1, 2), size=x.shape[2:], mode="bilinear", align_corners=False
        ).permute(0, 2, 3, 1)
    return F.grid_sample(x.float(), positions, padding_mode="border", align_corners=False)


class LayerNorm(nn.Module):
    """Normalises over channels and pixels; a scale and a shift for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return F.group_norm(x, 1, self.weight.flatten(), self.bias.flatten())


class AdaIN(nn.Module):
    """Normalises every channel over pixels; scale and shift come from the latent."""

    def __init__(self, channels, latent):
        super().__init__()
        self.mlp_shared = nn.Sequential(nn.Linear(latent, 128), nn.ReLU())
        self.mlp_gamma = nn.Linear(128, channels)
        self.mlp_beta = nn.Linear(128, channels)

    def forward(self, x, z):
        hidden = self.mlp_shared(z)
        gamma = self.mlp_gamma(hidden)[:, :, None, None]
        beta = self.mlp_beta(hidden)[:, :, None, None]
        return F.instance_norm(x) * (1 + gamma) + beta


class Motion(nn.Module):
    """A motion to its latent, (n, latent)."""

    def __init__(self, coefficients, latent, layers=3):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(coefficients, latent))
        self.layers = layers
        for i in range(layers):
            block = nn.Sequential(nn.LeakyReLU(0.1), nn.Linear(latent, latent))
            setattr(self, f"encoder{i}", block)

    def forward(self, motion):
        x = self.first(motion)
        for i in range(self.layers):
            x = x + getattr(self, f"encoder{i}")(x)
        return x


class EncoderBlock(nn.Module):
    """Halves height and width."""

    def __init__(self, channels_in, channels_out, latent):
        super().__init__()
        self.conv_0 = nn.Conv2d(channels_in, channels_out, 4, 2, 1)
        self.conv_1 = nn.Conv2d(channels_out, channels_out, 3, 1, 1)
        self.norm_0 = AdaIN(channels_in, latent)
        self.norm_1 = AdaIN(channels_out, latent)

    def forward(self, x, z):
        x = self.conv_0(activation(self.norm_0(x, z)))
        return self.conv_1(activation(self.norm_1(x, z)))


class DecoderBlock(nn.Module):
    """Doubles height and width, with a shortcut."""

    def __init__(self, channels_in, channels_out, latent):
        super().__init__()
        self.conv_0 = nn.Conv2d(channels_in, channels_out, 3, 1, 1)
        self.conv_1 = nn.ConvTranspose2d(channels_out, channels_out, 3, 2, 1, 1)
        self.conv_s = nn.ConvTranspose2d(channels_in, channels_out, 3, 2, 1, 1)
        self.norm_0 = AdaIN(channels_in, latent)
        self.norm_1 = AdaIN(channels_out, latent)
        self.norm_s = AdaIN(channels_in, latent)

    def forward(self, x, z):
        shortcut = self.conv_s(activation(self.norm_s(x, z)))
        x = self.conv_0(activation(self.norm_0(x, z)))
        return shortcut + self.conv_1(activation(self.norm_1(x, z)))


class Hourglass(nn.Module):
    """Down by 32, up to a quarter of the picture, every level joined with its counterpart."""

    def __init__(self, base, limit, latent, down=5, up=3):
        super().__init__()
        width = [min(base * 2**i, limit) for i in range(down + 1)]
        self.levels = range(down), range(down - 1, down - up - 1, -1)
        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.input_layer = nn.Conv2d(3, base, 7, 1, 3)
        for i in self.levels[0]:
            setattr(self.encoder, f"encoder{i}", EncoderBlock(width[i], width[i + 1], latent))
        for i in self.levels[1]:
            channels = width[i + 1] * (1 if i == down - 1 else 2)
            setattr(self.decoder, f"decoder{i}", DecoderBlock(channels, width[i], latent))
        self.channels_out = width[down - up] * 2

    def forward(self, x, z):
        features = [self.encoder.input_layer(x)]
        for i in self.levels[0]:
            features.append(getattr(self.encoder, f"encoder{i}")(features[-1], z))
        x = features.pop()
        for i in self.levels[1]:
            x = torch.cat([getattr(self.decoder, f"decoder{i}")(x, z), features.pop()], 1)
        return x


class Warping(nn.Module):
    """A picture and a latent to a flow."""

    def __init__(self, base, limit, latent):
        super().__init__()
        self.hourglass = Hourglass(base, limit, latent)
        channels = self.hourglass.channels_out
        self.flow_out = nn.Sequential(
            LayerNorm(channels), nn.LeakyReLU(0.1), nn.Conv2d(channels, 2, 7, 1, 3)
        )

    def forward(self, x, z):
        return self.flow_out(self.hourglass(x, z))


class ConvNormAct(nn.Module):
    """Convolution, layer norm, activation."""

    def __init__(self, channels_in, channels_out, kernel):
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, kernel, 1, kernel // 2),
            LayerNorm(channels_out),
            nn.LeakyReLU(0.1),
        )

    def forward(self, x):
        return self.model(x)


class Residual(nn.Module):
    """The published block also has conv1 and norm1, whose result it never uses: left out here."""

    def __init__(self, channels, latent):
        super().__init__()
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.norm2 = AdaIN(channels, latent)

    def forward(self, x, z):
        return self.norm2(self.conv2(x), z) + x


class Residuals(nn.Module):
    """Residual blocks in a row."""

    def __init__(self, count, channels, latent):
        super().__init__()
        for i in range(count):
            setattr(self, f"res{i}", Residual(channels, latent))

    def forward(self, x, z):
        for block in self.children():
            x = block(x, z)
        return x


class Final(nn.Module):
    """Features to a picture in [-1, 1]."""

    def __init__(self, channels):
        super().__init__()
        self.model = nn.Sequential(nn.Conv2d(channels, 3, 7, 1, 3), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Editing(nn.Module):
    """Encodes the source at four sizes, warps the features, and decodes them under the latent."""

    def __init__(self, base, limit, latent, layers=3, residuals=2):
        super().__init__()
        width = [min(base * 2**i, limit) for i in range(layers + 1)]
        self.layers = layers
        self.encoder, self.decoder = nn.Module(), nn.Module()
        self.encoder.first = ConvNormAct(3, base, 7)
        for i in range(layers):
            setattr(self.encoder, f"down{i}", ConvNormAct(width[i], width[i + 1], 3))
        for i in reversed(range(layers)):
            setattr(self.decoder, f"up{i}", ConvNormAct(width[i + 1], width[i], 3))
            setattr(self.decoder, f"res{i}", Residuals(residuals, width[i + 1], latent))
            setattr(self.decoder, f"jump{i}", ConvNormAct(width[i], width[i], 3))
        self.decoder.final = Final(base)

    def encode(self, x):
        """The features at full, half, quarter and eighth size: they depend on the source alone."""
        features = [self.encoder.first(x)]
        for i in range(self.layers):
            down = getattr(self.encoder, f"down{i}")
            features.append(F.avg_pool2d(down(features[-1]), 2))
        return features

    def decode(self, features, flow, z):
        """The picture, in [-1, 1]."""
        positions = deformation(flow)
        warped = [warp(x, positions) for x in features]
        x = warped.pop()
        for i in reversed(range(self.layers)):
            x = getattr(self.decoder, f"res{i}")(x, z)
            x = getattr(self.decoder, f"up{i}")(F.interpolate(x, scale_factor=2))
            x = getattr(self.decoder, f"jump{i}")(warped.pop()) + x
        return self.decoder.final(x)

    def forward(self, x, flow, z):
        return self.decode(self.encode(x), flow, z)


class AniMo(nn.Module):
    """One motion network, and a warping and an editing network for each domain."""

    def __init__(self, warp_base, edit_base, mx, z, coeff=70):
        super().__init__()
        self.mapping_net = Motion(coeff, z)
        self.warpping_netA = Warping(warp_base, mx, z)
        self.editing_netA = Editing(edit_base, mx, z)
        self.warpping_netV = Warping(warp_base, mx, z)
        self.editing_netV = Editing(edit_base, mx, z)

    def nets(self, domain):
        """The warping and the editing network of a domain."""
        if domain == "anime":
            return self.warpping_netA, self.editing_netA
        return self.warpping_netV, self.editing_netV

    def forward(self, x, motion, domain):
        """The flow and the picture, in [-1, 1]."""
        z = self.mapping_net(motion)
        warping, editing = self.nets(domain)
        flow = warping(x, z)
        return flow, editing(x, flow, z)
