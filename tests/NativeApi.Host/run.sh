#!/bin/bash
# Tests what `dotnet cake --target=Native` builds, from C under AddressSanitizer and from Python:
#
#     tests/NativeApi.Host/run.sh NATIVE_DIR CLI_DLL WORK_DIR
#
# CLI_DLL is the command of a normal build, WORK_DIR a folder for what the tests compile and write. A level that this
# processor lacks, a missing compiler and a missing Python are skips. The last line is "N passed, N failed, N skipped".
set -uo pipefail

if [ $# -ne 3 ]; then
    echo "usage: $0 NATIVE_DIR CLI_DLL WORK_DIR" >&2
    exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
native=$(cd "$1" && pwd) || exit 2
cli=$2
rm -rf "$3" && mkdir -p "$3" || exit 2
work=$(cd "$3" && pwd)
passed=0
failed=0
skipped=0

# Counts the tests of a program by its last line; one that fails without a failed test counts as one.
counted() {
    "$@" 2>&1 | tee "$work/log"
    local code=${PIPESTATUS[0]} counts
    counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$work/log" | tail -n 1)
    read -r p _ f _ s _ <<< "${counts:-0 passed, 0 failed, 0 skipped}"
    if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then
        echo "FAILED: $1 ended with $code"
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# One test: a command that succeeds.
one() {
    local name=$1
    shift
    if "$@" > "$work/log" 2>&1; then
        echo "passed: $name"
        passed=$((passed + 1))
    else
        cat "$work/log"
        echo "FAILED: $name"
        failed=$((failed + 1))
    fi
}

skip() {
    echo "skipped: $1"
    skipped=$((skipped + 1))
}

# The first block of a language in docs/native.md.
sample() {
    awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { if (inside) exit } inside' "$root/docs/native.md"
}

link="-I$native/include -L$native/lib -linfadmm -Wl,--enable-new-dtags,-rpath,$native/lib"
warnings="-Wall -Wextra -Wpedantic -Werror"

if ! echo 'int main(void) { return 0; }' | gcc -fsanitize=address -x c - -o "$work/probe" 2> /dev/null; then
    skip "no gcc with AddressSanitizer: nothing is tested from C"
else
    # Shadow memory and the runtime's own handler of segmentation faults, which both would like to have.
    export ASAN_OPTIONS=handle_segv=0:use_sigaltstack=0:quarantine_size_mb=16
    export LSAN_OPTIONS=suppressions=$here/runtime.supp:print_suppressions=0
    one "the header, as C99" gcc -std=c99 $warnings -x c -fsyntax-only "$native/include/infadmm.h"
    one "the header, as C++" gcc -std=c++11 $warnings -x c++ -fsyntax-only "$native/include/infadmm.h"
    if gcc -std=c11 -D_GNU_SOURCE -g -O1 $warnings -fsanitize=address,undefined "$here/host_test.c" -o "$work/host_test" \
            $link -pthread; then
        for level in x86-64-v4 x86-64-v3 x86-64-v2; do
            if INFADMM_LEVEL=$level "$native/bin/infadmm" --version > /dev/null 2>&1; then
                echo "$level, from C:"
                counted env INFADMM_LEVEL=$level "$work/host_test" $level "$work/restored.raw"
            else
                skip "$level: this processor does not have it"
            fi
        done
        counted env INFADMM_LEVEL=x86-64-v9 "$work/host_test" --not-loaded "there is no such level"
        mkdir "$work/alone" && cp "$native/lib/libinfadmm.so" "$work/alone"
        counted env LD_LIBRARY_PATH="$work/alone" "$work/host_test" --not-loaded "install all files of the package"
    else
        echo "FAILED: host_test.c does not compile"
        failed=$((failed + 1))
    fi

    sample c > "$work/sample.c"
    one "the sample in C compiles" gcc -std=c99 $warnings "$work/sample.c" -o "$work/sample" $link
    printf 'P5 8 8 255\n%064d' 0 > "$work/small.pgm"
    one "the sample in C runs" "$work/sample" "$work/small.pgm" "$work/large.pgm"
    one "the sample in C gives a picture" grep -a -q '^P5 32 32 255$' "$work/large.pgm"
fi

# An emulated processor runs only the launcher: what it starts runs on the real one.
on_processor() {
    local output
    output=$(timeout 60 qemu-x86_64 -cpu "$1" "$native/bin/infadmm" devices 2>&1)
    echo "$1: $output"
    grep -q -- "$2" <<< "$output"
}

if ! command -v qemu-x86_64 > /dev/null; then
    skip "no qemu-x86_64 (Debian and Ubuntu: qemu-user): the choice is tested on this processor only"
else
    one "a processor without x86-64-v2 is refused" on_processor core2duo "error: this processor is too old"
    one "x86-64-v2 is chosen where it is the highest level" on_processor Nehalem "128-bit vectors"
    one "x86-64-v3 is chosen where it is the highest level" on_processor Haswell "256-bit vectors"
    INFADMM_LEVEL=x86-64-v3 one "a level that the processor lacks is refused" on_processor Nehalem \
        "error: INFADMM_LEVEL=x86-64-v3: this processor does not have it"
fi

if ! command -v python3 > /dev/null; then
    skip "no python3: nothing is tested from Python"
else
    counted python3 "$here/ctypes_test.py" "$native" "$cli"
    sample python > "$work/sample.py"
    one "the sample in Python runs" env LD_LIBRARY_PATH="$native/lib" python3 "$work/sample.py"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
