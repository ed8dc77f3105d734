"""Numbers drawn on the CPU, handed to where the pictures are made."""

import torch


def sent(device, *tensors):
    """The tensors on the device. Does not wait for what the device is at: hence pinned memory."""
    if device == "cpu":
        return tensors
    return tuple(tensor.pin_memory().to(device, non_blocking=True) for tensor in tensors)


def grain(like, generator):
    """Normal noise of the shape and on the device of `like`; the generator is the CPU's."""
    if like.device.type == "cpu":
        return torch.randn(like.shape, generator=generator)
    seed = torch.randint(2**31, (), generator=generator).item()
    there = torch.Generator(like.device).manual_seed(seed)
    return torch.randn(like.shape, generator=there, device=like.device)
