"""The table by which a built-in model is chosen: what its outputs show, on heads never trained on.

    python -m animo.table --model ../../Sources/CAnimoDemo/model/demo.safetensors \\
        --judges runs/judge

Quality in decibels, expressions and angles as a judge reads them off the outputs, and how far a
frame of another head falls behind the true pose. All at 256 x 256, all on seeds of its own.
"""

import argparse
import json
import os

import torch

from . import judge, model_file, rig
from .estimator import INPUT
from .evaluate import boxes, psnr
from .reenact import SEED, draw_heads, reenact, resize

SIZE = 256
EXPRESSIONS = {
    "closed eyes": (6, 7),
    "mouth A": (12,),
    "mouth O": (15,),
    "raised brows": (2, 3),
    "angry brows": (0, 1),
}


class Model:
    """A model file and how it draws at 256: at its native size, enlarged where that is smaller."""

    def __init__(self, path, editing=None):
        self.networks, self.estimators, self.basis, metadata = model_file.load(path)
        self.native, self.editing = metadata["native_size"], editing

    def draw(self, source, motion, domain):
        """The warped source and the output."""
        return reenact(self.networks, source, motion, domain, self.native, self.editing)

    def pose(self, source, pose, translation, domain):
        """The same, by a pose."""
        return self.draw(source, rig.motion_vector(pose, translation, self.basis), domain)


def in_box(output, target, mask):
    """Decibels within a mask, over all its pixels."""
    error = ((output - target).square() * mask).sum() / (3 * mask.sum())
    return -10 * torch.log10(error).item()


def quality(model, domain, n, chunk=8):
    """Decibels of a neutral head set in motion: whole, at the eyes, at the mouth."""
    generator, rows = torch.Generator().manual_seed(SEED + SIZE), {}
    for _ in range(0, n, chunk):
        identity, pose, translation = draw_heads(generator, chunk, domain)
        still = torch.zeros(chunk, 20), torch.zeros(chunk, 3)
        source = rig.render(identity, *still, SIZE, domain)
        target = rig.render(identity, pose, translation, SIZE, domain)
        place = (identity, pose, translation, SIZE, domain)
        eyes, mouth = boxes(*place, (0, 1)), boxes(*place, (2,))
        other, _, _ = draw_heads(generator, chunk, domain)  # as evaluate draws them
        frame = rig.render(other, pose, translation, INPUT, domain)
        warped, output = model.pose(source, pose, translation, domain)
        drawn = {"warp": warped, "model": output}
        if domain in model.estimators:
            motion = model.estimators[domain](frame)
            drawn["another head"] = model.draw(source, motion, domain)[1]
        for name, picture in drawn.items():
            values = [psnr(picture, target).mean().item()]
            values += [in_box(picture, target, mask) for mask in (eyes, mouth)]
            rows.setdefault(name, []).append(values)
    return {name: torch.tensor(values).mean(0).tolist() for name, values in rows.items()}


def across(model, domain, n, chunk=8):
    """Decibels by the true pose and by a frame of the other domain; heads are centred."""
    other = next(d for d in rig.DOMAINS if d != domain)
    if other not in model.estimators:
        return None
    generator, values = torch.Generator().manual_seed(SEED + 40), []
    centred = torch.zeros(chunk, 3)
    for _ in range(0, n, chunk):
        identity, pose, _ = draw_heads(generator, chunk, domain)
        source = rig.render(identity, torch.zeros(chunk, 20), centred, SIZE, domain)
        target = rig.render(identity, pose, centred, SIZE, domain)
        driver, _, _ = draw_heads(generator, chunk, other)
        motion = model.estimators[other](rig.render(driver, pose, centred, INPUT, other))
        by_frame = model.draw(source, motion, domain)[1]
        by_pose = model.pose(source, pose, centred, domain)[1]
        values.append([psnr(p, target).mean().item() for p in (by_pose, by_frame)])
    return torch.tensor(values).mean(0).tolist()


