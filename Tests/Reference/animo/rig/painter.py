"""A batch of pictures that layers are painted onto."""

import torch

from .head import Head
from .view import grid


class Painter:
    """The pictures so far, and the brush."""

    def __init__(self, head: Head, n, size, device):
        self.head = head
        self.picture = torch.ones(n, 3, size, size, device=device)
        self.sharpness = size / 2 * 0.9
        x, y = grid(size, device)
        self.x, self.y = x, y
        self.head_x, self.head_y = head.view.to_head(x, y)
        self.body_x, self.body_y = head.view.to_body(x, y)

    def cover(self, distance):
        """How much of each pixel lies inside the shape."""
        return (0.5 - distance * self.sharpness).clamp(0, 1)

    def paint(self, colour, alpha):
        """Lays `colour` over the pictures."""
        self.picture = self.picture + alpha[:, None] * (colour - self.picture)

    def outline(self, distance, width=0.011):
        """Draws the shape's edge in ink, in the styles that have outlines."""
        if self.head.anime:
            edge = self.cover(distance.abs() - width) * self.head.shape.outline
            self.paint(self.head.colour.hair * 0.18, edge)

    def layer(self, colour, distance):
        """Paints a shape with its outline."""
        self.paint(colour, self.cover(distance))
        self.outline(distance)

    def constant(self, *rgb):
        """A colour for all pictures; one number is a grey."""
        # Filled where the pictures are: numbers sent there would wait for all that came before.
        values = [self.picture.new_full((1, 1, 1, 1), value) for value in rgb]
        return torch.cat(values, 1)
