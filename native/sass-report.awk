# Reads one "file<TAB>architecture<TAB>module<TAB>kind" line per file on the standard input, for the files that
# sass-report.sh makes: kind "ptxas" is what `ptxas -v` says, "ptx" the source, "sass" the output of nvdisasm. Prints
# the tables. See sass-report.sh for what the columns mean.
#
# Loops are found in the control-flow graph: a branch to a block that dominates it closes a loop, whose body are the
# blocks from which the branch is reached without passing that block. So neither code that the assembler moved out of
# line nor a subroutine counts as a loop.

BEGIN {
    FS = "\t"
    if (facts != "") {
        while ((getline line < facts) > 0) {
            if (line ~ /^#/ || line ~ /^[ \t]*$/) {
                continue
            }
            split(line, f, " ")
            results_of[f[1]] = f[2]
            operands_of[f[1]] = f[3]
            dynamic_of[f[1]] = f[4]
            staged_of[f[1]] = f[5]
        }
        close(facts)
    }
}

{
    file = $1
    architecture = $2
    module = $3
    if (!(architecture in seen)) {
        seen[architecture] = 1
        architectures[++architecture_count] = architecture
    }
    if ($4 == "ptx") {
        read_ptx()
    } else if ($4 == "ptxas") {
        read_ptxas()
    } else {
        read_sass()
    }
}

END {
    for (n = 1; n <= architecture_count; n++) {
        print_table(architectures[n])
    }
}

function read_ptx(    text, name, part) {
    while ((getline text < file) > 0) {
        if (text ~ /\.entry /) {
            name = text
            sub(/^.*\.entry +/, "", name)
            sub(/[^A-Za-z0-9_].*$/, "", name)
        } else if (text ~ /^\.maxntid/) {
            gsub(/[^0-9 ,]/, "", text)
            split(text, part, ",")
            threads_of[name] = part[1] * (part[2] ? part[2] : 1) * (part[3] ? part[3] : 1)
        }
    }
    close(file)
}

function read_ptxas(    text, key, m) {
    while ((getline text < file) > 0) {
        if (text ~ /Compiling entry function/) {
            split(text, m, "'")
            key = architecture SUBSEP module SUBSEP m[2]
            kernels[architecture, ++kernel_count[architecture]] = module SUBSEP m[2]
        } else if (text ~ /spill stores/) {
            gsub(/[^0-9,]/, "", text)
            split(text, m, ",")
            spill_stores[key] = m[2] + 0
            spill_loads[key] = m[3] + 0
        } else if (text ~ /Used [0-9]+ registers/) {
            registers[key] = text
            sub(/^.*Used /, "", registers[key])
            sub(/ .*$/, "", registers[key])
            shared[key] = 0
            if (text ~ /bytes smem/) {
                shared[key] = text
                sub(/ bytes smem.*$/, "", shared[key])
                sub(/^.*[ ,]/, "", shared[key])
            }
        }
    }
    close(file)
}

function read_sass(    text, name, count) {
    name = ""
    while ((getline text < file) > 0) {
        if (text ~ /^\t\.section\t\.text\./) {
            analyse(name)
            name = text
            sub(/^.*\.text\./, "", name)
            sub(/[^A-Za-z0-9_].*$/, "", name)
            instructions = 0
            split("", at_label)
            continue
        }
        if (text ~ /^\t\.section\t/) {
            analyse(name)
            name = ""
        }
        if (name == "") {
            continue
        }
        if (text ~ /^[.$_A-Za-z][^ \t]*:$/) {
            sub(/:$/, "", text)
            at_label[text] = instructions + 1
        } else if (text ~ /\/\*[0-9a-f]+\*\//) {
            sub(/^[ \t]*\/\*[0-9a-f]+\*\/[ \t]*/, "", text)
            code[++instructions] = text
        }
    }
    close(file)
    analyse(name)
}

# The bytes / 4 that a memory instruction moves per thread.
function floats_of(text) {
    return text ~ /(LDG|STG|STS)[^ ]*\.128/ ? 4 : text ~ /(LDG|STG|STS)[^ ]*\.64/ ? 2 : 1
}

function target_of(text,    target) {
    target = text
    if (target !~ /`\(/) {
        return 0
    }
    sub(/^.*`\(/, "", target)
    sub(/\).*$/, "", target)
    return at_label[target] + 0
}

function add_edge(from, to) {
    if (to > 0 && to <= blocks) {
        successors[from] = successors[from] " " to
        predecessors[to] = predecessors[to] " " from
    }
}

# The postorder of the blocks reachable from the first, without recursion.
function number_blocks(    stack, depth, next_of, list, count, b, s) {
    split("", visited)
    numbered = 0
    depth = 1
    stack[1] = 1
    visited[1] = 1
    next_of[1] = 1
    while (depth > 0) {
        b = stack[depth]
        count = split(successors[b], list, " ")
        if (next_of[depth] <= count) {
            s = list[next_of[depth]++]
            if (!(s in visited)) {
                visited[s] = 1
                stack[++depth] = s
                next_of[depth] = 1
            }
        } else {
            order_of[b] = ++numbered
            block_at[numbered] = b
            depth--
        }
    }
}

