using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Optimizers;

/// <summary>
/// The mean of the gradients of all processes of a group. The arena is cut into buckets; the sum of a bucket starts as soon as
/// the backward pass has completed all of its gradients, and runs while the rest is computed.
/// <code>
/// graph.Backward(loss, sum.Add);
/// sum.Finish();
/// </code>
/// </summary>
public sealed class GradientSum
{
    /// <summary>The default size of a bucket, in values: 1 MiB.</summary>
    public const int DefaultBucket = 1 << 18;

    private readonly ParameterArena _arena;
    private readonly ProcessGroup _group;
    private readonly TensorSum? _sum;
    private readonly (int Start, int End)[] _buckets;
    private readonly long[] _missing;

    /// <summary>Cuts the arena into buckets.</summary>
    /// <param name="arena">The gradients. The caller keeps ownership.</param>
    /// <param name="group">The processes; all must have the same arena.</param>
    /// <param name="bucket">The number of values in a bucket, at least 1. A parameter may lie in several.</param>
    /// <exception cref="InputException">The device needs a library to add up over processes, which is missing.</exception>
    public GradientSum(ParameterArena arena, ProcessGroup group, int bucket = DefaultBucket)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bucket, 1);
        _arena = arena;
        _group = group;
        int count = group.Size > 1 ? arena.Gradients.Count : 0;
        _sum = count > 0 ? arena.Gradients.Device.SumOver(group, arena.Gradients) : null;
        _buckets =
        [
            .. Enumerable.Range(0, (count + bucket - 1) / bucket)
                .Select(i => (i * bucket, Math.Min((i + 1) * bucket, count))),
        ];
        _missing = new long[_buckets.Length];
        Reset();
    }

    /// <summary>The bytes that each process adds to the sum in a step.</summary>
    public long BytesPerStep => _sum is null ? 0 : sizeof(float) * (long)_arena.Gradients.Count;

    /// <summary>The number of buckets.</summary>
    public int Buckets => _buckets.Length;

    /// <summary>The seconds, in all steps, from the first start of a sum to the end of the last one.</summary>
    public double Seconds => _sum?.Seconds ?? 0;

    /// <summary>The part of <see cref="Seconds"/> in which nothing else was done: the backward pass had ended.</summary>
    public double ExposedSeconds => _sum?.ExposedSeconds ?? 0;

    /// <summary>The share of <see cref="Seconds"/> that was hidden behind the backward pass, 0 to 1.</summary>
    public double HiddenShare => Seconds > 0 ? 1 - ExposedSeconds / Seconds : 0;

    /// <summary>
    /// The gradient of a parameter is complete: starts the sums of the buckets that thereby are. Parameters that are not in the
    /// arena are ignored. All processes must call this in the same order.
    /// </summary>
    public void Add(Parameter parameter)
    {
        if (_arena.PlaceOf(parameter) is not { } place)
        {
            return;
        }

        for (int i = 0; i < _buckets.Length; i++)
        {
            long shared = Math.Min(place.Offset + place.Count, _buckets[i].End) - Math.Max(place.Offset, _buckets[i].Start);
            if (shared > 0 && (_missing[i] -= shared) == 0)
            {
                Start(i);
            }
        }
    }

    /// <summary>
    /// Starts the sums of the other buckets, whose parameters have no part in the loss, waits for all, and replaces the
    /// gradients of the arena by their means.
    /// </summary>
    /// <exception cref="ProcessGroupException">A process was lost.</exception>
    public void Finish()
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            if (_missing[i] > 0)
            {
                Start(i);
            }
        }

        if (_sum is not null)
        {
            _sum.Finish();
            _arena.Gradients.Device.Scale(1f / _group.Size, _arena.Gradients, _arena.Gradients);
            Reset();
        }
    }

    private void Start(int bucket)
    {
        (int start, int end) = _buckets[bucket];
        _sum!.Start(start, end - start);
    }

    private void Reset()
    {
        for (int i = 0; i < _buckets.Length; i++)
        {
            _missing[i] = _buckets[i].End - _buckets[i].Start;
        }
    }
}
