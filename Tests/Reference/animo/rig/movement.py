"""What a head's movement does to its pixels: the training's targets."""

import torch

from . import features
from .head import Head, overlap, union
from .view import BACK_HAIR, EARS, RIBBON, face_depth, grid, hair_depth


def flow(identity, source_pose, source_translation, pose, translation, size, domain):
    """Where each pixel of the driving picture lies in the source.

    Lids, brows, lips and jaw are followed too: an eye closes as its lids are drawn over it.
    Returns positions (n, 2, size, size) in [-1, 1] and a weight (n, 1, size, size): 1 on the head,
    less outside, little where the source shows something else at that place.
    """
    head = Head(identity, pose, translation, domain)
    source = Head(identity, source_pose, source_translation, domain)
    where, layer = _layers(head, source, size)
    _, shown = _layers(source, source, size)
    grid_sample = torch.nn.functional.grid_sample
    positions = torch.stack(where, -1)
    there = grid_sample(shown[:, None], positions, "nearest", "border", align_corners=False)[:, 0]
    weight = torch.where(layer == 0, 0.15, torch.where(layer == BODY, 0.6, 1.0))
    weight = torch.where(there == layer, weight, 0.03)
    return torch.stack(where, 1).clamp(-1.2, 1.2), weight[:, None]


BODY = 2.0


def _layers(head, source, size):
    """For every pixel of the head's picture its place in the source's, and which layer it shows."""
    view = head.view
    n, device = view.scale.shape[0], view.scale.device
    x, y = (t.expand(n, -1, -1) for t in grid(size, device))
    head_x, head_y = view.to_head(x, y)
    body_x, body_y = view.to_body(x, y)
    where, layer = (x, y), torch.zeros_like(x)

    def put(distance, position, number):
        nonlocal where, layer
        inside = distance < 0
        where = [torch.where(inside, new, old) for new, old in zip(position, where)]
        layer = torch.where(inside, torch.full_like(layer, number), layer)

    def put_plane(z, shape, number):
        x, y = view.on_plane(head_x, head_y, z)
        put(shape(x, y), source.view.project(x, y, torch.full_like(x, z)), number)

    put_plane(BACK_HAIR, head.back_hair, 1.0)
    body = union(head.neck(body_x, body_y), head.body(body_x, body_y))
    put(body, source.view.from_body(body_x, body_y), BODY)
    put_plane(EARS, head.ear, 3.0)
    face_x, face_y, _ = view.on_sheet(head_x, head_y, face_depth)
    from_x, from_y = features.carry(head, source, face_x, face_y)
    on_face = source.view.project(from_x, from_y, face_depth(from_x, from_y))
    face = head.face(face_x, face_y)
    put(face, on_face, 4.0)
    hair_x, hair_y, hair_z = view.on_sheet(head_x, head_y, hair_depth)
    put(head.front_hair(hair_x, hair_y), source.view.project(hair_x, hair_y, hair_z), 5.0)
    if head.anime:  # brows over the fringe
        side = face_x.abs() - head.shape.eye_x - 0.01
        brow = features.brow(head, side, (face_x > 0).float())
        near = overlap((face_y - brow).abs() - 0.05, side.abs() - head.shape.brow_w - 0.02)
        put(overlap(near, face), on_face, 4.0)
        put_plane(RIBBON, head.ribbon, 6.0)
    return where, layer


def landmarks(identity, pose, translation, domain):
    """Positions (n, 3, 2) of the eyes (image left, then right) and the mouth, and half sizes."""
    head = Head(identity, pose, translation, domain)
    shape = head.shape

    def place(x, y):
        return torch.cat(head.view.project(x, y, face_depth(x, y)), -1)[:, 0]

    eye = torch.cat([shape.eye_w * 1.3, shape.eye_h * 1.4 + 0.03], -1)[:, 0]
    height = torch.full_like(shape.mouth_w, 0.11)
    mouth = torch.cat([shape.mouth_w * 1.6, height], -1)[:, 0]
    positions = [
        place(-shape.eye_x, shape.eye_y),
        place(shape.eye_x, shape.eye_y),
        place(torch.zeros_like(shape.mouth_y), shape.mouth_y + 0.03),
    ]
    return torch.stack(positions, 1), torch.stack([eye, eye, mouth], 1)
