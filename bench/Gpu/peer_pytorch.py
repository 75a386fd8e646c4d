"""The same networks and the same ADMM iteration in PyTorch, eager and as a CUDA graph, beside ours.

usage: peer_pytorch.py DIR

DIR holds what `infadmm-gpu bench --out DIR` wrote: gpu.json, networks as JSON with raw float32 weights, inputs and our
outputs. Outputs are compared before anything is timed. Writes DIR/peer.json and prints the table that ends bench/gpu.sh.
"""
import json
import statistics
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

WARM_UPS, LENGTH, BLOCKS = 10, 50, 11
TOLERANCE = 1e-4
STRIDE = 4

folder = Path(sys.argv[1])
report = json.loads((folder / "gpu.json").read_text())

# Both sides compute in float32: PyTorch would otherwise use TF32 in convolutions.
torch.backends.cudnn.allow_tf32 = False
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.benchmark = True


def read(name, *shape):
    return torch.from_numpy(np.fromfile(folder / f"{name}.f32", np.float32).reshape(shape)).cuda()


def pad(x, top, left, bottom, right, circular):
    if not (top or left or bottom or right):
        return x
    return functional.pad(x, (left, right, top, bottom), mode="circular" if circular else "constant")


class Network:
    """A network of ours, node by node."""

    def __init__(self, name):
        self.nodes = json.loads((folder / f"{name}.json").read_text())
        values = read(f"{name}_weights", -1)
        for node in self.nodes:
            if node["filter"]:
                count = int(np.prod(node["filter"]))
                weights, values = values[:count].reshape(node["filter"]), values[count:]
                outputs = node["filter"][1 if node["kind"] == "transposed" else 0]
                node["b"] = None
                if node["bias"]:
                    node["b"], values = values[:outputs].contiguous(), values[outputs:]
                if node["kind"] == "transposed":
                    # At stride 1 the adjoint of a convolution is one with the mirrored filter and mirrored padding.
                    assert node["stride"] == 1
                    weights = weights.flip(2, 3).transpose(0, 1)
                    (height, width), (top, left, bottom, right) = node["filter"][2:], node["pads"]
                    node["pads"] = [height - 1 - top, width - 1 - left, height - 1 - bottom, width - 1 - right]
                node["w"] = weights.contiguous()
        self.inputs = [
            read(f"{name}_input{i}", *node["shape"])
            for i, node in enumerate(sorted((n for n in self.nodes if n["kind"] == "input"), key=lambda n: n["factor"]))
        ] if (folder / f"{name}_input0.f32").exists() else []

    def __call__(self, *inputs):
        values = []
        for node in self.nodes:
            sources = [values[i] for i in node["sources"]]
            kind = node["kind"]
            if kind == "input":
                value = inputs[node["factor"]]
            elif kind == "shuffle":
                value = functional.pixel_shuffle(sources[0], node["factor"])
            elif kind == "unshuffle":
                value = functional.pixel_unshuffle(sources[0], node["factor"])
            elif kind == "concat":
                value = torch.cat(sources, 1)
            else:
                x = pad(sources[0], *node["pads"], node["circular"])
                value = functional.conv2d(x, node["w"], node["b"], node["stride"])
                if node["activation"] == "Relu":
                    value = torch.relu_(value)
                elif node["activation"] == "Sigmoid":
                    value = torch.sigmoid_(value)
            values.append(value)
        return values[-1]


class Iteration:
    """One ADMM iteration of the sparse preset with the learned inverse, state in place."""

    def __init__(self, network):
        self.network = network
        side = int(np.sqrt((folder / "admm_z.f32").stat().st_size // 4))
        kernel = read("admm_kernel", -1)
        taps = int(np.sqrt(kernel.numel()))
        # A true convolution by a correlation with the mirrored kernel.
        self.kernel = kernel.reshape(1, 1, taps, taps).flip(2, 3).contiguous()
        self.before, self.after = taps - 1 - (taps - 1) // 2, (taps - 1) // 2
        self.y = read("admm_y", 1, 1, side // STRIDE, side // STRIDE)
        self.tau = float(np.fromfile(folder / "admm_tau.f32", np.float32)[0])
        self.z, self.q = (torch.zeros(1, 1, side, side, device="cuda") for _ in range(2))

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
        self.z.copy_(self.q + self.adjoint(self.network(e)))
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


def microseconds(work):
    for _ in range(WARM_UPS):
        work()
    marks = [torch.cuda.Event(enable_timing=True) for _ in range(BLOCKS + 1)]
    marks[0].record()
    for block in range(BLOCKS):
        for _ in range(LENGTH):
            work()
        marks[block + 1].record()
    torch.cuda.synchronize()
    return statistics.median(1e3 * a.elapsed_time(b) / LENGTH for a, b in zip(marks, marks[1:]))


def difference(a, b):
    return ((a - b).abs().max() / b.abs().max()).item()


rows = []


def compare(name, ours, work, result, expected):
    error = difference(result, expected)
    assert error <= TOLERANCE, f"{name}: outputs differ by {error:.1e}"
    eager, graph = microseconds(work), microseconds(captured(work))
    rows.append({"work": name, "ours_us": ours, "eager_us": eager, "graph_us": graph, "difference": error})


with torch.inference_mode():
    for row in report["networks"]:
        network = Network(row["name"])
        output = network(*network.inputs)
        expected = read(f"{row['name']}_output", *output.shape)
        compare(row["name"], row["microseconds"], lambda: network(*network.inputs), output, expected)

    inverse = Network("cphi_128")
    iteration = Iteration(inverse)
    for _ in range(5):
        z = iteration()
    ours = next(r["microseconds"] for r in report["iterations"] if (r["size"], r["solver"]) == (512, "learned"))
    compare("ADMM iteration, 512², learned", ours, iteration, z.clone(), read("admm_z", *z.shape))

    x, y = torch.randn(2, 4096, 4096, device="cuda"), torch.empty(2, 4096, 4096, device="cuda")
    copy = 2 * 4 * x.numel() / (1e3 * microseconds(lambda: y.copy_(x)))

peer = {"torch": torch.__version__, "device": torch.cuda.get_device_name(), "copy_gbps": copy, "rows": rows}
(folder / "peer.json").write_text(json.dumps(peer, indent=2))
print(f"PyTorch {torch.__version__}, float32 on both sides, outputs compared first; µs, median of {BLOCKS} blocks")
print(f"{'work':34}{'ours':>10}{'eager':>10}{'graph':>10}{'eager/ours':>12}{'graph/ours':>12}")
for row in rows:
    print(f"{row['work']:34}{row['ours_us']:10.1f}{row['eager_us']:10.1f}{row['graph_us']:10.1f}"
          f"{row['eager_us'] / row['ours_us']:12.2f}{row['graph_us'] / row['ours_us']:12.2f}")
