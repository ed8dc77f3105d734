"""Muon: orthogonal steps for matrices, Adam's for vectors.

K. Jordan and others, "Muon: an optimizer for hidden layers in neural networks" (2024); the scale by
which its steps are as long as Adam's is J. Liu and others' ("Muon is scalable for LLM training",
2025). A kernel counts as the matrix of its outputs by all else.
"""

import torch

COEFFICIENTS = 3.4445, -4.7750, 2.0315


def orthogonal(matrices, steps=5):
    """(k, rows, columns) to nearly orthogonal ones of the same singular vectors."""
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(steps):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Groups of parameters with a learning rate each, as Adam's."""

    def __init__(self, parameters, lr, momentum=0.95, betas=(0.9, 0.99)):
        defaults = {"lr": lr, "momentum": momentum, "betas": betas, "steps": 0}
        super().__init__(parameters, defaults)

    @torch.no_grad()
    def step(self):
        """One step by the gradients."""
        for group in self.param_groups:
            group["steps"] += 1
            by_shape = {}
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                rows, columns = parameter.shape[0], parameter[0].numel()
                if parameter.ndim < 2 or min(rows, columns) < 2:
                    self._adam(parameter, group)
                else:
                    by_shape.setdefault((rows, columns), []).append(parameter)
            for shape, alike in by_shape.items():
                self._muon(alike, shape, group)

    def _muon(self, parameters, shape, group):
        pushes = []
        for parameter in parameters:
            state = self.state[parameter]
            if "first" not in state:
                state["first"] = torch.zeros_like(parameter)
            state["first"].lerp_(parameter.grad, 1 - group["momentum"])
            pushes.append(parameter.grad.lerp(state["first"], group["momentum"]).reshape(shape))
        length = group["lr"] * 0.2 * max(shape) ** 0.5
        for parameter, push in zip(parameters, orthogonal(torch.stack(pushes))):
            parameter.add_(push.reshape(parameter.shape), alpha=-length)

    def _adam(self, parameter, group):
        state = self.state[parameter]
        if "first" not in state:
            state["first"] = torch.zeros_like(parameter)
            state["second"] = torch.zeros_like(parameter)
        first, second = group["betas"]
        state["first"].lerp_(parameter.grad, 1 - first)
        state["second"].lerp_(parameter.grad.square(), 1 - second)
        mean = state["first"] / (1 - first ** group["steps"])
        square = state["second"] / (1 - second ** group["steps"])
        parameter.addcdiv_(mean, square.sqrt().add_(1e-8), value=-group["lr"])
