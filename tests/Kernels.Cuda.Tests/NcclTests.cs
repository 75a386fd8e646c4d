using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Sums over several GPUs of the stand-in, each used by a thread that takes the part of a process.</summary>
public sealed class NcclTests : IDisposable
{
    private const int MostProcesses = 3;
    private readonly IDisposable _devices;
    private readonly long _handles;
    private readonly long _allocations;

    public NcclTests()
    {
        Gpu.NeedStandIn();
        _devices = StandIn.With("devices", MostProcesses, 1);
        _handles = StandIn.LiveHandles;
        _allocations = StandIn.LiveAllocations;
    }

    public void Dispose()
    {
        if (_devices is not null)
        {
            Assert.Equal(_handles, StandIn.LiveHandles);
            Assert.Equal(_allocations, StandIn.LiveAllocations);
            Assert.Equal(0, StandIn.LiveCommunicators);
            _devices.Dispose();
        }
    }

    /// <summary>
    /// Catches parts at the wrong place or of the wrong size, sums that do not wait for the work before, the sum of a round
    /// that is added to the next one, and values that go through the memory of the host.
    /// </summary>
    [Theory]
    [InlineData(2, 1, 7)]
    [InlineData(2, 33, 7)]
    [InlineData(3, 1001, 1000)]
    [InlineData(3, (1 << 18) + 5, 1 << 18)]
    public void Sums_are_those_of_all_processes(int processes, int count, int part)
    {
        long copies = StandIn.Count("cuMemcpyDtoHAsync_v2") + StandIn.Count("cuMemcpyHtoDAsync_v2");
        float[][] sums = ThreadGroup.Run(processes, group => OnOwnGpu(group, device =>
        {
            using Tensor x = device.Allocate(Shape.Vector(count));
            TensorSum sum = device.SumOver(group, x);
            for (int round = 0; round < 2; round++)
            {
                device.Fill(group.Rank + 1, x);
                device.Scale(round + 1, x, x);
                for (int start = 0; start < count; start += part)
                {
                    sum.Start(start, Math.Min(part, count - start));
                }

                sum.Finish();
            }

            Assert.InRange(sum.ExposedSeconds, 0, sum.Seconds);
            return x.ToArray();
        }));
        float expected = 2 * Enumerable.Range(1, processes).Sum();
        Assert.All(sums, values => Assert.All(values, value => Assert.Equal(expected, value)));
        long pieces = (count + (1 << 20) - 1) / (1 << 20);
        copies = StandIn.Count("cuMemcpyDtoHAsync_v2") + StandIn.Count("cuMemcpyHtoDAsync_v2") - copies;
        Assert.Equal(processes * pieces, copies);
    }

    /// <summary>Catches sums of gradients that all start after the backward pass, and a mean that is not that of all images.</summary>
    [Fact]
    public void Gradients_are_added_up_during_the_backward_pass()
    {
        float[] whole = ThreadGroup.Run(1, group => OnOwnGpu(group, device => Gradients(device, group, () => { })))[0];
        StandIn.ResetCounts();
        float[][] means = ThreadGroup.Run(2, group => OnOwnGpu(group, device => Gradients(device, group, () =>
        {
            group.Gather(0);
            Assert.Equal(2 * 3, StandIn.Count("ncclAllReduce"));
            group.Gather(0);
        })));
        Assert.Equal(2 * 3, StandIn.Count("ncclAllReduce"));
        Assert.All(means, mean => Gpu.AssertClose(whole, mean, 1e-5));
    }

    /// <summary>Catches a wait that does not ask NCCL for errors, and one that goes on after it.</summary>
    [Fact]
    public void A_process_that_ends_during_a_sum_is_lost()
    {
        var failures = Failures(2, (group, device, sum) =>
        {
            sum.Start(0, 5);
            if (!group.IsFirst)
            {
                device.Dispose();
                return;
            }

            var lost = Assert.Throws<ProcessGroupException>(sum.Finish);
            Assert.Contains("NCCL reports remote process exited", lost.Message, StringComparison.Ordinal);
            Assert.Same(lost, Assert.Throws<ProcessGroupException>(() => sum.Start(0, 5)));
        });
        Assert.Empty(failures);
    }

    /// <summary>Catches a wait for a process that is lost, but that NCCL knows nothing of.</summary>
    [Fact]
    public void A_process_that_the_group_lost_ends_a_sum()
    {
        var failures = Failures(2, (group, device, sum) =>
        {
            sum.Start(0, 5);
            sum.Finish();
            if (!group.IsFirst)
            {
                throw new InvalidOperationException("fails alone");
            }

            sum.Start(0, 5);
            var lost = Assert.Throws<ProcessGroupException>(sum.Finish);
            Assert.Equal("a thread failed", lost.Message);
        });
        Assert.Equal("fails alone", Assert.Single(failures).Message);
    }

