"""Trains AniMo on drawn heads. Stage 1: motion and warping networks; stage 2: all networks.

    python -m animo.train --out runs/demo --config demo --stage 1 --size 128 --minutes 15
    python -m animo.train --out runs/demo --stage 2 --size 128 --minutes 25

Each call adds a phase to the run, from its averaged weights. A call that was cut short goes on by
the same command with --resume.
"""

import argparse
import copy
import json
import os

import torch

from . import rig, runs
from .losses import RandomFeatures, stage_losses
from .muon import Muon
from .networks import CONFIGS, AniMo, deformation, warp
from .pairs import Pairs
from .schedule import Means, Schedule, add_length
from .start import CARRYING, attend_to_expressions, attend_to_movement, hand_through

STARTING_PAIRS, HELD_OUT = 77, 991  # seeds


class Phase:
    """One phase of a run: its networks, its optimiser, its data."""

    def __init__(self, options):
        self.options = options
        self.path = os.path.join(options.out, "last.pt")
        os.makedirs(options.out, exist_ok=True)
        begin = self.path if os.path.exists(self.path) else options.start
        checkpoint = runs.read(begin) if begin else None
        resumed = checkpoint if options.resume else None

        self.widths = checkpoint["config"] if checkpoint else CONFIGS[options.config]
        self.facts = checkpoint["facts"] if checkpoint else {"seed": options.seed, "phases": []}
        if resumed:
            self.facts["phases"].pop()
        self.basis = rig.pose_basis().to(options.device)
        self.schedule = Schedule(
            options.steps,
            options.minutes,
            *((resumed["step"], resumed["spent"]) if resumed else ()),
        )
        self.means = Means(0.02)
        seed = options.seed + 1000 * len(self.facts["phases"]) + options.stage
        self.pairs = Pairs(seed, options.device, options.compile, options.still, options.closing)
        self._build(checkpoint, resumed)
        self.optimiser = self._optimiser()
        if resumed:
            self.optimiser.load_state_dict(resumed["opt"])
            self.pairs.generator.set_state(resumed["rng"])
        wants_features = options.feature_weight and options.stage == 2
        self.features = RandomFeatures().to(options.device) if wants_features else None

    def _build(self, checkpoint, resumed):
        """The model and its running average."""
        options = self.options
        torch.manual_seed(options.seed)
        model = AniMo(**self.widths)
        attend_to_movement(model.mapping_net)
        if checkpoint:
            average = runs.averaged(checkpoint, options.size)
            model.load_state_dict(checkpoint["model"] if resumed else average)
            if not resumed:
                attend_to_expressions(model.mapping_net, options.expression_gain)
        if options.warp_from:
            other = runs.averaged(runs.read(options.warp_from), options.size)
            kept = {name: tensor for name, tensor in other.items() if "editing" not in name}
            model.load_state_dict(kept, strict=False)
        if options.stage == 2 and all(phase["stage"] == 1 for phase in self.facts["phases"]):
            for domain in options.domains:
                pictures = Pairs(STARTING_PAIRS, "cpu").draw(16, options.size, domain)["source"]
                hand_through(model.nets(domain)[1], pictures)
        self.cuda = options.device.startswith("cuda")
        self.layout = torch.channels_last if self.cuda or options.half else torch.contiguous_format
        self.model = model.to(options.device, memory_format=self.layout)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        if resumed:
            self.average.load_state_dict(average)
        if options.compile and (options.half or self.cuda):  # only then it is the faster way
            for network in self.model.children():
                network.compile(dynamic=False)

    def _optimiser(self):
        """Over what this phase trains; what carries the picture may learn more slowly."""
        options, frozen = self.options, []
        if options.edit_only:
            frozen += ["warpping", "mapping_net"]
        if options.stage == 1:
            frozen += ["editing"]
        if options.freeze_motion:
            frozen += ["mapping_net"]
        frozen += [
            f"net{letter}" for d, letter in zip(rig.DOMAINS, "AV") if d not in options.domains
        ]
        carrying, others = [], []
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(not any(part in name for part in frozen))
            if parameter.requires_grad:
                carries = any(part in name for part in CARRYING)
                (carrying if carries else others).append(parameter)
        self.trained = others + carrying
        groups = [
            {"params": others, "share": 1.0},
            {"params": carrying, "share": options.carry_lr},
        ]
        used = [group for group in groups if group["params"]]
        if options.muon:
            return Muon(used, lr=options.lr)
        return torch.optim.Adam(used, lr=options.lr, betas=(0.9, 0.99))

    def _edit_size(self):
        """The size of the next pictures: one of those that the editing network is trained for."""
        sizes = self.options.edit_sizes or [self.options.size]
        choice = torch.randint(len(sizes), (), generator=self.pairs.generator) if sizes[1:] else 0
        return sizes[choice]

    def step(self):
        """One step over a batch of each domain."""
        options = self.options
        rate = self.schedule.rate(options.lr, options.lr_end, warm_up=40)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["share"]
        self.optimiser.zero_grad(set_to_none=True)
        for domain in options.domains:
            size = self._edit_size()
            batch = self.pairs.draw(options.batch, size, domain, options.size)
            batch["source"] = batch["source"].contiguous(memory_format=self.layout)
            device = options.device.split(":")[0]
            with torch.autocast(device, torch.bfloat16, self.cuda or options.half):
                total, parts = stage_losses(
                    self.model, self.basis, batch, options, self.features, self.pairs.generator
                )
            total.backward()
            for name, value in parts.items():
                self.means.add(f"{domain}.{name}", value.detach())
        torch.nn.utils.clip_grad_norm_(self.trained, 1.0)
        self.optimiser.step()
        self._follow()
        self.schedule.step += 1

    @torch.no_grad()
    def _follow(self):
        """Moves the running average."""
        step = self.schedule.step + 1
        momentum = min(self.options.ema, (step + 1) / (step + 10))
        targets = list(self.model.parameters())
        torch._foreach_lerp_(list(self.average.parameters()), targets, 1 - momentum)

    def save(self):
        """Writes the checkpoint with what led to it."""
        options, schedule = self.options, self.schedule
        phase = {
            "stage": options.stage,
            "size": options.size,
            "edit_sizes": options.edit_sizes,
            "domains": options.domains,
            "steps": schedule.step,
            "pairs_per_domain": schedule.step * options.batch,
            "motion_frozen": options.freeze_motion,
            "edit_only": options.edit_only,
            "true_flow": options.true_flow,
            "batch_per_domain": options.batch,
            "optimiser": "muon" if options.muon else "adam",
            "lr": [options.lr, options.lr_end],
            "minutes": round(schedule.spent / 60, 1),
            "losses": {name: round(float(value), 5) for name, value in self.means.items()},
        }
        checkpoint = {
            "config": self.widths,
            "size": options.size,
            "model": self.model.state_dict(),
            "ema": self.average.state_dict(),
            "opt": self.optimiser.state_dict(),
            "step": schedule.step,
            "spent": schedule.spent,
            "rng": self.pairs.generator.get_state(),
            "facts": {**self.facts, "phases": self.facts["phases"] + [phase]},
        }
        runs.write(checkpoint, self.path)

    @torch.no_grad()
    def held_out(self, n=12):
        """Absolute errors of the source itself, warped and edited: whole, and eyes and mouth."""
        pairs, errors = Pairs(HELD_OUT, self.options.device), {}
        for domain in self.options.domains:
            batch = pairs.draw(n, self.options.size, domain)
            motion = rig.motion_vector(batch["pose"], batch["translation"], self.basis)
            flow, output = self.average(batch["source"], motion, domain)
            warped = warp(batch["source"], deformation(flow))
            pictures = {"copy": batch["source"], "warp": warped, "out": output.clamp(0, 1)}
            focus = batch["focus"]
            for name, picture in pictures.items():
                error = (picture - batch["driving"]).abs()
                near = (error * focus).sum() / (focus.sum() * 3)
                errors[f"{domain}.{name}"] = [round(e.item(), 4) for e in (error.mean(), near)]
        return errors

    def run(self):
        """Trains to the phase's end, saving on the way."""
        while self.schedule.share < 1:
            self.step()
            if self.schedule.step % 50 == 0:
                print(
                    f"stage {self.options.stage} {self.schedule.progress()} {self.means}",
                    flush=True,
                )
            if self.schedule.step % self.options.save_every == 0:
                self.save()
        self.save()
        print("held out:", json.dumps(self.held_out()), flush=True)


