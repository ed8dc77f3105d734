"""Model files: one safetensors file with the networks, the estimators and the pose basis."""

import json

from safetensors import safe_open
from safetensors.torch import save_file

from .estimator import Estimator
from .networks import AniMo

# published name: name in a model file
PREFIXES = {
    "mapping_net": "motion",
    "warpping_netA": "anime.warping",
    "editing_netA": "anime.editing",
    "warpping_netV": "vox.warping",
    "editing_netV": "vox.editing",
}


def save(path, model, estimators, basis, metadata):
    """Writes a model file, in float16 but for the basis."""
    tensors = {"pose_basis": basis}
    for name, tensor in model.state_dict().items():
        network, leaf = name.split(".", 1)
        tensors[f"{PREFIXES[network]}.{leaf}"] = _half(tensor)
    for domain, estimator in estimators.items():
        for leaf, tensor in estimator.state_dict().items():
            if not leaf.endswith("num_batches_tracked"):
                tensors[f"{domain}.estimator.{leaf}"] = _half(tensor)
    save_file(tensors, path, {"animo": json.dumps(metadata)})


def load(path):
    """The networks, the estimators by domain, the pose basis and the metadata of a model file."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
        metadata = json.loads(file.metadata()["animo"])
    model = AniMo(**metadata["widths"])
    model.load_state_dict(
        {
            f"{network}.{leaf}": tensor
            for network, prefix in PREFIXES.items()
            for leaf, tensor in _scoped(tensors, prefix).items()
        }
    )
    estimators = {}
    for domain in metadata["estimators"]:
        estimators[domain] = _estimator(_scoped(tensors, f"{domain}.estimator"))
    return model.eval(), estimators, tensors["pose_basis"], metadata


def round_to_half(module):
    """Rounds a module's weights through float16, as a model file holds them."""
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.is_floating_point():
            tensor.data.copy_(tensor.data.half().float())
    return module


def _half(tensor):
    return tensor.detach().half().contiguous()


def _scoped(tensors, prefix):
    """The tensors under a prefix, by their leaf names."""
    prefix += "."
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _estimator(state):
    """An estimator of the width and depth that its tensors show."""
    depth = [
        sum(k.startswith(f"layer{i}.") and k.endswith("conv1.weight") for k in state)
        for i in (1, 2, 3, 4)
    ]
    network = Estimator(state["conv1.weight"].shape[0], depth)
    network.load_state_dict({**network.state_dict(), **state})
    return network.eval()
