"""A judge of expressions and angles: reads a pose off a picture, on true drawings only.

    python -m animo.judge --out runs/judge --domain anime --steps 4000

It shares nothing with what is served: another network, another seed, in no loss of the others'
training. `evaluate` asks it what it sees on drawings and on outputs.
"""

import argparse
import os

import torch
from torch import nn
from torch.nn import functional as F

from . import rig, runs
from .schedule import Means, Schedule, add_length
from .sending import grain, sent

SIZE = 128  # height and width of the pictures it reads
SEED = 90210
OUTPUTS = 20  # a pose, its angles over 20 degrees


class Judge(nn.Module):
    """Pictures (n, 3, 128, 128) in [0, 1] to poses (n, 20), the angles in degrees.

    It keeps where things are to the end: left and right differ by place alone.
    """

    def __init__(self, widths=(24, 32, 64, 96, 64)):
        super().__init__()
        self.stem = _layer(3, widths[0], 5, 2)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(_layer(a, b, 3, 2), _layer(b, b, 3, 1))
                for a, b in zip(widths, widths[1:])
            )
        )
        self.out = nn.Sequential(
            nn.Flatten(), nn.Linear(widths[-1] * 16, 128), nn.ReLU(), nn.Linear(128, OUTPUTS)
        )

    def forward(self, x):
        y = self.out(self.stages(self.stem(x - 0.5))).float()
        return torch.cat([y[:, :17], y[:, 17:] * 20.0], 1)


def _layer(channels_in, channels_out, kernel, stride):
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


@torch.no_grad()
def draw(generator, n, domain, device="cpu", render=rig.render):
    """n pictures, a little soft, dim or noisy some of them, and their poses."""
    identity = rig.sample_identity(n, domain, generator)
    pose = rig.sample_pose(identity, generator, max_angle=22.0)
    pose[:, :17] = (1.4 * pose[:, :17]).clamp_max(1)  # many at their height
    calm = torch.rand(n, 3, generator=generator) < 0.25
    for part, (first, end) in enumerate(((0, 6), (6, 12), (12, 17))):
        pose[:, first:end] *= ~calm[:, part, None]
    translation = rig.sample_translation(n, domain, generator)

    def uniform():
        return torch.rand(n, 1, 1, 1, generator=generator)

    softened, gain = (uniform() > 0.5) * uniform(), 1 + 0.1 * (2 * uniform() - 1)
    identity, pose, translation, softened, gain = sent(
        device, identity, pose, translation, softened, gain
    )
    x = render(identity, pose, translation, SIZE, domain)
    # Outputs are softer than drawings: what it sees must not hang on crisp edges.
    soft = F.avg_pool2d(F.pad(x, (1,) * 4, mode="replicate"), 3, 1)
    x = x + softened * (soft - x)
    return (x * gain + 0.01 * grain(x, generator)).clamp(0, 1), pose


def loss(predicted, pose):
    """Squared errors, of the intensities, brows twice, and of the angles in units of 20 degrees."""
    error = (predicted - pose).square()
    brows = 2 * error[:, :6].mean()
    return 4 * error[:, :17].mean() + brows + error[:, 17:].mean() / 400


def train(options):
    """Trains a domain's judge, or goes on where it was cut short; the running means at the end."""
    os.makedirs(options.out, exist_ok=True)
    file = path(options.out, options.domain)
    torch.manual_seed(SEED)
    network = Judge().to(options.device, memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.lr, weight_decay=1e-2)
    generator = torch.Generator().manual_seed(SEED)
    schedule, means = Schedule(options.steps, options.minutes), Means(0.02)
    if options.resume and os.path.exists(file):
        checkpoint = runs.read(file)
        network.load_state_dict(checkpoint["model"])
        optimiser.load_state_dict(checkpoint["opt"])
        generator.set_state(checkpoint["rng"])
        schedule = Schedule(
            options.steps, options.minutes, checkpoint["step"], checkpoint["spent"]
        )
    render = torch.compile(rig.render, dynamic=False) if options.compile else rig.render
    forward = torch.compile(network, dynamic=False) if options.compile else network

    def save():
        checkpoint = {
            "model": network.state_dict(),
            "opt": optimiser.state_dict(),
            "rng": generator.get_state(),
            "step": schedule.step,
            "spent": schedule.spent,
        }
        runs.write(checkpoint, file)

    while schedule.share < 1:
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(options.lr, 0.01 * options.lr, warm_up=50)
        x, pose = draw(generator, options.batch, options.domain, options.device, render)
        with torch.autocast(options.device.split(":")[0], torch.bfloat16):
            predicted = forward(x.contiguous(memory_format=torch.channels_last))
        total = loss(predicted, pose)
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        optimiser.step()
        schedule.step += 1
        error = (predicted - pose).abs().detach()
        means.add("loss", total.detach())
        means.add("intensities", error[:, :17].mean())
        means.add("degrees", error[:, 17:].mean())
        if schedule.step % 100 == 0:
            print(f"judge {options.domain} {schedule.progress()} {means}", flush=True)
        if schedule.step % 500 == 0:
            save()
    save()
    return means


def path(folder, domain):
    """Where a domain's judge lies in a folder."""
    return os.path.join(folder, f"judge-{domain}.pt")


def load(folder, domain):
    """A domain's judge, ready to read."""
    network = Judge()
    network.load_state_dict(runs.read(path(folder, domain))["model"])
    return network.eval()


def parse(arguments=None):
    """The options of a training."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", required=True, help="the judges' folder")
    add("--domain", required=True, choices=rig.DOMAINS)
    add("--batch", type=int, default=32)
    add_length(parser)
    add("--lr", type=float, default=2e-3)
    add("--threads", type=int, default=1)
    add("--compile", action="store_true", help="faster after a minute or two")
    add("--resume", action="store_true", help="go on with this very training")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    torch.set_num_threads(options.threads)
    train(options)


if __name__ == "__main__":
    main()
