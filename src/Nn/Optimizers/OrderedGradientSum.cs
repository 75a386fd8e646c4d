using System.Numerics.Tensors;
using InfAdmm.Engine;

namespace InfAdmm.Nn.Optimizers;

/// <summary>
/// The mean of the gradients of single images, added up in the order of the images: ((g₀ + g₁) + g₂) + …. The first process
/// adds up its images and sends the sum to the second one, which adds its own, and so on; the last one has the result, and
/// all others get it from there. So it has the same bits however many processes share the images. It needs memory for the
/// gradients of all images of a process, and the sum starts after the last of them.
/// </summary>
public sealed class OrderedGradientSum
{
    private readonly ParameterArena _arena;
    private readonly ProcessGroup _group;
    private readonly float[][] _gradients;
    private readonly float[] _sum;
    private readonly int _bucket;
    private int _added;

    /// <summary>Allocates memory for the gradients of the images of this process.</summary>
    /// <param name="arena">The gradients. The caller keeps ownership.</param>
    /// <param name="group">The processes, in the order of their images.</param>
    /// <param name="images">The number of images of each process.</param>
    /// <param name="bucket">The number of values that are sent together; the next process starts with the first ones.</param>
    public OrderedGradientSum(
        ParameterArena arena, ProcessGroup group, int images, int bucket = GradientSum.DefaultBucket)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bucket, 1);
        _arena = arena;
        _group = group;
        _bucket = bucket;
        _gradients = [.. Enumerable.Range(0, images).Select(_ => new float[arena.Gradients.Count])];

        // The native library reads and writes it.
        _sum = GC.AllocateUninitializedArray<float>(arena.Gradients.Count, pinned: true);
    }

    /// <summary>Takes the gradient of the next image from the arena, and sets that to zero.</summary>
    public void Add()
    {
        _arena.Gradients.Device.Download(_arena.Gradients, _gradients[_added++]);
        _arena.ZeroGradients();
    }

    /// <summary>Writes the mean to the arena, after all images have been added.</summary>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public void Finish()
    {
        var sent = new List<Task>();
        for (int start = 0; start < _sum.Length; start += _bucket)
        {
            Memory<float> part = _sum.AsMemory(start, Math.Min(_bucket, _sum.Length - start));
            if (_group.IsFirst)
            {
                part.Span.Clear();
            }
            else
            {
                _group.Wait(_group.ReceiveAsync(part, _group.Rank - 1));
            }

            foreach (float[] gradient in _gradients)
            {
                TensorPrimitives.Add(part.Span, gradient.AsSpan(start, part.Length), part.Span);
            }

            if (_group.Rank < _group.Size - 1)
            {
                sent.Add(_group.SendAsync(part, _group.Rank + 1));
            }
        }

        sent.ForEach(_group.Wait);
        _group.Wait(_group.BroadcastAsync(_sum, _group.Size - 1));
        Device device = _arena.Gradients.Device;
        device.Upload(_sum, _arena.Gradients);
        device.Scale(1f / (_gradients.Length * _group.Size), _arena.Gradients, _arena.Gradients);
        _added = 0;
    }
}
