"""Heads as pictures: the layers from the back to the front."""

import torch

from .face import Face
from .head import Head, ellipse
from .painter import Painter
from .view import BACK_HAIR, EARS, RIBBON, hair_depth


def render(identity, pose, translation, size, domain, ground=None):
    """Pictures (n, 3, size, size) in [0, 1]; `ground` is a grey that takes the background's place."""
    head = Head(identity, pose, translation, domain)
    painter = Painter(head, identity.shape[0], size, identity.device)
    if ground is not None:
        painter.picture = torch.full_like(painter.picture, ground)
    elif not head.anime:
        _background(painter)
    _back_hair(painter)
    _body(painter)
    _ears(painter)
    face = Face(painter)
    face.skin()
    face.nose()
    face.mouth()
    face.eyes()
    face.glasses()
    if head.anime:  # brows over the fringe
        _front_hair(painter, face.lambert)
        face.brows()
        _ribbon(painter)
    else:
        face.brows()
        _front_hair(painter, face.lambert)
    return painter.picture.clamp(0, 1)


def _background(painter):
    shape, colour, x, y = painter.head.shape, painter.head.colour, painter.x, painter.y
    t = (
        0.5
        + 0.30 * (shape.bg_a * x + shape.bg_b * y)
        + 0.16 * torch.sin(shape.bg_f1 * x * 2 + shape.bg_p1 + y * shape.bg_f2)
        + 0.12 * torch.sin(shape.bg_f2 * y * 2.3 + shape.bg_p2 - x * shape.bg_f1 * 1.7)
    )
    painter.picture = colour.background0 + t.clamp(0, 1)[:, None] * (
        colour.background1 - colour.background0
    )


def _back_hair(painter):
    head = painter.head
    x, y = head.view.on_plane(painter.head_x, painter.head_y, BACK_HAIR)
    waves = torch.sin(x * head.shape.strand_f + 2 * torch.sin(y * 3))
    tone = (0.74 - 0.10 * y) * (1 - head.shape.strand * waves)
    painter.layer(head.colour.hair * tone[:, None], head.back_hair(x, y))


def _body(painter):
    head, x, y = painter.head, painter.body_x, painter.body_y
    chin_shade = 0.12 * torch.exp(-((y - 0.55) / 0.15).square())
    tone = 0.86 - 0.10 * head.shape.shadow - chin_shade
    painter.layer(head.colour.skin * tone[:, None], head.neck(x, y))
    tone = 1 - 0.22 * head.shape.soft * (x + 0.3).clamp(0, 1)
    painter.layer(head.colour.cloth * tone[:, None], head.body(x, y))


def _ears(painter):
    head = painter.head
    ear = head.ear(*head.view.on_plane(painter.head_x, painter.head_y, EARS))
    tone = 0.90 - 0.14 * painter.cover(ear + 0.03)
    painter.layer(head.colour.skin * tone[:, None], ear)


def _front_hair(painter, lambert):
    head, shape = painter.head, painter.head.shape
    x, y, _ = head.view.on_sheet(painter.head_x, painter.head_y, hair_depth)
    waves = torch.sin(x * shape.strand_f + 1.5 * torch.sin(y * 4) + 3 * x * y)
    tone = (1.0 - 0.16 * (y + 0.3).clamp(-0.4, 0.8)) * (1 - shape.strand * waves)
    if head.anime:
        tone = tone * (1 + shape.soft * (0.18 * lambert - 0.12 * (x / 0.6).square()))
    else:
        tone = tone * (0.85 + 0.35 * lambert)
    ring_y = y - shape.ring - 0.30 * x * x - 0.018 * torch.sin(x * 34)
    gloss = torch.exp(-(ring_y / 0.035).square()) * shape.ring_w
    gloss = gloss * (1 - (x / 0.62).square()).clamp(0, 1)
    colour = head.colour.hair * tone[:, None]
    colour = colour + gloss[:, None] * (1 - colour) * 0.8
    painter.layer(colour.clamp(0, 1), head.front_hair(x, y))


def _ribbon(painter):
    head, shape = painter.head, painter.head.shape
    x, y = head.view.on_plane(painter.head_x, painter.head_y, RIBBON)
    knot = ellipse(x - shape.ribbon_x, y + shape.hair_top - 0.14, 0.05, 0.055)
    tone = 1 - 0.25 * painter.cover(knot)
    painter.layer(head.colour.accessory * tone[:, None], head.ribbon(x, y))
