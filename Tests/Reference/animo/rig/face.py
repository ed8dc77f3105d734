"""The face and its features, all on one curved sheet of the head."""

import torch

from . import features
from .head import ellipse, overlap, union, unless
from .view import face_depth


class Face:
    """The sheet under every pixel, its light, and what is painted on it."""

    def __init__(self, painter):
        head = painter.head
        self.painter, self.head = painter, head
        self.x, self.y, _ = head.view.on_sheet(painter.head_x, painter.head_y, face_depth)
        self.distance = head.face(self.x, self.y)
        self.inside = painter.cover(self.distance)
        self.side = self.x.abs()  # features are drawn on both halves at once
        self.left = (self.x > 0).float()
        self.lambert = self._lambert()
        self.light = self._light()

    def _lambert(self):
        """How much the sheet is turned to the light."""
        view, shape = self.head.view, self.head.shape
        nx, ny = 1.24 * self.x, 0.84 * (self.y - 0.05)
        inverse = (1 + nx * nx + ny * ny).rsqrt()
        to_right = view.sin_yaw * inverse + view.cos_yaw * nx * inverse
        down = ny * inverse + view.sin_pitch * inverse
        return to_right * shape.light_x + down * shape.light_y

    def _light(self):
        shape, cover = self.head.shape, self.painter.cover
        if not self.head.anime:
            return 1.0 + 0.38 * self.lambert - 0.22 * (self.side / 0.45).square() * 0.6
        light = 1 + shape.soft * (0.16 * self.lambert - 0.10 * (self.side / 0.5).square())
        under_fringe = cover((self.y - self.head.hairline(self.x) - 0.075) * 0.6) * shape.shadow
        far_side = cover((0.30 + self.x * torch.sign(shape.light_x)) * 0.8)
        return light * (1 - 0.16 * under_fringe) * (1 - 0.13 * shape.shadow * far_side)

    def _both(self, left_channel):
        """A both-sided channel's value for the half that each pixel is on."""
        return features.both(self.head, left_channel, self.left)

    def skin(self):
        head, shape, painter, light = self.head, self.head.shape, self.painter, self.light
        if head.anime:
            tint = light[:, None]
        else:
            warm = [light, light * (0.985 + 0.015 * light), light * (0.96 + 0.04 * light)]
            tint = torch.stack(warm, 1)
        skin = head.colour.skin * tint
        across = (self.side - shape.eye_x - 0.05) / 0.10
        down = (self.y - head.either(0.34, 0.22)) / 0.07
        blush = torch.exp(-across.square() - down.square()) * shape.blush
        skin = skin * (1 - blush[:, None] * painter.constant(0.02, 0.32, 0.28))
        if not head.anime:
            jaw = 0.25 * (0.3 - self.side).clamp(0, 1) - 0.9 * (self.side - 0.28).clamp_min(0)
            beard = torch.sigmoid((self.y - 0.22 - jaw) * 22) * shape.beard
            hair = head.colour.hair * (0.7 + 0.3 * light)[:, None]
            skin = skin + beard[:, None] * 0.75 * (hair - skin)
        painter.paint(skin, self.inside)
        painter.outline(self.distance)

    def nose(self):
        head, shape, painter = self.head, self.head.shape, self.painter
        x, y = self.x, self.y - shape.nose_y
        size, lit_side = shape.nose_s, torch.sign(shape.light_x)
        if head.anime:
            dot = ellipse(x + 0.01 * lit_side, y, size * 0.6, size * 0.8)
            painter.paint(head.colour.skin * 0.72, painter.cover(dot) * self.inside)
            return
        width = 0.35 * size + 0.05 * (self.y + 0.1).clamp(0, 0.4)
        ridge = (
            torch.exp(-(x / width).square())
            * torch.sigmoid((self.y + 0.02) * 25)
            * torch.sigmoid((shape.nose_y - self.y) * 40)
        )
        shade = torch.exp(
            -((x - 0.028 * lit_side) / (0.5 * size)).square() - ((y + 0.05) / 0.10).square()
        )
        under = torch.exp(-(x / (size * 0.85)).square() - ((y - 0.018) / 0.016).square())
        relief = 0.16 * ridge - 0.13 * shade - 0.22 * under
        painter.picture = painter.picture * (1 + relief * self.inside)[:, None]
        nostril = ellipse(x.abs() - size * 0.42, y - 0.008, size * 0.20, 0.009)
        painter.paint(head.colour.skin * 0.35, painter.cover(nostril) * self.inside)

    def mouth(self):
        head, shape, painter = self.head, self.head.shape, self.painter
        width, height = head.mouth_width, head.mouth_height
        upper, lower, bow = features.mouth(head, self.x)
        above, below = upper - self.y, self.y - lower
        ends = (self.side - width) * 0.8
        hole = overlap(above, below, ends)
        if not head.anime:
            lip = shape.lip * (1 - 0.25 * head.pose[16])
            lips = overlap(above - lip * 0.75 * bow, below - lip * 1.1 * bow, ends)
            gloss = 1 - 4 * below.clamp(-0.02, 0.03) * 0.8
            colour = head.colour.lip * self.light[:, None] * gloss[:, None]
            painter.paint(colour, painter.cover(lips) * self.inside * 0.9)

        inside = painter.cover(hole) * self.inside
        painter.paint(painter.constant(0.42, 0.12, 0.13) * head.either(1.0, 0.72), inside)
        tongue = ellipse(self.x, below - height * 0.02, width * 0.68, 0.55 * height + 0.002)
        painter.paint(
            painter.constant(0.86, 0.46, 0.46) * head.either(1.0, 0.82),
            painter.cover(tongue) * inside * ((height - 0.03) * 30).clamp(0, 1),
        )
        shown = head.either(head.teeth, (0.35 * head.pose[12] + head.teeth).clamp(0, 1))
        teeth = painter.cover(self.y - upper - 0.42 * height) * inside * shown
        painter.paint(painter.constant(head.either(0.96, 0.88)), teeth)
        edge = hole.abs() if head.anime else above.abs()
        line = overlap(edge, ends) - head.either(shape.lip, 0.005)
        painter.paint(head.colour.lip * head.either(0.62, 0.42), painter.cover(line) * self.inside)

    def eyes(self):
        head, shape, painter = self.head, self.head.shape, self.painter
        closed, surprised = self._both(6), self._both(10)
        width, height = features.eye_size(head, self.left)
        x, level_y = self.side - shape.eye_x, self.y - shape.eye_y
        y = level_y - shape.eye_tilt * x

        upper, lower = features.lids(head, x, self.left)
        opening = overlap(upper - y, y - lower, (x.abs() - width) * 0.8)
        white = painter.cover(opening) * self.inside
        ball = 0.97 - 0.16 * torch.exp(-((y - upper) / (0.25 * shape.eye_h)).square())
        painter.paint(head.either(ball, ball * 0.93)[:, None], white)
        self._iris(x, level_y, height, surprised, white)
        self._lids(x, y, level_y, upper, lower, width, closed, white)

    def _iris(self, x, y, height, surprised, white):
        head, shape, painter, eye = self.head, self.head.shape, self.painter, self.head.colour.eye
        share = shape.iris_r * (1 - head.either(0.42, 0.12) * surprised)
        if head.anime:
            x, y = x + 0.012, y - 0.02 * height
        width = share * shape.eye_w * head.either(0.86, 1.0)
        height = share * shape.eye_h * 1.10 if head.anime else width
        distance = ellipse(x, y, width, height)
        iris = painter.cover(distance) * white
        if head.anime:
            tone = (0.62 + 0.55 * (y / shape.eye_h).clamp(-1, 1)).clamp(0.25, 1.3)
        else:
            tone = 1.0 - 0.9 * torch.exp(-(distance / 0.012).square()) * 0.6
        painter.paint((eye * tone[:, None]).clamp(0, 1), iris)
        if head.anime:
            painter.paint(eye * 0.22, painter.cover(distance.abs() - 0.008) * white)
        pupil = ellipse(x, y, width * shape.pupil, height * shape.pupil)
        painter.paint(eye * head.either(0.14, 0.10), painter.cover(pupil) * white)

        # the highlight sits on the same side of both eyes
        across = x * (2 * self.left - 1)
        glint = union(
            ellipse(across + width * 0.38, y + height * 0.42, width * 0.30, height * 0.26),
            ellipse(across - width * 0.38, y - height * 0.45, width * 0.16, height * 0.13),
        )
        painter.paint(painter.constant(1.0), painter.cover(glint) * iris * head.either(1.0, 0.85))

    def _lids(self, x, y, level_y, upper, lower, width, closed, white):
        head, painter, inside = self.head, self.painter, self.inside
        skin, cover = head.colour.skin, painter.cover
        lash = head.shape.lash * (1 - 0.25 * closed)
        thickness = lash * (0.55 + 0.45 * (x / width).clamp(-1, 1))
        upper_lashes = overlap((y - upper + lash * 0.35).abs() - thickness, x.abs() - width * 1.06)
        painter.paint(
            head.either(head.colour.brow * 0.38, skin * 0.18), cover(upper_lashes) * inside
        )
        lower_lashes = overlap((y - lower).abs() - 0.0045, x.abs() - width * 0.7)
        painter.paint(skin * head.either(0.55, 0.45), cover(lower_lashes) * inside * 0.7)
        fold_y = y - upper + head.either(0.035, 0.022) + 0.02 * closed
        fold = overlap(fold_y.abs() - 0.004, x.abs() - width * 0.75)
        painter.paint(skin * 0.62, cover(fold) * inside * 0.65)
        if not head.anime:
            socket = torch.exp(-(x / 0.10).square() - ((level_y + 0.035) / 0.035).square())
            shade = 1 - 0.13 * socket * inside * (1 - white)
            painter.picture = painter.picture * shade[:, None]

    def glasses(self):
        head, shape = self.head, self.head.shape
        x, y = self.side - shape.eye_x, self.y - shape.eye_y
        radius = shape.glass_r
        rim = ellipse(x, y, radius, radius * head.either(0.92, 0.80)).abs()
        bridge = overlap((y + 0.03).abs(), x + radius * 0.95)
        frame = union(rim, bridge) - 0.009
        alpha = self.painter.cover(unless(shape.glasses, frame)) * self.inside
        self.painter.paint(head.colour.accessory * 0.45, alpha)

    def brows(self):
        head, shape, painter = self.head, self.head.shape, self.painter
        x = self.side - shape.eye_x - 0.01
        y = features.brow(head, x, self.left)
        thickness = shape.brow_t * (1.05 - 0.55 * (x / shape.brow_w).clamp(-1, 1))
        brow = overlap((self.y - y).abs() - thickness, x.abs() - shape.brow_w)
        alpha = painter.cover(brow) * self.inside * head.either(1.0, 0.85)
        painter.paint(head.colour.brow, alpha)