def parse(arguments=None):
    """The options of a phase."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", required=True, help="the run's folder")
    add("--config", default="demo", choices=CONFIGS, help="widths of a new run")
    add("--stage", type=int, default=1, choices=(1, 2))
    add("--size", type=int, default=128, help="height and width of the pictures")
    add(
        "--edit-sizes",
        type=int,
        nargs="+",
        help="stage 2: sizes that the editing network runs at, each drawn as often as the others",
    )
    add("--domains", nargs="+", default=list(rig.DOMAINS), choices=rig.DOMAINS)
    add("--start", help="checkpoint or model file that a new run begins from")
    add("--freeze-motion", action="store_true", help="so that two processes can share it")
    add("--edit-only", action="store_true", help="stage 2: train the editing network alone")
    add(
        "--true-flow",
        type=float,
        default=0.0,
        help="stage 2: share of steps that the editing network spends on the rig's flow",
    )
    add("--carry-lr", type=float, default=1.0, help="share of --lr for what carries the picture")
    add("--warp-from", help="take the warping networks of this checkpoint")
    add("--batch", type=int, default=8, help="pairs per domain and step")
    add_length(parser)
    add("--lr", type=float, default=1e-3)
    add("--lr-end", type=float, default=1e-4)
    add("--focus", type=float, default=4.0, help="extra weight on eyes and mouth")
    add("--flow-weight", type=float, default=4.0)
    add("--expression-gain", type=float, default=1.0, help="expressions louder from the start")
    add("--still", type=float, default=0.25, help="share of pairs whose head keeps still")
    add("--expressed-weight", type=float, default=0.0, help="flow where the expression moves it")
    add("--closing", type=float, default=0.0, help="share of eyes that close, mouths that open")
    add("--eye-weight", type=float, default=0.0, help="flow at the eyes against anywhere")
    add("--muon", action="store_true", help="Muon's steps instead of Adam's")
    add("--near-weight", type=float, default=1.0, help="flow at eyes and mouth against anywhere")
    add("--feature-weight", type=float, default=0.25)
    add("--square-weight", type=float, default=0.0, help="squared beside absolute differences")
    add("--ema", type=float, default=0.998, help="momentum of the averaged weights")
    add("--seed", type=int, default=2024)
    add("--threads", type=int, default=2)
    add("--compile", action="store_true", help="faster after some minutes")
    add("--half", action="store_true", help="bfloat16 on a CPU that has it")
    add("--save-every", type=int, default=300)
    add("--resume", action="store_true", help="go on with this very phase")
    add("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    torch.set_num_threads(options.threads)
    Phase(options).run()


if __name__ == "__main__":
    main()
