using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Ops that gather something of each channel and then change its planes by it. With many channels a worker does both
/// for one channel at a time, so that the second pass finds in the cache what the first one read; with few, every plane
/// is a piece of its own. The sums are taken plane by plane in the order of the images either way.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        /// <summary>The sum of a plane, image · channels + channel.</summary>
        TSum Gather(int plane);

        /// <summary>Takes the sum of a whole channel.</summary>
        void Finish(int channel, in TSum sum);

        /// <summary>Writes a plane of a finished channel.</summary>
        void Apply(int plane);
    }

    private void RunPasses<TPasses, TSum>(in TPasses passes, Shape shape)
        where TPasses : unmanaged, IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        if (shape.C >= 2 * _pool.Count)
        {
            _pool.Run(new ChannelJob<TPasses, TSum>(passes, shape.N, shape.C), shape.C);
            return;
        }

        var sums = (TSum*)Scratch((long)shape.Planes * sizeof(TSum) / sizeof(float));
        _pool.Run(new GatherJob<TPasses, TSum>(passes, sums), shape.Planes);
        for (int c = 0; c < shape.C; c++)
        {
            var total = default(TSum);
            for (int n = 0; n < shape.N; n++)
            {
                total.Add(sums[n * shape.C + c]);
            }

            passes.Finish(c, total);
        }

        _pool.Run(new ApplyJob<TPasses, TSum>(passes), shape.Planes);
    }

    private readonly struct ChannelJob<TPasses, TSum>(TPasses passes, int images, int channels) : IJob
        where TPasses : unmanaged, IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        public void Execute(int index, int worker)
        {
            var total = default(TSum);
            for (int n = 0; n < images; n++)
            {
                total.Add(passes.Gather(n * channels + index));
            }

            passes.Finish(index, total);

            // Backwards, for the planes read last are the ones still in the cache.
            for (int n = images - 1; n >= 0; n--)
            {
                passes.Apply(n * channels + index);
            }
        }
    }

    private readonly struct GatherJob<TPasses, TSum>(TPasses passes, TSum* sums) : IJob
        where TPasses : unmanaged, IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        public void Execute(int index, int worker) => sums[index] = passes.Gather(index);
    }

    private readonly struct ApplyJob<TPasses, TSum>(TPasses passes) : IJob
        where TPasses : unmanaged, IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        public void Execute(int index, int worker) => passes.Apply(index);
    }
}
