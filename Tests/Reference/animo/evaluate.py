"""Measures a trained model on identities it has not seen, and draws contact sheets.

    python -m animo.evaluate --anime runs/anime --vox runs/vox --estimators runs/estimators \\
        --sheets sheets --results table.md
"""

import argparse
import math

import torch
from torch.nn import functional as F

from . import rig
from .estimator import INPUT
from .parts import add_parts, load_parts
from .reenact import SEED, draw_heads, reenact
from .sheets import draw_sheets
from .train_estimator import split


def psnr(a, b):
    """Decibels per picture."""
    return -10 * torch.log10((a - b).square().mean((1, 2, 3)).clamp_min(1e-8))


def ssim(a, b):
    """Structural similarity per picture, on luminance, with the usual 11-pixel Gaussian window."""
    luminance = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    a, b = (a * luminance).sum(1, keepdim=True), (b * luminance).sum(1, keepdim=True)
    t = torch.arange(11) - 5.0
    window = torch.exp(-t * t / 4.5)
    window = window / window.sum()

    def blur(x):
        return F.conv2d(F.conv2d(x, window.view(1, 1, 1, 11)), window.view(1, 1, 11, 1))

    mean_a, mean_b = blur(a), blur(b)
    variance = blur(a * a) - mean_a * mean_a + blur(b * b) - mean_b * mean_b
    covariance = blur(a * b) - mean_a * mean_b
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a * mean_a + mean_b * mean_b + c1) * (variance + c2)
    )
    return similarity.mean((1, 2, 3))


def boxes(identity, pose, translation, size, domain, which):
    """1 within the boxes around the landmarks `which`, (n, 1, size, size)."""
    positions, half = rig.landmarks(identity, pose, translation, domain)
    x, y = rig.grid(size, identity.device)
    mask = torch.zeros(identity.shape[0], size, size)
    for i in which:
        in_x = (x - positions[:, i, 0, None, None]).abs() < half[:, i, 0, None, None]
        in_y = (y - positions[:, i, 1, None, None]).abs() < half[:, i, 1, None, None]
        mask = torch.maximum(mask, (in_x & in_y).float())
    return mask[:, None]


class Scores:
    """Rows of a table: means over all pictures added under a name."""

    def __init__(self):
        self.rows = {}

    def add(self, name, output, target, eyes, mouth):
        """Adds pictures to a row."""
        error = (output - target).abs()
        columns = [psnr(output, target), ssim(output, target), error.mean((1, 2, 3))]
        for mask in (eyes, mouth):
            columns.append((error * mask).sum((1, 2, 3)) / (3 * mask.sum((1, 2, 3))))
        self.rows.setdefault(name, []).append(torch.stack(columns, 1))

    def table(self):
        """The rows as Markdown."""
        lines = [
            "| | PSNR dB | SSIM | L1 | L1 eyes | L1 mouth |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for name, values in self.rows.items():
            mean = torch.cat(values).mean(0).tolist()
            cells = [name, f"{mean[0]:.2f}"] + [f"{value:.4f}" for value in mean[1:]]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines)


@torch.no_grad()
def measure(model, estimator, basis, size, native, domain, n, chunk=8):
    """The table of one domain at one size."""
    generator, scores = torch.Generator().manual_seed(SEED + size), Scores()
    name = "model, true pose"
    if size != native:
        name += f" (run at {native}, enlarged)"
    for _ in range(0, n, chunk):
        identity, pose, translation = draw_heads(generator, chunk, domain)
        neutral, centred = torch.zeros(chunk, 20), torch.zeros(chunk, 3)
        source = rig.render(identity, neutral, centred, size, domain)
        target = rig.render(identity, pose, translation, size, domain)
        place = (identity, pose, translation, size, domain)
        compare = {"target": target, "eyes": boxes(*place, (0, 1)), "mouth": boxes(*place, (2,))}
        motion = rig.motion_vector(pose, translation, basis)
        warped, output = reenact(model, source, motion, domain, native)
        scores.add("copy the source", source, **compare)
        scores.add("flow warp only", warped, **compare)
        scores.add(name, output, **compare)
        if size != native:
            _, output = reenact(model, source, motion, domain, native, size)
            larger = f"model, true pose (flow at {native}, editing at {size})"
            scores.add(larger, output, **compare)
        if estimator:
            other, _, _ = draw_heads(generator, chunk, domain)
            frame = rig.render(other, pose, translation, INPUT, domain)
            _, output = reenact(model, source, estimator(frame), domain, native)
            scores.add("model, driven by a frame of another head", output, **compare)
    return scores.table()


ESTIMATOR_HEAD = """### Motion estimators

Mean absolute errors; after each slash the error of always answering the average.

| domain | pitch / yaw / roll, degrees | mean abs angle itself | brow morphs | eye morphs \
| mouth morphs | morphs that are on (> .25) | translation |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


@torch.no_grad()
def measure_estimator(estimator, basis, domain, n=512, chunk=64):
    """An estimator's row of the table."""
    generator = torch.Generator().manual_seed(SEED + 5)
    identity, pose, translation = draw_heads(generator, n, domain)
    motions = []
    for part in zip(identity.split(chunk), pose.split(chunk), translation.split(chunk)):
        motions.append(estimator(rig.render(*part, INPUT, domain)))
    intensities, angles, shift = split(torch.cat(motions), basis)
    true_angles = rig.motion_vector(pose, translation, basis)[:, 64:67]
    degrees = 180 / math.pi
    angle = (angles - true_angles).abs().mean(0) * degrees
    error = (intensities - pose[:, :17]).abs()
    average = (pose[:, :17].mean(0) - pose[:, :17]).abs()
    on = pose[:, :17] > 0.25
    cells = [
        domain,
        " / ".join(f"{value:.2f}" for value in angle),
        f"{true_angles.abs().mean() * degrees:.2f}",
    ]
    for part in (slice(0, 6), slice(6, 12), slice(12, 17)):
        cells.append(f"{error[:, part].mean():.3f} / {average[:, part].mean():.3f}")
    cells.append(f"{error[on].mean():.3f} / {average[on].mean():.3f}")
    cells.append(f"{(shift - translation).abs().mean():.3f}")
    return "| " + " | ".join(cells) + " |"


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_parts(parser)
    parser.add_argument("--sheets", default="", help="folder for contact sheets")
    parser.add_argument("--results", default="", help="file for the tables")
    parser.add_argument("--sizes", type=int, nargs="*", default=[128, 256])
    parser.add_argument("--n", type=int, default=48, help="identities per table")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)

    model, estimators, _, _ = load_parts(options)
    basis, tables = rig.pose_basis(), []
    if options.sheets:
        draw_sheets(model, estimators, basis, options.native, options.sheets)
    for size in options.sizes:
        for domain in rig.DOMAINS:
            estimator = estimators.get(domain)
            table = measure(model, estimator, basis, size, options.native, domain, options.n)
            tables.append(f"### {domain}, {size} x {size}\n\n{table}")
            print(tables[-1], flush=True)
    if estimators:
        rows = [measure_estimator(e, basis, domain) for domain, e in estimators.items()]
        tables.append("\n".join([ESTIMATOR_HEAD, *rows]))
        print(tables[-1], flush=True)
    if options.results:
        with open(options.results, "w", encoding="utf-8") as file:
            file.write("\n\n".join(tables) + "\n")


if __name__ == "__main__":
    main()
