"""The outlines of a head's layers, as signed distances: negative inside."""

import math
from types import SimpleNamespace

import torch

from .identity import COLOURS, INDEX, NAMES
from .view import View


def ellipse(x, y, a, b):
    """About the signed distance of (x, y) from an ellipse with half axes a and b."""
    k0 = ((x / a).square() + (y / b).square() + 1e-8).sqrt()
    k1 = ((x / (a * a)).square() + (y / (b * b)).square() + 1e-6).sqrt()
    return k0 * (k0 - 1) / k1


def union(*distances):
    """Inside any of the shapes."""
    result = distances[0]
    for distance in distances[1:]:
        result = torch.minimum(result, distance)
    return result


def overlap(*distances):
    """Inside all of the shapes."""
    result = distances[0]
    for distance in distances[1:]:
        result = torch.maximum(result, distance)
    return result


def unless(switch, distance):
    """The shape where switch is 1; nothing where it is 0."""
    return distance + 4 * (1 - switch)


class Head:
    """Identities and poses of a batch, with what the layers share."""

    def __init__(self, identity, pose, translation, domain):
        self.anime = domain == "anime"
        self.shape = SimpleNamespace(
            **{name: identity[:, i][:, None, None] for name, i in INDEX.items()}
        )
        colours = identity[:, len(NAMES) :].unflatten(1, (len(COLOURS), 3))[..., None, None]
        self.colour = SimpleNamespace(**{name: colours[:, i] for i, name in enumerate(COLOURS)})
        self.pose = [pose[:, i][:, None, None] for i in range(17)]
        self.view = View(pose, translation, domain)

        a, e, i, o, u = self.pose[12:17]
        opening = 0.145 * a + 0.070 * e + 0.040 * i + 0.11 * o + 0.055 * u
        widening = 1 + 0.12 * a + 0.32 * e + 0.50 * i - 0.32 * o - 0.52 * u
        self.mouth_height = opening * self.either(1.0, 0.85)
        self.mouth_width = self.shape.mouth_w * widening
        self.teeth = (e * 0.5 + i * 0.9).clamp(0, 1)
        self.jaw = self.mouth_height * 0.35

    def either(self, anime, vox):
        """The value for the domain."""
        return anime if self.anime else vox

    def face(self, x, y):
        shape = self.shape
        y = y - shape.face_cy
        low = shape.face_low + self.jaw
        t = (y / low).clamp(0, 1)
        tapered = x / (1 - shape.taper * t * (0.35 + 0.65 * t))
        return ellipse(tapered, y, shape.face_w, torch.where(y < 0, shape.face_up, low))

    def hairline(self, x):
        """The y at which the fringe ends."""
        shape = self.shape
        wave = x * shape.bang_freq * 2 + shape.bang_phase
        zigzag = (2 / math.pi) * torch.asin(0.98 * torch.sin(wave))
        part = shape.part_amp * torch.exp(-((x - shape.part_x) / 0.10).square())
        line = shape.bang_y + shape.bang_amp * zigzag + shape.bang_slope * x
        return line + shape.bang_side * x * x - part

    def front_hair(self, x, y):
        shape = self.shape
        height = torch.where(y < 0, shape.hair_top, shape.hair_top * 1.05)
        cap = ellipse(x, y, shape.hair_w, height)
        fringe = overlap(cap, (y - self.hairline(x)) * 0.6)
        across = x.abs() - (shape.hair_w * shape.lock_x - shape.lock_w)
        t = ((y + 0.1) / (shape.lock_len + 0.1).clamp_min(0.05)).clamp(0, 1)
        width = shape.lock_w * (1 - 0.8 * t * t)
        lock = overlap(across.abs() - width, y - shape.lock_len, -0.12 - y)
        return union(fringe, lock)

    def back_hair(self, x, y):
        shape = self.shape
        height = torch.where(y < 0, shape.hair_top + 0.02, shape.hair_top)
        round_part = ellipse(x, y, shape.back_w, height)
        width = shape.back_w * (0.96 - 0.12 * (y - 0.1).clamp(0, 1))
        fall = overlap(x.abs() - width, y - shape.back_len - 0.05 * torch.cos(x * 18), -y)
        hair = union(overlap(round_part, y - shape.back_len.clamp_min(0.15)), fall)
        if self.anime:
            tail = ellipse(x.abs() - shape.tail_x, y - shape.tail_y - 0.25, 0.13, 0.48)
            hair = union(hair, unless(shape.tails, tail))
        return hair

    def ear(self, x, y):
        shape = self.shape
        return ellipse(
            x.abs() - shape.face_w * 0.97, y - shape.ear_y, shape.ear_s * 0.62, shape.ear_s
        )

    def ribbon(self, x, y):
        x, y = x - self.shape.ribbon_x, y + self.shape.hair_top - 0.14
        wings = overlap(x.abs() - 0.19, y.abs() - 0.03 - 0.45 * x.abs())
        return unless(self.shape.ribbon, union(wings, ellipse(x, y, 0.055, 0.06)))

    def neck(self, x, y):
        width = x.abs() - self.either(0.15, 0.21) - 0.25 * (y - 0.7).clamp(0, 1).square()
        return overlap(width, 0.35 - y)

    def body(self, x, y):
        return ellipse(x, y - self.either(1.16, 1.22), self.shape.cloth_w, self.either(0.40, 0.50))