    [Fact]
    public void Different_sums_are_an_error_in_all_processes()
    {
        var failures = Failures(2, (group, device, sum) =>
        {
            sum.Start(0, 4 + group.Rank);
            sum.Finish();
        });
        Assert.Equal(2, failures.Count);
        Assert.All(failures, failure => Assert.IsType<ProcessGroupException>(failure));
        Assert.Contains(failures, failure => failure.Message.Contains("internal error, the ranks add up 4 and 5", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_processes_on_one_GPU_are_an_error_in_both()
    {
        var failures = Failures(2, (_, _, sum) => sum.Start(0, 5), ordinal: _ => 1);
        Assert.Equal(2, failures.Count);
        Assert.All(failures, failure => Assert.Contains("ncclCommInitRank", Assert.IsType<DeviceException>(failure).Message));
        Assert.Contains(failures, failure => failure.Message.Contains("Duplicate GPU", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sum_cannot_be_recorded()
    {
        Assert.Empty(Failures(2, (group, device, sum) =>
        {
            Assert.Throws<InvalidOperationException>(() => device.Record(() => sum.Start(0, 5)));
            sum.Start(0, 5);
            Assert.Throws<InvalidOperationException>(() => device.Record(sum.Finish));
            sum.Finish();
        }));
    }

    [Fact]
    public void An_old_NCCL_is_refused()
    {
        using IDisposable version = StandIn.With("nccl_version", 2804, 22005);
        var failure = Assert.IsType<InputException>(Failures(2, (_, _, _) => { })[0]);
        Assert.Contains("need NCCL 2.13 or later", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Catches a stand-in that accepts what NCCL refuses.</summary>
    [Fact]
    public void The_stand_in_refuses_what_NCCL_refuses()
    {
        using CudaDevice device = Gpu.Create();
        device.MakeCurrent();
        NcclUniqueId id = default;
        Assert.Equal(4, Nccl.ncclCommInitRank(out _, 1, id, 0));
        Nccl.Check(Nccl.ncclGetUniqueId(out id));
        Assert.Equal(4, Nccl.ncclCommInitRank(out _, 2, id, 2));
        Nccl.Check(Nccl.ncclCommInitRank(out NcclComm comm, 1, id, 0));
        nint raw = comm.DangerousGetHandle();
        using Tensor x = device.Vector(1, 2, 3);
        DevicePointer address = CudaDevice.Address(x);
        Assert.Equal(0, Sum(address, 3));
        Assert.Equal(4, Sum(address, 3, type: 12));
        Assert.Equal(4, Sum(address, 3, op: 5));
        Assert.Equal(4, Sum(address, 300));
        Assert.Equal(4, Sum(new DevicePointer((ulong)raw), 3));
        device.Synchronize();
        Assert.Equal([1, 2, 3], x.ToArray());
        Tensor freed = device.Vector(1, 2, 3);
        address = CudaDevice.Address(freed);
        freed.Dispose();
        Assert.Equal(4, Sum(address, 3));
        comm.Abort();
        Assert.Equal(4, Nccl.ncclCommAbort(raw));
        Assert.Equal(4, Nccl.ncclCommDestroy(raw));
        Assert.Throws<ObjectDisposedException>(() => Sum(address, 3));

        int Sum(DevicePointer values, int count, int type = Nccl.Float32, int op = Nccl.Sum) =>
            Nccl.ncclAllReduce(values, values, (nuint)count, type, op, comm, device.Stream);
    }

    /// <summary>The failures of the processes that do some work with a sum of five values.</summary>
    private static List<Exception> Failures(
        int processes, Action<ThreadGroup, CudaDevice, TensorSum> work, Func<int, int>? ordinal = null)
    {
        var failures = new List<Exception>();
        try
        {
            ThreadGroup.Run(processes, group =>
            {
                try
                {
                    return OnOwnGpu(
                        group,
                        device =>
                        {
                            using Tensor x = device.AllocateZeros(Shape.Vector(5));
                            work(group, device, device.SumOver(group, x));
                            return 0;
                        },
                        ordinal);
                }
                catch (Exception failure)
                {
                    lock (failures)
                    {
                        failures.Add(failure);
                    }

                    throw;
                }
            });
        }
        catch (AggregateException) when (failures.Count > 0)
        {
            // They are the result.
        }

        return failures;
    }

    private static T OnOwnGpu<T>(ProcessGroup group, Func<CudaDevice, T> work, Func<int, int>? ordinal = null)
    {
        int gpu = ordinal is null ? group.LocalRank : ordinal(group.Rank);
        using CudaDevice device = CudaDevice.Create(new CudaOptions { Ordinal = gpu, UseLibraries = false });
        return work(device);
    }

    private static float[] Gradients(CudaDevice device, ProcessGroup group, Action afterBackward)
    {
        const int Images = 6;
        var shape = new Shape(Images / group.Size, 1, 6, 5);
        using var layers = new Network(device);
        using var arena = new ParameterArena(device, layers);
        using Tensor x = device.Allocate(shape);
        device.FillNormal(seed: 5, stream: 0, arena.Values);
        device.FillNormal(seed: 9, stream: 1, group.Rank * (long)x.Count, x);
        arena.ZeroGradients();
        var sum = new GradientSum(arena, group, bucket: 7);
        using var graph = new Graph(device, group);
        Variable y = layers.Second.Forward(layers.First.Forward(graph.Constant(x)));
        graph.Backward(Functional.MeanSquaredError(y, graph.Constant(x)), sum.Add);
        afterBackward();
        sum.Finish();
        return arena.Gradients.ToArray();
    }

    private sealed class Network : Module
    {
        public Network(Device device)
        {
            First = Register("first", new Conv2d(device, 1, 1, kernelSize: 3));
            Second = Register("second", new Conv2d(device, 1, 1, kernelSize: 3));
        }

        public Conv2d First { get; }

        public Conv2d Second { get; }
    }
}
