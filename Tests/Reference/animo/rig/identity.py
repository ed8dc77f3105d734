"""Identities: the numbers that tell one head from another."""

import torch

DOMAINS = ("anime", "vox")

# name: (anime low, anime high, vox low, vox high), drawn uniformly unless sample_identity says
# otherwise. The order is that of the identity vector, and of the random draws.
RANGES = {
    "face_w": (0.42, 0.50, 0.40, 0.46),
    "face_up": (0.56, 0.62, 0.56, 0.64),
    "face_low": (0.50, 0.60, 0.58, 0.68),
    "taper": (0.22, 0.42, 0.12, 0.30),
    "face_cy": (0.02, 0.06, 0.0, 0.04),
    "eye_x": (0.19, 0.235, 0.165, 0.20),
    "eye_y": (0.10, 0.17, -0.02, 0.04),
    "eye_w": (0.115, 0.15, 0.075, 0.095),
    "eye_h": (0.115, 0.17, 0.036, 0.050),
    "iris_r": (0.60, 0.78, 0.44, 0.54),
    "pupil": (0.40, 0.62, 0.42, 0.55),
    "eye_tilt": (-0.15, 0.12, -0.12, 0.06),
    "lash": (0.018, 0.034, 0.008, 0.014),
    "brow_gap": (0.055, 0.085, 0.075, 0.10),
    "brow_w": (0.10, 0.14, 0.10, 0.125),
    "brow_t": (0.008, 0.02, 0.012, 0.024),
    "brow_bend": (0.3, 1.6, 0.4, 1.6),
    "nose_y": (0.30, 0.34, 0.22, 0.27),
    "nose_s": (0.010, 0.022, 0.045, 0.065),
    "mouth_y": (0.42, 0.46, 0.38, 0.43),
    "mouth_w": (0.075, 0.12, 0.12, 0.155),
    "smile": (0.0, 0.030, -0.008, 0.016),
    "lip": (0.004, 0.010, 0.018, 0.032),
    "bang_y": (-0.22, -0.04, -0.40, -0.27),
    "bang_amp": (0.03, 0.13, 0.0, 0.03),
    "bang_freq": (2.2, 5.5, 2.0, 7.0),
    "bang_phase": (0.0, 6.28, 0.0, 6.28),
    "bang_slope": (-0.13, 0.13, -0.25, 0.25),
    "bang_side": (0.5, 1.4, 0.9, 1.9),
    "part_x": (-0.25, 0.25, -0.3, 0.3),
    "part_amp": (0.0, 0.22, 0.0, 0.08),
    "hair_w": (0.56, 0.64, 0.48, 0.54),
    "hair_top": (0.66, 0.76, 0.64, 0.71),
    "back_len": (0.25, 1.15, 0.05, 0.9),
    "back_w": (0.58, 0.72, 0.46, 0.58),
    "lock_x": (0.90, 0.99, 0.94, 1.0),
    "lock_len": (0.0, 0.75, -0.2, 0.15),
    "lock_w": (0.05, 0.10, 0.03, 0.05),
    "tails": (0.0, 1.0, 0.0, 0.0),
    "tail_x": (0.60, 0.70, 0.6, 0.7),
    "tail_y": (-0.15, 0.2, 0, 0),
    "ring": (-0.42, -0.28, -0.5, -0.3),
    "ring_w": (0.0, 0.5, 0.0, 0.12),
    "strand": (0.0, 0.10, 0.02, 0.10),
    "strand_f": (14, 30, 30, 55),
    "ear_y": (0.12, 0.2, 0.06, 0.12),
    "ear_s": (0.07, 0.10, 0.09, 0.12),
    "ribbon": (0.0, 1.0, 0.0, 0.0),
    "ribbon_x": (-0.45, 0.45, 0, 0),
    "glasses": (0.0, 1.0, 0.0, 1.0),
    "glass_r": (0.14, 0.17, 0.105, 0.13),
    "beard": (0.0, 0.0, 0.0, 1.0),
    "blush": (0.0, 0.5, 0.0, 0.15),
    "cloth_w": (0.50, 0.72, 0.72, 0.95),
    "shadow": (0.0, 1.0, 0.0, 1.0),
    "soft": (0.0, 1.0, 0.6, 1.0),
    "outline": (0.0, 1.0, 0.0, 0.0),
    "light_x": (-0.5, 0.5, -0.8, 0.8),
    "light_y": (-0.7, -0.3, -0.7, -0.1),
    "shared_eyes": (0.0, 1.0, 0.0, 1.0),
    "bg_a": (0.0, 1.0, -1.5, 1.5),
    "bg_b": (0.0, 1.0, -1.5, 1.5),
    "bg_f1": (1.0, 1.0, 1.0, 5.0),
    "bg_f2": (1.0, 1.0, 1.0, 5.0),
    "bg_p1": (0.0, 6.28, 0.0, 6.28),
    "bg_p2": (0.0, 6.28, 0.0, 6.28),
}
COLOURS = ("skin", "hair", "eye", "cloth", "brow", "accessory", "lip", "background0", "background1")
NAMES = tuple(RANGES)
INDEX = {name: i for i, name in enumerate(NAMES)}


