namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The vector instructions that kernels are written in, once for all widths: kernels are generic over an instruction
/// set and its vector type, and the JIT compiles one specialisation for each. Loads and stores need no alignment.
/// </summary>
/// <typeparam name="V">The vector of float32 lanes.</typeparam>
internal unsafe interface ISimd<V>
    where V : unmanaged
{
    /// <summary>Lanes in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Vector registers that a micro-kernel may count on: 16 or 32.</summary>
    static abstract int Registers { get; }

    static abstract V Zero { get; }

    static abstract V Load(float* source);

    static abstract void Store(float* destination, V value);

    /// <summary>
    /// Stores past the caches, so that the line need not be read first; the destination is aligned to the vector. A
    /// job that stores so ends with <see cref="Fence"/>.
    /// </summary>
    static abstract void StoreStreaming(float* destination, V value);

    /// <summary>Makes the streaming stores of this thread visible to the others.</summary>
    static abstract void Fence();

    static abstract V Broadcast(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    /// <summary>a·b + c, fused where the machine can.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>max(a, b); NaN if either is.</summary>
    static abstract V Max(V a, V b);

    /// <summary>max(a, 0), NaN if a is: one instruction where <see cref="Max"/> takes several.</summary>
    static abstract V Rectify(V a);

    /// <summary>min(a, b); NaN if either is.</summary>
    static abstract V Min(V a, V b);

    static abstract V Abs(V a);

    static abstract V Divide(V a, V b);

    static abstract V Sqrt(V a);

    /// <summary>2ⁿ for whole n from −126 to 127, infinity for 128.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>value in the lanes where test is positive, else 0.</summary>
    static abstract V SelectPositive(V test, V value);

    /// <summary>The sum of the lanes, taken in double.</summary>
    static abstract double Sum(V a);

    /// <summary>Splits 2·Width interleaved floats: a gets the even places, b the odd ones.</summary>
    static abstract void Deinterleave2(float* source, out V a, out V b);

    /// <summary>Writes a0 b0 a1 b1 …: 2·Width floats.</summary>
    static abstract void Interleave2(float* destination, V a, V b);

    /// <summary>c − a·b, fused where the machine can.</summary>
    static abstract V NegatedMultiplyAdd(V a, V b, V c);

    /// <summary>
    /// Transposes Width × Width floats: lane j of destination i is float i of source j. All sources and all
    /// destinations are displaced by the same offsets, in floats, so that tables of pointers can be reused.
    /// </summary>
    static abstract void Transpose(float** sources, nint sourceOffset, float** destinations, nint destinationOffset);
}
