"""Trains a domain's estimator: a picture in, the 70 numbers of a motion out.

python -m animo.train_estimator --out runs/estimators --domain anime --minutes 20
"""

import argparse
import os

import torch
from torch.nn import functional as F

from . import rig, runs
from .estimator import INPUT, Estimator
from .schedule import Means, Schedule, add_length
from .sending import grain, sent


def split(motion, basis):
    """A motion (n, 70) as 17 intensities, 3 angles in radians and 3 of translation."""
    intensities = motion[:, :64] @ basis.T / basis.square().sum(1).mean()
    return intensities, motion[:, 64:67], motion[:, 67:]


@torch.no_grad()
def draw(generator, n, domain, basis, device, render=rig.render):
    """n pictures, some of them a little soft, dim or noisy, and their motions."""
    identity = rig.sample_identity(n, domain, generator)
    pose = rig.sample_pose(identity, generator, max_angle=22.0)
    pose[:, :17] = (1.4 * pose[:, :17]).clamp_max(1)  # many at their height
    translation = rig.sample_translation(n, domain, generator)
    calm = (torch.rand(n, 1, generator=generator) < 0.15).float()
    pose[:, :17] *= 1 - calm
    motion = rig.motion_vector(pose, translation, basis)

    def uniform():
        return torch.rand(n, 1, 1, 1, generator=generator)

    softened, gain = (uniform() > 0.6).float(), 1 + 0.15 * (2 * uniform() - 1)
    *head, motion, softened, gain = sent(
        device, identity, pose, translation, motion, softened, gain
    )
    x = render(*head, INPUT, domain)
    soft = F.avg_pool2d(F.pad(x, (1,) * 4, mode="replicate"), 3, 1)
    x = x + softened * (soft - x)
    return (x * gain + 0.012 * grain(x, generator)).clamp(0, 1), motion


def losses(predicted, motion, basis, place_weight=1.0):
    """The sum to minimise, and its parts by name."""
    (intensities, angles, translation), true = split(predicted, basis), split(motion, basis)
    # Squared: most intensities are zero, and an absolute error would settle there.
    parts = {
        "intensities": (intensities - true[0]).square().mean(),
        "angles": F.smooth_l1_loss(angles * 5.0, true[1] * 5.0, beta=0.3),
        "translation": F.smooth_l1_loss(translation * 8.0, true[2] * 8.0, beta=0.3),
    }
    off_basis = (predicted[:, :64] - motion[:, :64]).square().mean()
    place = parts["angles"] + parts["translation"]
    return 20 * parts["intensities"] + place_weight * place + 0.1 * off_basis, parts


class Training:
    """One estimator, its optimiser and its data."""

    def __init__(self, options):
        self.options = options
        os.makedirs(options.out, exist_ok=True)
        self.path = os.path.join(options.out, f"estimator-{options.domain}.pt")
        resumed = runs.read(self.path) if options.resume and os.path.exists(self.path) else None
        begun = runs.read(options.start) if options.start and not resumed else None
        torch.manual_seed(options.seed)
        self.config = {"width": options.width, "blocks": list(options.blocks)}
        if resumed or begun:
            self.config = (resumed or begun)["config"]
        self.before = resumed["facts"].get("from") if resumed else begun and begun["facts"]
        self.network = Estimator(**self.config)
        self.generator = torch.Generator().manual_seed(options.seed)
        self.schedule = Schedule(options.steps, options.minutes)
        if resumed:
            self.network.load_state_dict(resumed["model"])
            self.generator.set_state(resumed["rng"])
            self.schedule = Schedule(
                options.steps, options.minutes, resumed["step"], resumed["spent"]
            )
        elif begun:
            self.network.load_state_dict(begun["model"])
        else:
            self.network.fc.weight.data.mul_(0.3)
        self.half = options.half or options.device.startswith("cuda")
        self.layout = torch.channels_last if self.half else torch.contiguous_format
        self.network.to(options.device, memory_format=self.layout).train()
        self.forward = self.network
        if options.compile:
            self.forward = torch.compile(self.network, dynamic=False)
        self.basis = rig.pose_basis()  # where poses are drawn, and where losses are
        self.basis_there = self.basis.to(options.device)
        self.means = Means(0.03)
        self.render = torch.compile(rig.render, dynamic=False) if options.compile else rig.render
        parameters = self.network.parameters()
        self.optimiser = torch.optim.AdamW(parameters, lr=options.lr, weight_decay=1e-3)
        if resumed:
            self.optimiser.load_state_dict(resumed["opt"])

    def step(self):
        """One step over a batch."""
        options = self.options
        for group in self.optimiser.param_groups:
            group["lr"] = self.schedule.rate(options.lr, 0.01 * options.lr, warm_up=50)
        x, motion = draw(
            self.generator, options.batch, options.domain, self.basis, options.device, self.render
        )
        with torch.autocast(options.device.split(":")[0], torch.bfloat16, self.half):
            predicted = self.forward(x.contiguous(memory_format=self.layout))
        total, parts = losses(
            predicted.float(), motion, self.basis_there, options.place_weight
        )
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        self.optimiser.step()
        for name, value in {"loss": total, **parts}.items():
            self.means.add(name, value.detach())
        self.schedule.step += 1

    def save(self):
        """Writes the checkpoint with what led to it."""
        options, schedule = self.options, self.schedule
        facts = {
            "seed": options.seed,
            "steps": schedule.step,
            "frames": schedule.step * options.batch,
            "minutes": round(schedule.spent / 60, 1),
        }
        if self.before:
            facts["from"] = self.before
        checkpoint = {
            "config": self.config,
            "model": self.network.state_dict(),
            "opt": self.optimiser.state_dict(),
            "step": schedule.step,
            "spent": schedule.spent,
            "rng": self.generator.get_state(),
            "facts": facts,
        }
        runs.write(checkpoint, self.path)

    def run(self):
        """Trains to the end, saving on the way."""
        while self.schedule.share < 1:
            self.step()
            if self.schedule.step % 100 == 0:
                print(f"{self.options.domain} {self.schedule.progress()} {self.means}", flush=True)
            if self.schedule.step % self.options.save_every == 0:
                self.save()
        self.save()


def parse(arguments=None):
    """The options of a training."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", required=True, help="the estimators' folder")
    add("--domain", required=True, choices=rig.DOMAINS)
    add("--blocks", type=int, nargs=4, default=[1, 1, 1, 1])
    add("--width", type=int, default=16)
    add("--batch", type=int, default=32)
    add_length(parser)
    add("--lr", type=float, default=3e-3)
    add("--place-weight", type=float, default=1.0, help="angles, translation against the rest")
    add("--seed", type=int, default=7)
    add("--threads", type=int, default=1)
    add("--compile", action="store_true", help="the renderer: faster after a minute or two")
    add("--start", help="checkpoint whose weights a new training begins from")
    add("--half", action="store_true", help="bfloat16 on a CPU that has it")
    add("--save-every", type=int, default=250)
    add("--resume", action="store_true", help="go on with this very training")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    torch.set_num_threads(options.threads)
    Training(options).run()


if __name__ == "__main__":
    main()