# The immediate dominators (Cooper, Harvey and Kennedy 2001).
function find_dominators(    changed, n, b, list, count, i, p, chosen, x, y) {
    split("", dominator)
    dominator[1] = 1
    do {
        changed = 0
        for (n = numbered - 1; n >= 1; n--) {
            b = block_at[n]
            count = split(predecessors[b], list, " ")
            chosen = 0
            for (i = 1; i <= count; i++) {
                p = list[i]
                if (!(p in dominator)) {
                    continue
                }
                if (!chosen) {
                    chosen = p
                    continue
                }
                x = p
                y = chosen
                while (x != y) {
                    while (order_of[x] < order_of[y]) {
                        x = dominator[x]
                    }
                    while (order_of[y] < order_of[x]) {
                        y = dominator[y]
                    }
                }
                chosen = x
            }
            if (chosen && dominator[b] != chosen) {
                dominator[b] = chosen
                changed = 1
            }
        }
    } while (changed)
}

function dominates(a, b) {
    while (b != a && b != 1) {
        b = dominator[b]
    }
    return a == b
}

# Adds the blocks of the loop from `from` back to `header`; loops with a common header are one.
function add_loop(header, from,    stack, depth, b, list, count, i) {
    if (!(header in loop_size)) {
        headers[++loops] = header
        in_loop[header, header] = 1
        loop_size[header] = 1
    }
    depth = 0
    if (!((header, from) in in_loop)) {
        stack[++depth] = from
        in_loop[header, from] = 1
        loop_size[header]++
    }
    while (depth > 0) {
        b = stack[depth--]
        count = split(predecessors[b], list, " ")
        for (i = 1; i <= count; i++) {
            if ((list[i] in visited) && !((header, list[i]) in in_loop)) {
                in_loop[header, list[i]] = 1
                loop_size[header]++
                stack[++depth] = list[i]
            }
        }
    }
}

