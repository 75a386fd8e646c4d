"""Runs the same networks and the same ADMM iteration in PyTorch, eager and as CUDA graphs, for comparison.

usage: peer_pytorch.py DIR

DIR holds what `infadmm-gpu bench --out DIR` wrote: gpu.json, networks as JSON with raw float32 weights, inputs and our
outputs. Outputs are compared before anything is timed; without a GPU they are compared and nothing is timed. PyTorch is
timed twice: in float32 throughout, as ours, and as it comes, with TF32 in convolutions. Writes DIR/peer.json, which
`infadmm-gpu table` prints.
"""
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

WARM_UPS, LENGTH, BLOCKS, SETS = 10, 50, 11, 3
ITERATIONS = 5
TOLERANCE = 1e-4
STRIDE = 4

folder = Path(sys.argv[1])
report = json.loads((folder / "gpu.json").read_text())
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Both sides compute in float32, unless TF32 is allowed in convolutions, which is PyTorch's default.
torch.backends.cudnn.allow_tf32 = False
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.benchmark = True


def read(name, *shape):
    return torch.from_numpy(np.fromfile(folder / f"{name}.f32", np.float32).reshape(shape)).to(device)


def pad(x, top, left, bottom, right, circular):
    if not (top or left or bottom or right):
        return x
    return functional.pad(x, (left, right, top, bottom), mode="circular" if circular else "constant")


class Network:
    """One of our networks, evaluated node by node."""

    def __init__(self, name, layout=torch.contiguous_format):
        self.layout = layout
        self.nodes = json.loads((folder / f"{name}.json").read_text())
        values = read(f"{name}_weights", -1)
        for node in self.nodes:
            if node["filter"]:
                values = self._take_weights(node, values)
        assert len(values) == 0
        inputs = sorted((n for n in self.nodes if n["kind"] == "input"), key=lambda n: n["factor"])
        self.shapes = [node["shape"] for node in inputs]
        self.inputs = [read(f"{name}_input{i}", *shape) for i, shape in enumerate(self.shapes)]

    def _take_weights(self, node, values):
        count = int(np.prod(node["filter"]))
        weights, values = values[:count].reshape(node["filter"]), values[count:]
        transposed = node["kind"] == "transposed"
        outputs = node["filter"][1 if transposed else 0]
        node["b"] = None
        if node["bias"]:
            node["b"], values = values[:outputs].contiguous(), values[outputs:]
        if transposed:
            # At stride 1 the adjoint of a convolution is one with the mirrored filter and mirrored padding.
            assert node["stride"] == 1
            weights = weights.flip(2, 3).transpose(0, 1)
            (height, width), (top, left, bottom, right) = node["filter"][2:], node["pads"]
            node["pads"] = [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right]
        node["w"] = weights.contiguous(memory_format=self.layout)
        return values

    def __call__(self, *inputs):
        values = []
        for node in self.nodes:
            sources = [values[i] for i in node["sources"]]
            kind = node["kind"]
            if kind == "input":
                value = inputs[node["factor"]].contiguous(memory_format=self.layout)
            elif kind == "shuffle":
                value = functional.pixel_shuffle(sources[0], node["factor"])
            elif kind == "unshuffle":
                value = functional.pixel_unshuffle(sources[0], node["factor"])
            elif kind == "concat":
                value = torch.cat(sources, 1)
            else:
                value = self._convolution(node, sources[0])
            values.append(value)
        return values[-1]

    @staticmethod
    def _convolution(node, x):
        value = functional.conv2d(pad(x, *node["pads"], node["circular"]), node["w"], node["b"], node["stride"])
        if node["activation"] == "Relu":
            return torch.relu_(value)
        if node["activation"] == "Sigmoid":
            return torch.sigmoid_(value)
        assert node["activation"] == "None"
        return value


