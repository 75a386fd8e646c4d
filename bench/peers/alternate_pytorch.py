"""Training steps of the prior sr4 with a discriminator and a feature comparator, equations (12) and (13), in PyTorch, for
comparison with the project's.

usage: alternate_pytorch.py FOLDER BATCH SIZE THREADS RATE STEPS FIRST

FOLDER holds raw float32 files: prior and discriminator (their parameters), alexnet (of each convolution weight and bias),
truth, y and z (the initial estimate). Takes FIRST steps of a run of STEPS, writes the parameters of the prior to
FOLDER/result.f32 and prints JSON: the version and the running mean of the loss. Then, for each line on standard input,
takes FIRST more steps and prints their mean time in seconds.
"""
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

IDLE_SECONDS = 0.05
FACTOR, WIDTH, DEPTH, UNROLL, LATE_EVERY = 4, 64, 12, 4, 4
FEATURE_WEIGHT, ADVERSARIAL_WEIGHT, DISCRIMINATOR_RATE, LARGEST_GRADIENT, WARM_UP = 0.01, 1e-3, 2e-4, 0.2, 200

folder = Path(sys.argv[1])
batch, size, threads = map(int, sys.argv[2:5])
rate, steps, first = float(sys.argv[5]), int(sys.argv[6]), int(sys.argv[7])
torch.set_num_threads(threads)
LAYOUT = torch.channels_last


def read(name):
    return torch.from_numpy(np.fromfile(folder / f"{name}.f32", np.float32))


def fill(module, name):
    values = read(name)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(values[:parameter.numel()].reshape(parameter.shape))
            values = values[parameter.numel():]
    assert len(values) == 0, f"{name}: the two networks have different parameters"
    return module.to(memory_format=LAYOUT)


class Prior(nn.Module):
    """Log rho of each unrolled step, and the residual prior."""

    def __init__(self):
        super().__init__()
        self.log_rho = nn.ParameterList(nn.Parameter(torch.zeros(())) for _ in range(UNROLL))
        packed = 3 * FACTOR ** 2
        widths = [packed + 3 + 1] + [WIDTH] * (DEPTH + 1) + [packed]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))

    def forward(self, v, y, step):
        level = torch.full((len(v), 1, *y.shape[2:]), 2.0 ** -min(step, UNROLL - 1))
        x = torch.cat([F.pixel_unshuffle(v, FACTOR), y, level], 1).contiguous(memory_format=LAYOUT)
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return v + F.pixel_shuffle(self.layers[-1](x), FACTOR)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(3 * FACTOR ** 2, 64, 4, 2, 1)
        self.conv1, self.norm1 = nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128)
        self.conv2, self.norm2 = nn.Conv2d(128, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256)
        self.last = nn.Conv2d(256, 1, 3, padding=1)

    def forward(self, x):
        x = self.conv0(F.pixel_unshuffle(x, FACTOR).contiguous(memory_format=LAYOUT))
        x = F.leaky_relu(x, 0.2)
        x = F.leaky_relu(self.norm1(self.conv1(x)), 0.2)
        x = F.leaky_relu(self.norm2(self.conv2(x)), 0.2)
        return self.last(x)


class AlexNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [(3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1)]
        self.layers = nn.ModuleList(nn.Conv2d(*a) for a in sizes)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1))

    def forward(self, x):
        x = ((x - self.mean) / self.deviation).contiguous(memory_format=LAYOUT)
        features = []
        for i, layer in enumerate(self.layers):
            x = F.relu(layer(x))
            if i % 2 == 0:
                features.append(x)
            if i < 2:
                x = F.max_pool2d(x, 3, 2)
        return features


prior, discriminator, comparator = fill(Prior(), "prior"), fill(Discriminator(), "discriminator"), fill(AlexNet(), "alexnet")
for parameter in comparator.parameters():
    parameter.requires_grad_(False)
truth = read("truth").reshape(batch, 3, size, size)
y = read("y").reshape(batch, 3, size // 4, size // 4)
start = read("z").reshape(batch, 3, size, size)
adam = torch.optim.Adam(prior.parameters(), rate)
adam_of_discriminator = torch.optim.Adam(discriminator.parameters(), DISCRIMINATOR_RATE, betas=(0.5, 0.999))
taps = torch.exp(-0.5 * torch.tensor([1.0, 0.0, 1.0]))
kernel = torch.outer(taps, taps)
kernel = kernel / kernel.sum()
GRAM = (kernel ** 2).sum()
kernels = kernel.expand(3, 1, 3, 3).contiguous()


def blur(x):
    return F.conv2d(F.pad(x, (1, 0, 1, 0), mode="circular"), kernels, stride=4, groups=3)


def adjoint(e):
    return torch.roll(F.pad(F.conv_transpose2d(e, kernels, stride=4, groups=3), (0, 1, 0, 1)), (-1, -1), (2, 3))


def iterate(z, w, step):
    x = prior(z if w is None else z - w, y, step)
    q = x if w is None else x + w
    rho = prior.log_rho[min(step, UNROLL - 1)].exp()
    change = adjoint((y - blur(q)) / (rho + GRAM))
    return q + change, -change


def distance(x, target):
    sum_of_layers = 0
    with torch.no_grad():
        theirs = comparator(target)
    ours = comparator(x)
    for a, b in zip(ours, theirs):
        sum_of_layers = sum_of_layers + F.mse_loss(a, b) / (b * b).mean()
    return sum_of_layers / len(ours)


def step(number):
    z, w, shift = start, None, 0
    if number % LATE_EVERY == LATE_EVERY - 1:
        shift = UNROLL
        with torch.no_grad():
            for k in range(UNROLL):
                z, w = iterate(z, w, k)
    loss = 0
    for k in range(UNROLL):
        z, w = iterate(z, w, shift + k)
        loss = loss + F.l1_loss(z, truth) / UNROLL
    place = 7 * (number % 16) % 16
    z, target = (torch.roll(image, (place // 4, place % 4), (2, 3)) for image in (z, truth))
    loss = loss + FEATURE_WEIGHT * distance(z, target)
    adam_of_discriminator.zero_grad(set_to_none=True)
    (F.softplus(-discriminator(target)).mean() + F.softplus(discriminator(z.detach())).mean()).backward()
    adam_of_discriminator.step()
    discriminator.requires_grad_(False)
    loss = loss + ADVERSARIAL_WEIGHT * F.softplus(-discriminator(z)).mean()
    adam.zero_grad(set_to_none=True)
    loss.backward()
    discriminator.requires_grad_(True)
    torch.nn.utils.clip_grad_norm_(prior.parameters(), LARGEST_GRADIENT)
    for group in adam.param_groups:
        group["lr"] = rate * min((number + 1) / WARM_UP, 1) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * number / steps)))
    adam.step()
    return loss.item()


def reply(value):
    print(json.dumps(value), flush=True)


losses = [step(number) for number in range(first)]
np.concatenate([p.detach().contiguous().numpy().ravel() for p in prior.parameters()]).tofile(folder / "result.f32")
# The project reports a running mean.
mean = losses[0]
for value in losses[1:]:
    mean += (value - mean) / 50
reply({"version": torch.__version__, "loss": mean})
done = first
for _ in sys.stdin:
    began = time.perf_counter()
    for number in range(done, done + first):
        step(number)
    seconds = (time.perf_counter() - began) / first
    done += first
    # OpenMP threads spin after their last task: the other side starts when they sleep.
    time.sleep(IDLE_SECONDS)
    reply(seconds)
