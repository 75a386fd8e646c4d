using System.Reflection;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Engine.Tests;

/// <summary>A device that is disposed, in use by another thread, or lost.</summary>
public sealed class DeviceUseTests
{
    /// <summary>The public ops that reflection can call: spans cannot be boxed.</summary>
    private static MethodInfo[] Ops =>
    [
        .. typeof(Device).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !method.IsSpecialName && !method.IsAbstract && !method.IsVirtual && method.Name is not ("Dispose" or "Use")
                && !method.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike)),
    ];

    /// <summary>Catches an op that works on freed memory, which ends the process or gives wrong values.</summary>
    [Fact]
    public void Every_op_of_a_disposed_device_throws()
    {
        CpuDevice device = CpuDevice.Create(2);
        device.Dispose();
        Assert.True(Ops.Length > 40);
        Assert.All(Ops, op => Assert.IsType<ObjectDisposedException>(Call(device, op)));
        Assert.Throws<ObjectDisposedException>(() => device.Upload([1f], null!));
        device.Dispose();
    }

    /// <summary>Catches an op without the check: two threads in one device hang or give wrong values.</summary>
    [Fact]
    public void Every_op_throws_while_another_thread_uses_the_device()
    {
        using CpuDevice device = CpuDevice.Create(2);
        using Tensor x = device.AllocateZeros(Shape.Vector(8));
        using (device.Use())
        {
            Exception?[] failures = [];
            var other = new Thread(() => failures = [.. Ops.Select(op => Call(device, op))]);
            other.Start();
            other.Join();
            Assert.Equal(Ops.Length, failures.Length);
            Assert.All(failures, failure => Assert.Contains(
                "another thread", Assert.IsType<InvalidOperationException>(failure).Message));
            device.Fill(1, x);
        }

        Assert.Equal(1, x.ToArray()[0]);
    }

    /// <summary>Catches hangs and silent errors: each op of two threads either works or throws.</summary>
    [Fact]
    public void Two_threads_on_one_device_never_get_wrong_values()
    {
        using CpuDevice device = CpuDevice.Create(2);
        var shape = new Shape(1, 1, 256, 256);
        int refused = 0;
        int wrong = 0;
        void Work(int number)
        {
            Tensor? y = null;
            while (y is null)
            {
                try
                {
                    y = device.Allocate(shape);
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref refused);
                }
            }

            for (int i = 0; i < 300; i++)
            {
                try
                {
                    device.Fill(number, y);
                    device.Scale(2, y, y);
                    float[] values = y.ToArray();
                    if (Array.Exists(values, value => value != 2 * number))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }
                catch (InvalidOperationException)
                {
                    Interlocked.Increment(ref refused);
                }
            }

            y.Dispose();
        }

        Thread[] threads = [new(() => Work(1)), new(() => Work(2))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(0, wrong);
        Assert.True(refused > 0);
        Assert.Equal(0, device.LiveBuffers);
    }

    /// <summary>Catches tensors of a disposed device whose memory is never returned.</summary>
    [Fact]
    public void A_tensor_may_be_disposed_after_its_device()
    {
        CpuDevice device = CpuDevice.Create(1);
        Tensor tensor = device.AllocateZeros(Shape.Vector(1000));
        device.Dispose();
        tensor.Dispose();
        Assert.Equal(0, device.LiveBuffers);
    }

    /// <summary>Catches threads that keep a lost device alive for ever.</summary>
    [Fact]
    public void A_device_that_nobody_disposes_is_collected()
    {
        WeakReference lost = Lose();
        for (int i = 0; i < 10 && lost.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(lost.IsAlive);

        static WeakReference Lose()
        {
            CpuDevice device = CpuDevice.Create(2);
            device.AllocateZeros(new Shape(1, 1, 512, 512));
            return new WeakReference(device);
        }
    }

    private static Exception? Call(Device device, MethodInfo op)
    {
        op = op.IsGenericMethodDefinition ? op.MakeGenericMethod(typeof(int)) : op;
        object?[] arguments =
        [
            .. op.GetParameters().Select(parameter =>
                parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null),
        ];
        try
        {
            op.Invoke(device, arguments);
            return null;
        }
        catch (TargetInvocationException failure)
        {
            return failure.InnerException;
        }
    }
}
