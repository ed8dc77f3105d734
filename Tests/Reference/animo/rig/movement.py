"""What a head's movement does to its pixels: the training's targets."""

import torch

from .head import Head, union
from .view import BACK_HAIR, EARS, RIBBON, View, face_depth, grid, hair_depth


def rigid_flow(identity, source_pose, source_translation, pose, translation, size, domain):
    """Where each pixel of the driving picture lies in the source, by rigid movement alone.

    Returns positions (n, 2, size, size) in [-1, 1] and a weight (n, 1, size, size): 1 on the head,
    less outside.
    """
    head = Head(identity, pose, translation, domain)
    source = View(source_pose, source_translation, domain)
    n, view = identity.shape[0], head.view
    x, y = (t.expand(n, -1, -1) for t in grid(size, identity.device))
    head_x, head_y = view.to_head(x, y)
    body_x, body_y = view.to_body(x, y)
    where, weight = (x, y), torch.full_like(x, 0.15)

    def put(distance, position, layer_weight=1.0):
        nonlocal where, weight
        inside = distance < 0
        where = [torch.where(inside, new, old) for new, old in zip(position, where)]
        weight = torch.where(inside, torch.full_like(weight, layer_weight), weight)

    def put_plane(z, shape):
        x, y = view.on_plane(head_x, head_y, z)
        put(shape(x, y), source.project(x, y, torch.full_like(x, z)))

    def put_sheet(depth, shape):
        x, y, z = view.on_sheet(head_x, head_y, depth)
        put(shape(x, y), source.project(x, y, z))

    put_plane(BACK_HAIR, head.back_hair)
    body = union(head.neck(body_x, body_y), head.body(body_x, body_y))
    put(body, source.from_body(body_x, body_y), 0.6)
    put_plane(EARS, head.ear)
    put_sheet(face_depth, head.face)
    put_sheet(hair_depth, head.front_hair)
    if head.anime:
        put_plane(RIBBON, head.ribbon)
    return torch.stack(list(where), 1).clamp(-1.2, 1.2), weight[:, None]


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
