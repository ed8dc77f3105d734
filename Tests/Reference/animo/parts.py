"""Puts a model together: the domains may have trained in one run or in several."""

import os

import torch

from . import model_file, rig, runs
from .estimator import Estimator
from .model_file import round_to_half
from .networks import AniMo


def add_parts(parser):
    """The options that say which runs make up a model."""
    for domain in rig.DOMAINS:
        help = "a run; or the run of the warping and the run of the editing network"
        parser.add_argument(f"--{domain}", required=True, nargs="+", metavar="RUN", help=help)
    help = "the estimators' folder, or a model file; of several, the last that has a domain's"
    parser.add_argument("--estimators", default=[], nargs="+", metavar="FROM", help=help)
    parser.add_argument("--native", type=int, default=128, help="size that training ended with")


def load_parts(options):
    """Model and estimators with weights as a model file holds them, widths, and how they came."""
    parts = {"anime": options.anime, "vox": options.vox}
    model, widths, phases = join(parts, options.native)
    estimators, facts = load_estimators(options.estimators)
    for network in [model, *estimators.values()]:
        round_to_half(network)
    return model, estimators, widths, {"phases": phases, "estimators": facts}


def join(parts, size):
    """The averaged AniMo for pictures of `size`, its widths, and how it was trained.

    `parts` gives each domain one run, or two: where the warping and where the editing comes from.
    The runs must share their motion network.
    """
    state, phases, widths = {}, {}, None
    for domain, letter in zip(rig.DOMAINS, "AV"):
        sources = {"warpping_net": parts[domain][0], "editing_net": parts[domain][-1]}
        for network, run in sources.items():
            checkpoint = runs.read(run)
            if widths not in (None, checkpoint["config"]):
                raise ValueError(f"{run}: expected widths {widths}, got {checkpoint['config']}")
            widths = checkpoint["config"]
            name = f"{domain}.{network}"
            phases[name] = {**checkpoint["facts"], "phases": _history(checkpoint["facts"], name)}
            for name, tensor in runs.averaged(checkpoint, size).items():
                if name.startswith(network + letter):
                    state[name] = tensor
                elif name.startswith("mapping_net"):
                    if not torch.equal(state.setdefault(name, tensor), tensor):
                        raise ValueError(f"{run}: its motion network is not the others'")
    model = AniMo(**widths)
    model.load_state_dict(state)
    return model.eval(), widths, phases


def _history(facts, name):
    """The phases of a network: where a run began from a model file, that network's before it."""
    first, *phases = facts["phases"] or [{}]
    before = first.get("from", {}).get("phases", {}).get(name)
    return [*_history(before, name), *phases] if before else facts["phases"]


def load_estimators(sources):
    """The estimators in folders or model files by domain, and how each was trained.

    Of several for a domain, the last one's.
    """
    networks, facts = {}, {}
    for source in sources:
        if source.endswith(".safetensors"):
            _, lent, _, metadata = model_file.load(source)
            networks.update(lent)
            facts.update(metadata["origin"]["estimators"])
            continue
        for domain in rig.DOMAINS:
            path = os.path.join(source, f"estimator-{domain}.pt")
            if not os.path.exists(path):
                continue
            checkpoint = runs.read(path)
            networks[domain] = Estimator(**checkpoint["config"])
            networks[domain].load_state_dict(checkpoint["model"])
            networks[domain].eval()
            facts[domain] = {**checkpoint["config"], **checkpoint["facts"]}
    return networks, facts
