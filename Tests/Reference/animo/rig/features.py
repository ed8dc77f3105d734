"""Where a face's features lie on its sheet, and where an expression moves them."""

import torch

from .head import overlap

BROW_REACH = 0.26  # how far above the eye the skin follows a brow


def both(head, left_channel, left):
    """A both-sided channel's value for the half that each pixel is on."""
    left_value, right_value = head.pose[left_channel], head.pose[left_channel + 1]
    return right_value + left * (left_value - right_value)


def eye_size(head, left):
    """Half width and height of the eyes."""
    surprised = both(head, 10, left)
    width = head.shape.eye_w * (1 + 0.06 * surprised)
    return width, head.shape.eye_h * (1 + head.either(0.22, 0.35) * surprised)


def lids(head, x, left, lowest=-0.6):
    """The lids' edges at x from the eye's middle, upper and lower: y below the eye's line.

    They are brought together as the eye closes.
    """
    closed, unimpressed = both(head, 6, left), both(head, 8, left)
    width, height = eye_size(head, left)
    arch = (1 - (x / width).square()).clamp_min(lowest)
    lower = head.either(0.80, 0.72) * height * arch
    shut = head.either(0.52, 0.45) * height * arch
    round_lid = -height * arch.clamp(-0.6, 1).sign() * arch.abs().pow(0.75)
    upper = overlap(round_lid, -height * (1 - 0.82 * unimpressed))
    upper = upper + closed * (shut - upper)
    return upper, lower + closed * (shut - lower) * 0.9


def brow(head, x, left):
    """The middle of a brow at x from its own middle, as y of the face."""
    shape = head.shape
    angry, raised, lowered = (both(head, channel, left) for channel in (0, 2, 4))
    rest = shape.eye_y - shape.eye_h - shape.brow_gap
    moved = rest - head.either(0.075, 0.055) * raised + head.either(0.060, 0.035) * lowered
    return (
        moved
        + head.either(0.02, 0.012) * angry
        - angry * head.either(0.42, 0.30) * x
        + shape.brow_bend * 2.2 * x * x * (1 - 0.6 * angry)
    )


def mouth(head, x):
    """The edges of the mouth's opening at x, and how far its middle lies below its ends."""
    shape, height = head.shape, head.mouth_height
    bow = 1 - (x / head.mouth_width).square().clamp(0, 1.5)
    rest = shape.mouth_y + shape.smile * bow - shape.smile * 0.5
    upper = rest - 0.22 * height * bow
    lower = rest + 0.95 * height * bow.clamp_min(0).sqrt() * 0.8 + 0.15 * height * bow
    return upper, lower, bow


def carry(head, source, x, y):
    """The points of the source's face that lie at (x, y) of the head's: both one identity.

    Between the features the skin stretches evenly.
    """
    left = (x > 0).float()
    x, y = _through_mouth(head, source, x, y)
    side = x.abs() - head.shape.eye_x
    line = head.shape.eye_y + head.shape.eye_tilt * side
    knots = [(_eye_knots(each, side, line, left)) for each in (head, source)]
    moved = _stretch(y, *knots)
    fade = ((head.shape.brow_w + 0.07 - (side - 0.01).abs()) / 0.07).clamp(0, 1)
    return x, y + fade * (moved - y)


def _eye_knots(head, side, line, left):
    upper, lower = (line + lid for lid in lids(head, side, left, lowest=0.0))
    brow_y = brow(head, side - 0.01, left)
    highest = line - head.shape.eye_h - BROW_REACH
    lowest = line + 2.2 * head.shape.eye_h + 0.02
    # Brow, and lashes with their lid, move unstretched.
    lash = upper - 1.3 * head.shape.lash
    below = torch.minimum(brow_y + 1.6 * head.shape.brow_t, lash - 0.004)
    above = torch.minimum(brow_y - 1.6 * head.shape.brow_t, below - 0.004)
    return highest, above, below, lash, upper, torch.maximum(lower, upper + 0.002), lowest


def _through_mouth(head, source, x, y):
    shape = head.shape
    near = 1 - ((y - shape.mouth_y - 0.02).abs() / 0.16).clamp(0, 1)
    ends = head.mouth_width, source.mouth_width
    end = shape.mouth_w + 0.16
    along = torch.sign(x) * _stretch(x.abs(), (0 * end, ends[0], end), (0 * end, ends[1], end))
    moved_x = x + near * (along - x)
    knots = []
    for each, at in ((head, x), (source, moved_x)):
        upper, lower, bow = mouth(each, at)
        inside = (bow > 0).float()
        rest = shape.mouth_y - shape.smile * 0.5
        upper, lower = (rest + inside * (edge - rest) for edge in (upper, lower))
        chin = shape.face_cy + shape.face_low + each.jaw
        lower = torch.maximum(lower, upper + 0.002)
        knots.append((shape.mouth_y - 0.085 + 0 * upper, upper, lower, chin + 0 * upper))
    top, _, _, bottom = knots[0]
    moved_y = _stretch(y, *knots)
    beyond = y + (knots[1][3] - bottom)
    return moved_x, torch.where(y > bottom, beyond, moved_y)


def _stretch(value, knots, images):
    """The piecewise linear map that takes knots to images, and changes nothing outside them."""
    result = value
    for a, b, to_a, to_b in zip(knots, knots[1:], images, images[1:]):
        share = (value - a) / (b - a).clamp_min(1e-4)
        inside = (value >= a) & (value < b)
        result = torch.where(inside, to_a + share * (to_b - to_a), result)
    return result