function analyse(name,    key, i, text, starts, label, op, b, n, h, g, inner, total, ffma, ldg, stg, sts, size, ratio,
                 best_ffma, best_store, best_load, fill_depth, fill_size,
                 depth, hot_size, following, results, operands) {
    if (name == "" || instructions == 0) {
        return
    }
    key = architecture SUBSEP module SUBSEP name

    # The padding after the last instruction: a branch to itself and instructions that do nothing.
    while (instructions > 0 && (code[instructions] ~ /^NOP/ ||
           (code[instructions] ~ /^BRA/ && target_of(code[instructions]) == instructions))) {
        instructions--
    }

    split("", starts)
    starts[1] = 1
    for (label in at_label) {
        starts[at_label[label]] = 1
    }
    for (i = 1; i <= instructions; i++) {
        if (code[i] ~ /(^|[ \t])(BRA|EXIT|RET|CALL|BRX|JMP)/) {
            starts[i + 1] = 1
        }
    }
    blocks = 0
    split("", first_of)
    split("", block_of)
    for (i = 1; i <= instructions; i++) {
        if (i in starts) {
            first_of[++blocks] = i
        }
        block_of[i] = blocks
    }
    first_of[blocks + 1] = instructions + 1
    split("", successors)
    split("", predecessors)
    for (b = 1; b <= blocks; b++) {
        i = first_of[b + 1] - 1
        text = code[i]
        op = text
        sub(/^@!?U?P[0-9T]+ +/, "", op)
        if (op ~ /^(BRA|CALL|JMP)/) {
            add_edge(b, block_of[target_of(text)] + 0)
        }
        # A branch also falls through if it is predicated, has a predicate as an operand or is for divergent warps only.
        if (op !~ /^(BRA|EXIT|RET|BRX|JMP)/ || op != text || op ~ /^BRA.*(U?P[0-6], *`|DIV)/) {
            add_edge(b, b + 1)
        }
    }
    # A jump through a register, of which nvdisasm does not know the targets: all blocks that nothing else leads to.
    for (b = 1; b <= blocks; b++) {
        if (code[first_of[b + 1] - 1] ~ /(^|[ \t])BRX/) {
            for (n = 2; n <= blocks; n++) {
                if (!(n in predecessors)) {
                    add_edge(b, n)
                }
            }
        }
    }
    split("", order_of)
    number_blocks()
    find_dominators()

    split("", loop_size)
    split("", in_loop)
    split("", headers)
    loops = 0
    for (b = 1; b <= blocks; b++) {
        if (!(b in visited)) {
            continue
        }
        n = split(successors[b], following, " ")
        for (i = 1; i <= n; i++) {
            if (dominates(following[i], b)) {
                add_loop(following[i], b)
            }
        }
    }

    total = 0
    wide_loads[key] = 0
    wide_stores[key] = 0
    for (i = 1; i <= instructions; i++) {
        if (code[i] !~ /(^|[ \t])NOP/) {
            total++
        }
        wide_loads[key] += code[i] ~ /LDG[^ ]*\.128/
        wide_stores[key] += code[i] ~ /STG[^ ]*\.128/
    }
    count_of[key] = total

    results = name in results_of ? results_of[name] : 1
    operands = name in operands_of ? operands_of[name] : 0
    best_ffma = best_store = best_load = 0
    fill_depth = -1
    fill_size = 0
    hot[key] = "–"
    share[key] = "–"
    element[key] = "–"
    fill[key] = "–"
    for (h = 1; h <= loops; h++) {
        inner = 1
        depth = 0
        for (g = 1; g <= loops; g++) {
            inner = inner && (g == h || !((headers[h], headers[g]) in in_loop))
            depth += (headers[g], headers[h]) in in_loop
        }
        if (!inner) {
            continue
        }
        size = ffma = ldg = stg = sts = 0
        for (b = 1; b <= blocks; b++) {
            if (!((headers[h], b) in in_loop)) {
                continue
            }
            for (i = first_of[b]; i < first_of[b + 1]; i++) {
                text = code[i]
                if (text ~ /(^|[ \t])NOP/) {
                    continue
                }
                size++
                ffma += text ~ /(^|[ \t])FFMA/
                ldg += text ~ /(^|[ \t])LDG/ ? floats_of(text) : 0
                stg += text ~ /(^|[ \t])STG/ ? floats_of(text) : 0
                sts += text ~ /(^|[ \t])STS/ ? floats_of(text) : 0
            }
        }
        if (ffma > best_ffma || (ffma == best_ffma && ffma > 0 && size < hot_size)) {
            best_ffma = ffma
            hot_size = size
            hot[key] = size
            share[key] = sprintf("%.0f %%", 100 * ffma / size)
        }
        if (results > 0 && stg > best_store) {
            best_store = stg
            ratio = size * results / stg
            element[key] = sprintf("%d/%d = %.1f", size, stg / results, ratio)
        }
        if (operands > 0 && ldg > best_load) {
            best_load = ldg
            element[key] = sprintf("%d/%d = %.1f", size, ldg / operands, size * operands / ldg)
        }
        # Copies of taps may move as many floats; they are in fewer loops, or longer.
        if (ldg > 0 && sts > 0 && sts == staged_of[name] && ffma == 0 &&
            (depth > fill_depth || (depth == fill_depth && size < fill_size))) {
            fill_depth = depth
            fill_size = size
            fill[key] = sprintf("%d/%d = %.1f", size, sts, size / sts)
        }
    }
}

function least(a, b) {
    return a < b ? a : b
}

# The blocks per multiprocessor: registers are given to warps in units of 256, a quarter of them to each of the four
# schedulers; each block takes 1 KB of shared memory for itself and its own in units of 128 bytes.
function blocks_per_multiprocessor(arch, used, bytes, threads,    capacity, warps, by_registers, by_shared) {
    capacity = arch == "sm_80" ? 164 : 228
    warps = int((threads + 31) / 32)
    by_registers = int(int(16384 / (int((used + 7) / 8) * 8 * 32)) * 4 / warps)
    by_shared = int(capacity * 1024 / (int((bytes + 127) / 128) * 128 + 1024))
    return least(least(by_registers, by_shared), least(32, int(64 / warps)))
}

function print_table(arch,    n, i, parts, key, threads, bytes, resident, sorted, text) {
    printf "\n## %s\n\n", arch
    printf "| kernel | registers | spilled bytes, stored + loaded | shared bytes | threads | blocks per SM | warps per SM |" \
           " instructions | per element | fill, per element | hot loop | FFMA in it | wide loads | wide stores |\n"
    printf "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    n = kernel_count[arch]
    for (i = 1; i <= n; i++) {
        sorted[i] = kernels[arch, i]
    }
    sort_names(sorted, n)
    for (i = 1; i <= n; i++) {
        split(sorted[i], parts, SUBSEP)
        key = arch SUBSEP sorted[i]
        threads = parts[2] in threads_of ? threads_of[parts[2]] : 256
        bytes = shared[key] + (parts[2] in dynamic_of ? dynamic_of[parts[2]] : 0)
        resident = blocks_per_multiprocessor(arch, registers[key], bytes, threads)
        text = spill_stores[key] + spill_loads[key] > 0 ? "**" spill_stores[key] " + " spill_loads[key] "**" : "0"
        printf "| %s | %d | %s | %d | %d | %d | %d | %d | %s | %s | %s | %s | %d | %d |\n", parts[2], registers[key],
               text, bytes, threads, resident, resident * int((threads + 31) / 32), count_of[key], element[key],
               fill[key], hot[key], share[key], wide_loads[key], wide_stores[key]
        if (spill_stores[key] + spill_loads[key] > 0) {
            print parts[2] ", " arch ": spills " spill_stores[key] " + " spill_loads[key] " bytes" > spills
        }
        if (!(key in count_of)) {
            print parts[2] ", " arch ": no machine code was read" > spills
        }
    }
}

function sort_names(list, n,    i, j, swap) {
    for (i = 2; i <= n; i++) {
        swap = list[i]
        for (j = i - 1; j >= 1 && list[j] > swap; j--) {
            list[j + 1] = list[j]
        }
        list[j + 1] = swap
    }
}
