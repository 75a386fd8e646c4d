using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda;

/// <summary>The sizes of an array for kernels that work on its channels (native/channel_layout.cuh).</summary>
internal readonly record struct ChannelLayout(int Images, Divisor Channels, Divisor PlaneSize)
{
    /// <summary>The layout of a shape (N, C, H, W).</summary>
    public static ChannelLayout Of(Shape shape) => new(shape.N, Divisor.Of(shape.C), Divisor.Of(shape.PlaneSize));
}
