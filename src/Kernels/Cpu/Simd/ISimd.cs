namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The vector instructions of an instruction set. Kernels are generic over an instruction set and its vector type, and
/// the JIT compiles one specialisation for each. Loads and stores need no alignment.
/// </summary>
/// <typeparam name="V">The vector of float32 lanes.</typeparam>
internal unsafe interface ISimd<V>
    where V : unmanaged
{
    /// <summary>The number of lanes in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>The number of vector registers: 16 or 32.</summary>
    static abstract int Registers { get; }

    static abstract V Zero { get; }

    static abstract V Load(float* source);

    static abstract void Store(float* destination, V value);

    /// <summary>
    /// A non-temporal store, which bypasses the caches and does not read the cache line first. The destination must be
    /// aligned to the vector. A job that uses it must end with <see cref="Fence"/>.
    /// </summary>
    static abstract void StoreStreaming(float* destination, V value);

    /// <summary>Makes the non-temporal stores of this thread visible to other threads.</summary>
    static abstract void Fence();

    static abstract V Broadcast(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    /// <summary>a·b + c, fused if the machine supports it.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>max(a, b); NaN if either is NaN.</summary>
    static abstract V Max(V a, V b);

    /// <summary>max(a, 0); NaN if a is NaN. One instruction, where <see cref="Max"/> needs several.</summary>
    static abstract V Rectify(V a);

    /// <summary>min(a, b); NaN if either is NaN.</summary>
    static abstract V Min(V a, V b);

    static abstract V Abs(V a);

    static abstract V Divide(V a, V b);

    static abstract V Sqrt(V a);

    /// <summary>2ⁿ for integers n from −126 to 127; infinity for 128.</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>value in the lanes where test is positive, else 0.</summary>
    static abstract V SelectPositive(V test, V value);

    /// <summary>The sum of the lanes, computed in double.</summary>
    static abstract double Sum(V a);

    /// <summary>Splits 2·Width interleaved floats: a receives the even elements, b the odd ones.</summary>
    static abstract void Deinterleave2(float* source, out V a, out V b);

    /// <summary>Writes a0 b0 a1 b1 …: 2·Width floats.</summary>
    static abstract void Interleave2(float* destination, V a, V b);

    /// <summary>c − a·b, fused if the machine supports it.</summary>
    static abstract V NegatedMultiplyAdd(V a, V b, V c);

    /// <summary>
    /// Transposes Width × Width floats: lane j of destination i is float i of source j. The offsets, in floats, are
    /// added to all sources and to all destinations, so that tables of pointers can be reused.
    /// </summary>
    static abstract void Transpose(float** sources, nint sourceOffset, float** destinations, nint destinationOffset);
}
