#!/usr/bin/env bash
# Compiles every kernel module native/<module>.cu to src/Kernels/Cuda/Ptx/<module>.ptx with clang-19; needs no CUDA
# toolkit. The PTX is committed and embedded, so this is needed only after changing a kernel.
#
#   native/build-ptx.sh            compiles all modules, and deletes the PTX of removed ones
#   native/build-ptx.sh --check    changes nothing; lists the differences to the committed PTX and fails if there are any
#
# Exit status: 0 done or equal, 1 different or a module does not compile, 2 wrong usage, 3 no clang++-19.
set -euo pipefail

usage() {
    echo "usage: native/build-ptx.sh [--check]" >&2
    exit 2
}

check=false
case "$#:${1:-}" in
    0:) ;;
    1:--check) check=true ;;
    *) usage ;;
esac

if ! command -v clang++-19 > /dev/null; then
    echo "native/build-ptx.sh: clang++-19 is not on the path (Debian and Ubuntu: apt-get install clang-19)" >&2
    exit 3
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
committed=$root/src/Kernels/Cuda/Ptx
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
shopt -s nullglob

# Run inside native/ with relative names, so that the PTX does not depend on the path. The driver compiles this PTX for
# every later GPU; without the feature clang rejects shuffles and asynchronous copies.
cd "$root/native"
modules=(*.cu)
for module in "${modules[@]}"; do
    name=${module%.cu}
    clang++-19 -x cuda --cuda-device-only -nocudainc -nocudalib -std=c++17 -O3 -ffp-contract=off -S \
        --cuda-gpu-arch=sm_80 --cuda-feature=+ptx78 -I. "$module" -o "$built/$name.ptx"
    # Trailing blanks and blank lines at the end, which editors and git would fight over.
    sed -i -e 's/[[:space:]]*$//' -e ':end' -e '/^\n*$/{$d;N;b end' -e '}' "$built/$name.ptx"
done

if ! $check; then
    mkdir -p "$committed"
    rm -f "$committed"/*.ptx
    for file in "$built"/*.ptx; do
        install -m 644 "$file" "$committed/"
    done
    echo "${#modules[@]} modules compiled to src/Kernels/Cuda/Ptx"
    exit 0
fi

wrong=0
for file in "$built"/*.ptx; do
    name=$(basename "$file")
    if [[ ! -f $committed/$name ]]; then
        echo "missing: src/Kernels/Cuda/Ptx/$name"
        wrong=1
    elif ! cmp -s "$file" "$committed/$name"; then
        echo "differs: src/Kernels/Cuda/Ptx/$name"
        wrong=1
    fi
done
for file in "$committed"/*.ptx; do
    name=$(basename "$file" .ptx)
    if [[ ! -f $root/native/$name.cu ]]; then
        echo "superfluous: src/Kernels/Cuda/Ptx/$name.ptx"
        wrong=1
    fi
done
if (( wrong )); then
    echo "run native/build-ptx.sh and commit what it writes"
fi
exit $wrong
