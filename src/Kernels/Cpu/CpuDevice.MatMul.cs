using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// c = a·b is the 1×1 convolution of an image with k channels of 1×n pixels: the rows of b are the planes, a holds the
/// weights. Packing a and b copies m·k + k·n floats for m·k·n multiply-adds; it spares the tails, and the cache conflicts
/// of a row pitch that is a power of two.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c)
    {
        int rows = a.Shape.H;
        int depth = a.Shape.W;
        int columns = b.Shape.W;
        Convolve(
            new Planes(Pointer(b), new Shape(1, depth, 1, columns)),
            new Planes(Pointer(a), new Shape(rows, depth, 1, 1)),
            bias: null,
            Conv2dSpec.Valid(),
            Activation.None,
            new Planes(Pointer(c), new Shape(1, rows, 1, columns)));
    }
}
