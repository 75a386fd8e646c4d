using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Ops that compute a sum over each channel and then use it on the planes of the channel. With many channels a worker
/// does both passes for one channel at a time, so that the second pass finds the data of the first in the cache; with
/// few channels every plane is a piece of its own. Either way the sums of planes are added in the order of the images.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IChannelPasses<TSum>
        where TSum : unmanaged, IChannelSum<TSum>
    {
        /// <summary>Computes the sum of plane image · channels + channel.</summary>
        TSum Gather(int plane);

        /// <summary>Receives the sum of a whole channel.</summary>
        void Finish(int channel, in TSum sum);

        /// <summary>Writes a plane of a channel whose sum is complete.</summary>
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

            // In reverse order: the planes that were read last are still in the cache.
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