def expressions(model, network, domain, n, chunk=8):
    """What a judge reads on drawings and on outputs, without and with each expression.

    Heads are turned by up to 10 degrees; each expression comes alone, in full, on both sides.
    """
    generator, readings = torch.Generator().manual_seed(SEED + 60), {}
    for _ in range(0, n, chunk):
        identity, pose, translation = draw_heads(generator, chunk, domain)
        pose = pose * torch.tensor([0.0] * 17 + [0.5] * 3)
        still = torch.zeros(chunk, 20), torch.zeros(chunk, 3)
        source = rig.render(identity, *still, SIZE, domain)
        calm = _read(model, network, identity, source, pose, translation, domain)
        for name, channels in EXPRESSIONS.items():
            full = pose.clone()
            full[:, channels] = 1.0
            shown = _read(model, network, identity, source, full, translation, domain)
            both = [x[:, channels].mean().item() for pair in zip(calm, shown) for x in pair]
            readings.setdefault(name, []).append(both)
    return {name: torch.tensor(values).mean(0).tolist() for name, values in readings.items()}


def _read(model, network, identity, source, pose, translation, domain):
    """The judge's poses of the drawing and of the output."""
    drawing = rig.render(identity, pose, translation, judge.SIZE, domain)
    output = model.pose(source, pose, translation, domain)[1]
    return network(drawing), network(resize(output, judge.SIZE))


def angles(model, network, domain, n, chunk=8):
    """Mean errors in degrees of the judge's angles, of drawings and of outputs."""
    generator, errors = torch.Generator().manual_seed(SEED + 80), []
    for _ in range(0, n, chunk):
        identity, pose, translation = draw_heads(generator, chunk, domain)
        still = torch.zeros(chunk, 20), torch.zeros(chunk, 3)
        source = rig.render(identity, *still, SIZE, domain)
        read = _read(model, network, identity, source, pose, translation, domain)
        errors.append([(r[:, 17:] - pose[:, 17:]).abs().mean().item() for r in read])
    return torch.tensor(errors).mean(0).tolist()


def measure(model, judges, n):
    """Everything, as plain numbers by domain."""
    table = {}
    for domain in rig.DOMAINS:
        row = {"quality": quality(model, domain, n), "across": across(model, domain, n)}
        if judges and os.path.exists(judge.path(judges, domain)):
            network = judge.load(judges, domain)
            row["expressions"] = expressions(model, network, domain, n)
            row["angles"] = angles(model, network, domain, n)
        table[domain] = row
    return table


def markdown(table):
    """The numbers as tables."""
    lines = []
    for domain, row in table.items():
        lines += [f"### {domain}", "", "| dB | whole | eyes | mouth |", "| --- | --- | --- | --- |"]
        for name, values in row["quality"].items():
            lines.append(f"| {name} | " + " | ".join(f"{v:.2f}" for v in values) + " |")
        if row["across"]:
            true, other = row["across"]
            lines += ["", f"A frame of the other domain: {other:.2f} dB, its true pose {true:.2f}."]
        if "expressions" in row:
            head = "| judge reads | drawing at 0 | at 1 | output at 0 | at 1 | share of the rise |"
            lines += ["", head, "| --- | --- | --- | --- | --- | --- |"]
            for name, (drawn_0, drawn_1, out_0, out_1) in row["expressions"].items():
                share = (out_1 - out_0) / (drawn_1 - drawn_0)
                values = (drawn_0, drawn_1, out_0, out_1, share)
                lines.append(f"| {name} | " + " | ".join(f"{v:.2f}" for v in values) + " |")
            drawn, output = row["angles"]
            lines += ["", f"Angles: {output:.2f} degrees off on outputs, {drawn:.2f} on drawings."]
        lines.append("")
    return "\n".join(lines)


@torch.no_grad()
def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", required=True, help="a model file")
    add("--judges", default="", help="the judges' folder")
    add("--editing", type=int, help="size that the editing network runs at; the native size")
    add("--n", type=int, default=48, help="heads per number; a multiple of 8")
    add("--threads", type=int, default=1)
    add("--json", default="", help="file for the plain numbers")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    table = measure(Model(options.model, options.editing), options.judges, options.n)
    print(markdown(table))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(table, file, indent=1)


if __name__ == "__main__":
    main()
