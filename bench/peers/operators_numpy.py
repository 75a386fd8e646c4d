"""Checks A and the z of every z-solver against dense double-precision solves in NumPy.

Usage: operators_numpy.py INFADMM

Runs `infadmm laplace --dump` for each operator and boundary on a small problem, builds the matrix of A from the dumped
arrays (kernel, mask, kernels, windows) by its definition, and prints the relative error of A x against y without noise,
and of z for every solver, with q = w + z. Exits with 1 if an exact solver is off by more than 1e-5.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

SIZE, STRIDE, RHO = 48, 2, 0.02
APPROXIMATE = {"local", "learned-local", "learned", "learned-linear"}


def beyond(index, size, boundary):
    """The pixel that an index stands for; -1 for none."""
    if boundary == "periodic":
        return index % size
    if boundary == "reflect":
        return -index if index < 0 else 2 * (size - 1) - index if index >= size else index
    return index if 0 <= index < size else -1


def blur_matrix(kernel, size, stride, boundary):
    """S H: y(i) = sum_a h(a) x(stride i + origin - a), origin (k - 1) // 2, or k - 1 for a valid blur."""
    k = kernel.shape[0]
    first = k - 1 if boundary == "valid" else (k - 1) // 2
    count = (size - k) // stride + 1 if boundary == "valid" else size // stride
    rows = np.zeros((count, count, size, size))
    for i in range(count):
        for j in range(count):
            for a in range(k):
                for b in range(k):
                    y = beyond(i * stride + first - a, size, boundary)
                    x = beyond(j * stride + first - b, size, boundary)
                    if y >= 0 and x >= 0:
                        rows[i, j, y, x] += kernel[a, b]
    return rows.reshape(count * count, size * size), count


def matrix(folder, kind, boundary):
    load = lambda name: np.load(folder / f"{name}.npy").astype(float)
    if kind == "varying":
        kernels, windows = load("kernels"), load("windows")
        parts = [blur_matrix(kernel, SIZE, STRIDE, boundary)[0] for kernel in kernels]
        return sum(window.reshape(-1, 1) * part for window, part in zip(windows, parts))
    a, _ = blur_matrix(load("kernel"), SIZE, STRIDE, boundary)
    return load("mask").reshape(-1, 1) * a if kind == "masked" else a


def check(program, kind, boundary):
    worst = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        subprocess.run(
            [program, "laplace", "--preset", "sparse", "--size", str(SIZE), "--stride", str(STRIDE), "--rho", str(RHO),
             "--kernel" if kind != "varying" else "--kernels", "gaussian:9:1.5" if kind != "varying" else "field",
             "--sigma", "1e-6", "--iterations", "4", "--repeat", "1", "--operator", kind, "--boundary", boundary,
             "--dump", str(folder), "--json", str(folder / "report.json"), "--quiet", "--device", "cpu"],
            check=True, stdout=subprocess.DEVNULL)
        report = json.loads((folder / "report.json").read_text())
        a = matrix(folder, kind, boundary)
        load = lambda name: np.load(folder / f"{name}.npy").astype(float).reshape(-1)
        x, y = load("x_true"), load("y")
        forward = np.linalg.norm(a @ x - y) / np.linalg.norm(y)
        system = RHO * np.eye(a.shape[0]) + a @ a.T
        cells = []
        for solver in report["solvers"]:
            name = solver["name"]
            z, w = load(f"z_{name}"), load(f"w_{name}")
            q = z + w
            exact = q + a.T @ np.linalg.solve(system, y - a @ q)
            error = np.linalg.norm(z - exact) / max(np.linalg.norm(exact), np.linalg.norm(q))
            cells.append(f"{name} {error:.1e}")
            worst = worst if name in APPROXIMATE else max(worst, error)
    print(f"| {kind} | {boundary} | {forward:.1e} | {', '.join(cells)} |", flush=True)
    return max(worst, 0 if forward < 3e-5 else 1)


def main():
    print("| operator | boundary | A x | z of each solver |\n|---|---|---|---|")
    errors = [
        check(sys.argv[1], kind, boundary)
        for kind in ("blur", "masked", "varying") for boundary in ("periodic", "zero", "reflect", "valid")]
    print(f"\nlargest error of an exact solver: {max(errors):.1e}")
    sys.exit(1 if max(errors) > 1e-5 else 0)


main()