class Iteration:
    """One ADMM iteration of the sparse preset with the learned inverse, state in place."""

    def __init__(self, network):
        self.network = network
        side = int(np.sqrt((folder / "admm_z.f32").stat().st_size // 4))
        kernel = read("admm_kernel", -1)
        taps = int(np.sqrt(kernel.numel()))
        # A true convolution is a correlation with the mirrored kernel.
        self.kernel = kernel.reshape(1, 1, taps, taps).flip(2, 3).contiguous()
        self.before, self.after = taps - 1 - (taps - 1) // 2, (taps - 1) // 2
        self.y = read("admm_y", 1, 1, side // STRIDE, side // STRIDE)
        self.tau, self.scale = (float(value) for value in np.fromfile(folder / "admm_scalars.f32", np.float32))
        self.z, self.q = (torch.zeros(1, 1, side, side, device=device) for _ in range(2))

    def restart(self):
        self.z.zero_()
        self.q.zero_()

    def apply(self, x):
        x = pad(x, self.before, self.before, self.after, self.after, True)
        return functional.conv2d(x, self.kernel, stride=STRIDE)

    def adjoint(self, w):
        side = w.shape[-1] * STRIDE
        full = functional.conv_transpose2d(w, self.kernel, stride=STRIDE)
        total = side + self.before + self.after
        full = functional.pad(full, (0, total - full.shape[-1], 0, total - full.shape[-2]))
        for axis in (2, 3):
            middle = full.narrow(axis, self.before, side).clone()
            middle.narrow(axis, side - self.before, self.before).add_(full.narrow(axis, 0, self.before))
            middle.narrow(axis, 0, self.after).add_(full.narrow(axis, self.before + side, self.after))
            full = middle
        return full

    def __call__(self):
        w = self.q - self.z
        x = functional.softshrink(self.z - w, self.tau)
        self.q.copy_(x + w)
        e = self.y - self.apply(self.q)
        self.z.copy_(torch.add(self.q, self.adjoint(self.network(e)), alpha=self.scale))
        return self.z


def captured(work):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def microseconds(works):
    """The median time per run over blocks, with the works run alternately."""
    for i in range(WARM_UPS):
        works[i % len(works)]()
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(BLOCKS + 1)]
    marks[0].record()
    for block in range(BLOCKS):
        for i in range(LENGTH):
            works[i % len(works)]()
        marks[block + 1].record()
    torch.cuda.synchronize()
    return statistics.median(1e3 * a.elapsed_time(b) / LENGTH for a, b in zip(marks, marks[1:]))


def timed(name, ours, works, difference):
    row = {"work": name, "ours_us": ours, "eager_us": None, "graph_us": None, "difference": difference}
    if device.type == "cuda":
        row["eager_us"] = min(microseconds(turns) for turns in works)
        row["graph_us"] = min(microseconds([captured(work) for work in turns]) for turns in works)
    return row


def compare(name, ours, works, run, expected):
    """The rows of a work; works has one list of alternately run works for each way to run it in PyTorch."""

    def difference():
        return ((run() - expected).abs().max() / expected.abs().max()).item()

    strict = difference()
    if not strict <= TOLERANCE:
        sys.exit(f"error: {name}: outputs differ by {strict:.1e} of the largest")
    rows = [timed(name, ours, works, strict)]
    if device.type == "cuda":
        torch.backends.cudnn.allow_tf32 = True
        rows.append(timed(f"{name}, PyTorch in TF32", ours, works, difference()))
        torch.backends.cudnn.allow_tf32 = False
    return rows


def network_row(row):
    """PyTorch's time is the better of its two layouts."""
    works = []
    for layout in (torch.contiguous_format, torch.channels_last):
        network = Network(row["name"], layout)
        sets = [network.inputs] + [[torch.randn_like(x) for x in network.inputs] for _ in range(SETS - 1)]
        works.append([lambda network=network, inputs=inputs: network(*inputs) for inputs in sets])
    output = network(*network.inputs)
    return compare(
        row["name"], row["microseconds"], works, lambda: network(*network.inputs), read(f"{row['name']}_output", *output.shape)
    )


def iteration_row(size):
    works = []
    for layout in (torch.contiguous_format, torch.channels_last):
        iteration = Iteration(Network(f"cphi_{size // STRIDE}", layout))
        works.append([iteration])
    ours = next(r["microseconds"] for r in report["iterations"] if (r["size"], r["solver"]) == (size, "learned"))

    def run():
        iteration.restart()
        for _ in range(ITERATIONS):
            z = iteration()
        return z

    return compare(f"ADMM iteration, {size}², learned", ours, works, run, read("admm_z", *iteration.z.shape))


def copy_gbps():
    if device.type != "cuda":
        return None
    x, y = (torch.zeros(16, 4096, 1024, device=device) for _ in range(2))
    return 2 * 4 * x.numel() / (1e3 * microseconds([lambda: y.copy_(x)]))


with torch.inference_mode():
    rows = [row for network in report["networks"] for row in network_row(network)]
    rows += iteration_row(report["peer_size"]) if report["iterations"] else []
    peer = {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "the CPU, nothing timed",
        "copy_gbps": copy_gbps(),
        "rows": rows,
    }
(folder / "peer.json").write_text(json.dumps(peer, indent=2))
worst = max(row["difference"] for row in rows if not row["work"].endswith("TF32"))
print(f"PyTorch {torch.__version__}: works in float32 agree to {worst:.1e}")