def sample_identity(n, domain, generator):
    """n random identities of one domain, (n, len(NAMES) + 3 * len(COLOURS)), on the CPU."""

    def uniform(low=0.0, high=1.0):
        return low + (high - low) * torch.rand(n, generator=generator)

    def coin(chance):
        return (uniform() < chance).float()

    anime = domain == "anime"
    low = 0 if anime else 2
    shape = {name: uniform(r[low], r[low + 1]) for name, r in RANGES.items()}
    shape["glasses"] = coin(0.12 if anime else 0.18)
    shape["shared_eyes"] = coin(0.30)
    if anime:
        colours = _anime(shape, uniform, coin, generator)
    else:
        colours = _vox(shape, uniform, coin)
    vector = torch.stack([shape[name] for name in NAMES], 1)
    return torch.cat([vector] + [colour.clamp(0, 1) for colour in colours], 1)


def _anime(shape, uniform, coin, generator):
    """Draws what only cartoon heads have; returns the colours."""
    shape["tails"] = coin(0.25)
    shape["ribbon"] = coin(0.25)
    shape["part_amp"] = shape["part_amp"] * coin(0.5)
    style = torch.randint(0, 4, shape["soft"].shape, generator=generator)
    flat_shadow, soft_light, ink = 1, 2, 3
    shape["shadow"] = (style == flat_shadow).float() + 0.5 * (style == ink).float()
    shape["soft"] = (style == soft_light).float()
    shape["outline"] = (style == ink).float()

    skin = _rgb(uniform(0.045, 0.085), uniform(0.08, 0.28), uniform(0.92, 1.0))
    skin = skin * torch.where(coin(0.12)[:, None] > 0, 0.78, 1.0)
    natural = _rgb(uniform(0.03, 0.12), uniform(0.25, 0.7), uniform(0.18, 0.8))
    vivid = _rgb(uniform(), uniform(0.2, 0.65), uniform(0.35, 1.0))
    hair = torch.where(coin(0.45)[:, None] > 0, natural, vivid)
    eye = _rgb(uniform(), uniform(0.5, 0.9), uniform(0.5, 0.95))
    lip = skin * torch.tensor([0.80, 0.52, 0.50])
    return _colours(skin, hair, eye, lip, hair * 0.55, uniform)


def _vox(shape, uniform, coin):
    """Draws what only human-like heads have; returns the colours."""
    shape["beard"] = coin(0.2) * uniform(0.2, 0.8)

    skin = _rgb(uniform(0.035, 0.075), uniform(0.25, 0.55), uniform(0.38, 0.95))
    hair = _rgb(uniform(0.04, 0.11), uniform(0.1, 0.65), uniform(0.07, 0.62))
    hair = hair * torch.where(coin(0.1)[:, None] > 0, 1.25, 1.0)
    hue = torch.where(coin(0.6) > 0, uniform(0.05, 0.1), uniform(0.3, 0.6))
    eye = _rgb(hue, uniform(0.3, 0.7), uniform(0.25, 0.6))
    redness = [uniform(0.82, 0.98), uniform(0.55, 0.75), uniform(0.58, 0.78)]
    lip = skin * torch.stack(redness, -1)
    return _colours(skin, hair, eye, lip, hair * 0.7, uniform)


def _colours(skin, hair, eye, lip, brow, uniform):
    """All colours in the order of COLOURS; those left are drawn."""
    cloth = _rgb(uniform(), uniform(0.1, 0.8), uniform(0.2, 0.95))
    accessory = _rgb(uniform(), uniform(0.5, 0.95), uniform(0.5, 1.0))
    background0 = _rgb(uniform(), uniform(0.05, 0.5), uniform(0.25, 0.95))
    background1 = _rgb(uniform(), uniform(0.05, 0.5), uniform(0.15, 0.9))
    return [skin, hair, eye, cloth, brow, accessory, lip, background0, background1]


def _rgb(hue, saturation, value):
    """HSV in 0...1, each (n), to RGB, (n, 3)."""
    k = torch.stack([(5 + 6 * hue) % 6, (3 + 6 * hue) % 6, (1 + 6 * hue) % 6], -1)
    falloff = torch.clamp(torch.minimum(k, 4 - k), 0, 1)
    return value[..., None] * (1 - saturation[..., None] * falloff)
