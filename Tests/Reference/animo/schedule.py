"""How long a phase lasts, by steps or by the clock, and how fast it learns."""

import math
import time


class Schedule:
    """Where a phase stands. Counting steps makes it independent of the machine's speed."""

    def __init__(self, steps, minutes, step=0, spent=0.0):
        self.steps, self.minutes = steps, minutes
        self.step = step
        self.began = time.time() - spent

    @property
    def spent(self):
        """Seconds that the phase has run, earlier calls included."""
        return time.time() - self.began

    @property
    def share(self):
        """How much of the phase is done; 1 or more at its end."""
        return self.spent / (60 * self.minutes) if self.minutes else self.step / self.steps

    def rate(self, first, last, warm_up):
        """The learning rate: a linear start over `warm_up` steps, then half a cosine."""
        rate = last + (first - last) * 0.5 * (1 + math.cos(math.pi * min(self.share, 1.0)))
        return rate * min(1.0, (self.step + 1) / warm_up)

    def progress(self):
        """Words for a line of output."""
        left = self.spent * (1 / max(self.share, 1e-6) - 1) / 60
        seconds = self.spent / max(self.step, 1)
        return f"step {self.step} {seconds:.3f} s/step, {left:.1f} min left"


def add_length(parser):
    """The options that say how long a phase lasts."""
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, default=0)
    length.add_argument("--minutes", type=float, default=0, help="length by the clock")


class Means(dict):
    """Running means of named values: numbers, or tensors that are read when they are shown."""

    def __init__(self, momentum):
        super().__init__()
        self.momentum = momentum

    def add(self, name, value):
        """Moves a mean towards a new value."""
        self[name] = self[name] + self.momentum * (value - self[name]) if name in self else value

    def __str__(self):
        return " ".join(f"{name} {float(value):.4f}" for name, value in self.items())
