"""Training steps of the paper's Table 2 network in PyTorch, for comparison with the project's.

usage: train_pytorch.py FOLDER BATCH SIZE THREADS LEARNING_RATE

FOLDER holds raw float32 files: parameters (of each layer the convolution, then weight and bias of its batch
normalization), x, y and target. Takes one step and prints JSON: the version and the loss of that step. Then, for each
line on standard input, takes steps for some tens of milliseconds and prints the median of their times in seconds.
"""
import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

WARM_SECONDS, BLOCK_SECONDS, LEAST_STEPS, IDLE_SECONDS = 0.005, 0.04, 3, 0.05
FACTOR, CONDITION = 4, 3

folder, batch, size, threads, rate = Path(sys.argv[1]), *map(int, sys.argv[2:5]), float(sys.argv[5])
torch.set_num_threads(threads)


def read(name, *shape):
    return torch.from_numpy(np.fromfile(folder / f"{name}.f32", np.float32).reshape(shape))


def layer(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 4, padding="same", bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        packed = 3 * FACTOR ** 2
        self.encode = nn.Sequential(layer(packed, 128), layer(128, 64), layer(64, 32))
        self.decode = nn.Sequential(layer(32 + CONDITION, 64), layer(64, 128), layer(128, packed))

    def forward(self, x, y):
        code = self.encode(functional.pixel_unshuffle(x, FACTOR).contiguous(memory_format=LAYOUT))
        return functional.pixel_shuffle(self.decode(torch.cat([code, y], 1)), FACTOR)


# The channels-last memory format is 10 % faster here than the default. A separate padding layer and Adam over lists of
# parameters (foreach) are not faster.
LAYOUT = torch.channels_last
network = AutoEncoder().train().to(memory_format=LAYOUT)
values = read("parameters", -1)
with torch.no_grad():
    for parameter in network.parameters():
        parameter.copy_(values[:parameter.numel()].reshape(parameter.shape))
        values = values[parameter.numel():]
assert len(values) == 0, "the two networks have different parameters"
optimizer = torch.optim.Adam(network.parameters(), rate)
x, target = read("x", batch, 3, size, size), read("target", batch, 3, size, size)
y = read("y", batch, CONDITION, size // FACTOR, size // FACTOR).contiguous(memory_format=LAYOUT)


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = functional.mse_loss(network(x, y), target)
    loss.backward()
    optimizer.step()
    return loss.item()


def reply(value):
    print(json.dumps(value), flush=True)


reply({"version": torch.__version__, "loss": step()})
for _ in sys.stdin:
    start = time.perf_counter()
    step()
    while time.perf_counter() - start < WARM_SECONDS:
        step()
    times = []
    while len(times) < LEAST_STEPS or sum(times) < BLOCK_SECONDS:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    # OpenMP threads spin after their last task: the other side starts when they sleep.
    time.sleep(IDLE_SECONDS)
    reply(statistics.median(times))
