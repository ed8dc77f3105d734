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
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
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
            by_shape, vectors = {}, []
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                rows, columns = parameter.shape[0], parameter[0].numel()
                if parameter.ndim < 2 or min(rows, columns) < 2:
                    vectors.append(parameter)
                else:
                    by_shape.setdefault((rows, columns), []).append(parameter)
            if vectors:
                self._adam(vectors, group)
            for shape, alike in by_shape.items():
                self._muon(alike, shape, group)

    def _kept(self, name, parameters):
        """A kind of the optimiser's state, as one list, so that few kernels do all of a step."""
        for parameter in parameters:
            if name not in self.state[parameter]:
                self.state[parameter][name] = torch.zeros_like(parameter)
        return [self.state[parameter][name] for parameter in parameters]

    def _muon(self, parameters, shape, group):
        gradients = [parameter.grad for parameter in parameters]
        first = self._kept("first", parameters)
        torch._foreach_lerp_(first, gradients, 1 - group["momentum"])
        pushes = torch._foreach_lerp(gradients, first, group["momentum"])
        ways = orthogonal(torch.stack([push.reshape(shape) for push in pushes]))
        ways = [way.reshape(p.shape) for way, p in zip(ways, parameters)]
        length = group["lr"] * 0.2 * max(shape) ** 0.5
        torch._foreach_add_(parameters, ways, alpha=-length)

    def _adam(self, parameters, group):
        gradients = [parameter.grad for parameter in parameters]
        means, squares = (self._kept(name, parameters) for name in ("first", "second"))
        first, second = group["betas"]
        torch._foreach_lerp_(means, gradients, 1 - first)
        torch._foreach_lerp_(squares, torch._foreach_mul(gradients, gradients), 1 - second)
        means = torch._foreach_div(means, 1 - first ** group["steps"])
        squares = torch._foreach_div(squares, 1 - second ** group["steps"])
        torch._foreach_sqrt_(squares)
        torch._foreach_add_(squares, 1e-8)
        torch._foreach_addcdiv_(parameters, means, squares, value=-group["lr"])
