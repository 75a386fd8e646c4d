#!/usr/bin/env bash
# Runs everything on a real GPU in one call: conformance, the Laplace experiment against the CPU backend, the
# benchmarks, and PyTorch as the peer on the same weights; the last lines are a short table. Needs the NVIDIA driver
# and the folder that 'dotnet cake --target=PackGpu' makes (no .NET there); uses cuDNN, cuBLAS and cuFFT where it
# finds them (pip's nvidia/*/lib too), and PyTorch if python3 has it. Ends within 8 minutes, with 1 if anything
# failed, and leaves its results as JSON and what it printed, all of it also as one file, results.tar.gz. --resume skips the
# steps that ended well in that folder before, if the program is the same. --quick tests the script itself at small sizes,
# with the stand-in for the driver from native/host.
# usage: bench/gpu.sh [--resume] [--quick] [FOLDER_OF_PACKGPU] [OUTPUT_FOLDER]
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

resume=false
if [ "${1:-}" = "--resume" ]; then
    shift
    resume=true
fi
quick=()
laplace=(--quiet)
if [ "${1:-}" = "--quick" ]; then
    shift
    quick=(--quick)
    laplace=(--quiet --iterations 5 --repeat 1)
fi
program="$(realpath -m "${1:-artifacts/gpu}")/infadmm-gpu"
out="${2:-${OUT:-artifacts/gpu-results}}"

if [ ! -x "$program" ]; then
    echo "error: '$program' is not there: run 'dotnet cake --target=PackGpu' on a machine with .NET, and bring the folder"
    exit 2
fi

mkdir -p "$out"
done="$out/done.txt"
version="$(sha256sum < "$program" | cut -c 1-16)"
if ! $resume || ! grep -qx "program $version ${quick[*]-}" "$done" 2>/dev/null; then
    rm -f "$out"/*.json "$out"/*.f32 "$out"/log.txt
    echo "program $version ${quick[*]-}" > "$done"
fi
exec > >(tee -a "$out/log.txt") 2>&1
if [ -z "${DOTNET_BUNDLE_EXTRACT_BASE_DIR:-}" ]; then
    DOTNET_BUNDLE_EXTRACT_BASE_DIR="$(mktemp -d)"
    export DOTNET_BUNDLE_EXTRACT_BASE_DIR
    trap 'rm -rf "$DOTNET_BUNDLE_EXTRACT_BASE_DIR"' EXIT
fi

# Where pip installs cuDNN, cuBLAS and cuFFT. They find each other through LD_LIBRARY_PATH.
if [ -z "${INFADMM_CUDA_LIBRARY_PATH:-}" ]; then
    INFADMM_CUDA_LIBRARY_PATH="$(timeout 30 python3 - 2>/dev/null <<'PYTHON'
import pathlib, sysconfig
root = pathlib.Path(sysconfig.get_paths()["purelib"]) / "nvidia"
print(":".join(str(folder) for folder in sorted(root.glob("**/lib"))))
PYTHON
)"
    export LD_LIBRARY_PATH="${INFADMM_CUDA_LIBRARY_PATH}:${LD_LIBRARY_PATH:-}"
fi
export INFADMM_CUDA_LIBRARY_PATH

# Limits the time of each step and of all steps together.
whole=465
failed=0
run() {
    local most="$1"
    shift
    if grep -qxF -- "$*" "$done"; then
        echo "== $(basename "$1") ${*:2}: done before"
        return
    fi
    local left=$((whole - SECONDS))
    [ "$most" -le "$left" ] || most="$left"
    echo "== $(basename "$1") ${*:2}"
    if [ "$most" -lt 1 ]; then
        echo "FAILED: no time left"
        failed=1
        return
    fi
    timeout -k 5 "$most" "$@"
    local status=$?
    if [ "$status" -ne 0 ]; then
        echo "FAILED with $status: $(basename "$1") ${*:2}"
        failed=1
    else
        echo "$*" >> "$done"
    fi
}

timeout 20 nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv,noheader 2>/dev/null || true
run 30 "$program" infadmm devices
run 150 "$program" check --out "$out"
for preset in paper sparse; do
    for device in cuda cpu; do
        run 60 "$program" infadmm laplace --device "$device" --preset "$preset" --size 64 "${laplace[@]}" \
            --json "$out/laplace-$preset-64-$device.json"
    done
done
if [ "${#quick[@]}" -eq 0 ]; then
    run 90 "$program" infadmm laplace --device cuda --preset sparse --json "$out/laplace-sparse-512-cuda.json"
fi
run 180 "$program" bench --out "$out" ${quick[@]+"${quick[@]}"}
if timeout 60 python3 -c 'import numpy, torch' 2>/dev/null; then
    [ ! -f "$out/gpu.json" ] || run 90 python3 bench/Gpu/peer_pytorch.py "$out"
else
    echo "no PyTorch for python3: nothing to compare with"
fi

# The table needs no GPU; it is printed even if the time ran out.
echo "== results, after $SECONDS s"
timeout -k 5 20 "$program" table --out "$out" || failed=1
if [ "$failed" -ne 0 ]; then
    echo "FAILED: see above"
fi
(cd "$out" && tar -czf results.tar.gz -- *.json log.txt)
exit "$failed"
