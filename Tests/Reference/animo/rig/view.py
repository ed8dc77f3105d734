"""Where a head lies in the image: from pixels to its planes and sheets, and back."""

import math

import torch

PIVOT = 0.30  # the head tilts about a point towards the neck

# The depths of the layers.
BACK_HAIR, EARS, RIBBON = -0.22, -0.02, 0.18


def face_depth(x, y):
    """The curved sheet that the face is painted on."""
    return 0.40 - 0.62 * x * x - 0.42 * (y - 0.05).square()


def hair_depth(x, y):
    """The sheet of the front hair, above the face."""
    return (0.40 + 0.10) - 0.62 * x * x - 0.42 * (y - 0.05).square()


def grid(size, device):
    """x and y of the pixels' centres, (1, size, size) each."""
    t = (torch.arange(size, device=device) + 0.5) * (2 / size) - 1
    return t[None, None, :].expand(1, size, size), t[None, :, None].expand(1, size, size)


class View:
    """The places of a batch of heads."""

    def __init__(self, pose, translation, domain):
        def column(values):
            return values[:, None, None]

        pitch, roll, yaw = (pose[:, i] * (math.pi / 180) for i in (17, 18, 19))
        self.sin_pitch, self.cos_pitch = column(pitch.sin()), column(pitch.cos())
        self.sin_roll, self.cos_roll = column(roll.sin()), column(roll.cos())
        self.sin_yaw, self.cos_yaw = column(yaw.sin()), column(yaw.cos())
        self.x, self.y = column(translation[:, 0]), column(translation[:, 1] + 0.04)
        self.scale = column(1 + translation[:, 2]) * (1.14 if domain == "anime" else 1.20)

    def to_head(self, x, y):
        """Image to the head's own axes, before pitch and yaw."""
        x, y = (x - self.x) / self.scale, (y - self.y) / self.scale - PIVOT
        return (
            self.cos_roll * x + self.sin_roll * y,
            self.cos_roll * y - self.sin_roll * x + PIVOT,
        )

    def from_head(self, x, y):
        """The inverse of to_head."""
        y = y - PIVOT
        x, y = (
            self.cos_roll * x - self.sin_roll * y,
            self.cos_roll * y + self.sin_roll * x + PIVOT,
        )
        return x * self.scale + self.x, y * self.scale + self.y

    def to_body(self, x, y):
        """Image to the body, which follows the head's shift and not its turn."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def from_body(self, x, y):
        """The inverse of to_body."""
        return x * self.scale + self.x, y * self.scale + self.y

    def on_plane(self, x, y, z):
        """The point at depth z that is seen at (x, y) of to_head."""
        plane_x = (x - self.sin_yaw * z) / self.cos_yaw
        depth = self.cos_yaw * z - self.sin_yaw * plane_x
        return plane_x, (y - self.sin_pitch * depth) / self.cos_pitch

    def on_sheet(self, x, y, depth, steps=4):
        """The point of a sheet that is seen at (x, y) of to_head, by fixed-point iteration."""
        z = torch.full_like(x, 0.3)
        for _ in range(steps):
            sheet_x, sheet_y = self.on_plane(x, y, z)
            z = depth(sheet_x, sheet_y)
        return sheet_x, sheet_y, z

    def project(self, x, y, z):
        """A point of the head to the image."""
        depth = self.cos_yaw * z - self.sin_yaw * x
        return self.from_head(
            self.cos_yaw * x + self.sin_yaw * z, self.cos_pitch * y + self.sin_pitch * depth
        )
