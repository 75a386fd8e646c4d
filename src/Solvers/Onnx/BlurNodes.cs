using InfAdmm.Engine;
using InfAdmm.Nn.Onnx;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Onnx;

/// <summary>
/// A = S H and its adjoint as operations of an ONNX graph, on planes (planes, 1, height, width) of any size that is a
/// multiple of the stride s.
/// </summary>
/// <remarks>
/// On one axis, with a kernel of K entries and its origin at o, A is a convolution with the reversed kernel g and
/// p = K − 1 − o pixels of padding before the image: y[k] = Σ_t g[t] x[sk + t − p]. Its adjoint is
/// x[m] = Σ_k g[m + p − sk] y[k]. With a periodic boundary k runs over ⌊o/s⌋ measurements before the first and
/// ⌊(s − 1 + p)/s⌋ after the last; with zeros beyond the edge there are none.
/// </remarks>
internal static class BlurNodes
{
    /// <summary>Whether A with this boundary can be written.</summary>
    public static bool CanWrite(Boundary boundary) => boundary is Boundary.Periodic or Boundary.Zero;

    /// <summary>Adds y = A x and returns its name.</summary>
    public static string AddBlur(OnnxGraph graph, string x, BlurKernel kernel, int stride, Boundary boundary)
    {
        var rows = new Axis(kernel.Height, stride, boundary);
        var columns = new Axis(kernel.Width, stride, boundary);
        bool isPeriodic = boundary == Boundary.Periodic;
        string image = isPeriodic
            ? graph.AddPeriodic(x, (rows.Before, columns.Before, rows.After, columns.After))
            : x;
        return graph.AddNode(
            "Conv", [image, AddKernel(graph, kernel)],
            OnnxParameter.Of("strides", [stride, stride]),
            OnnxParameter.Of(
                "pads", isPeriodic ? [0, 0, 0, 0] : [rows.Before, columns.Before, rows.After, columns.After]));
    }

    /// <summary>Adds x = Aᵀ y and returns its name.</summary>
    public static string AddAdjoint(OnnxGraph graph, string y, BlurKernel kernel, int stride, Boundary boundary)
    {
        var rows = new Axis(kernel.Height, stride, boundary);
        var columns = new Axis(kernel.Width, stride, boundary);
        (int, int, int, int) pads =
            (rows.MeasuredBefore, columns.MeasuredBefore, rows.MeasuredAfter, columns.MeasuredAfter);
        return graph.AddNode(
            "ConvTranspose", [graph.AddPeriodic(y, pads), AddKernel(graph, kernel)],
            OnnxParameter.Of("strides", [stride, stride]),
            OnnxParameter.Of(
                "pads",
                [rows.CropBefore, columns.CropBefore, Math.Max(rows.CropAfter, 0), Math.Max(columns.CropAfter, 0)]),
            OnnxParameter.Of("output_padding", [Math.Max(-rows.CropAfter, 0), Math.Max(-columns.CropAfter, 0)]));
    }

    private static string AddKernel(OnnxGraph graph, BlurKernel kernel)
    {
        float[] reversed = [.. kernel.Values.ToArray().Reverse().Select(value => (float)value)];
        return graph.AddConstant(reversed, 1, 1, kernel.Height, kernel.Width);
    }

    /// <summary>What both operators pad and crop on one axis.</summary>
    private readonly record struct Axis(int Size, int Stride, Boundary Boundary)
    {
        private int Origin => (Size - 1) / 2;

        /// <summary>The pixels before the image that A reads.</summary>
        public int Before => Size - 1 - Origin;

        /// <summary>The pixels after the image that A reads.</summary>
        public int After => Math.Max(Origin + 1 - Stride, 0);

        /// <summary>The measurements before the first that the adjoint reads.</summary>
        public int MeasuredBefore => Boundary == Boundary.Periodic ? Origin / Stride : 0;

        /// <summary>The measurements after the last that the adjoint reads.</summary>
        public int MeasuredAfter => Boundary == Boundary.Periodic ? (Stride - 1 + Before) / Stride : 0;

        /// <summary>The pixels before the image that the transposed convolution computes.</summary>
        public int CropBefore => Stride * MeasuredBefore + Before;

        /// <summary>The pixels after the image that it computes; negative where it does not reach the edge.</summary>
        public int CropAfter => Stride * (MeasuredAfter - 1) + Origin + 1;
    }
}
