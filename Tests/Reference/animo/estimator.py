"""A slim ResNet that reads a motion off a picture; tensor names as torchvision's."""

from torch import nn
from torch.nn import functional as F

INPUT = 128  # height and width of the pictures it reads
COEFFICIENTS = 70


class Estimator(nn.Module):
    """Pictures (n, 3, 128, 128) in [0, 1] to motions (n, 70)."""

    def __init__(self, width=16, blocks=(1, 1, 1, 1)):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.stages = len(blocks)
        channels = width
        for i, count in enumerate(blocks):
            stage = [BasicBlock(channels, width * 2**i, 2 if i else 1)]
            channels = width * 2**i
            stage += [BasicBlock(channels, channels, 1) for _ in range(count - 1)]
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
        self.fc = nn.Linear(channels, COEFFICIENTS)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for i in range(self.stages):
            x = getattr(self, f"layer{i + 1}")(x)
        return self.fc(x.mean((2, 3)))


class BasicBlock(nn.Module):
    """Two convolutions and a shortcut, which is a convolution where shapes differ."""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride, bias=False),
                nn.BatchNorm2d(channels_out),
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))
