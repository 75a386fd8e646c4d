using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Engine.Tests;

public sealed class TensorTests : IDisposable
{
    private readonly CpuDevice _device = CpuDevice.Create(threads: 1);

    public void Dispose()
    {
        Assert.Equal(0, _device.LiveBuffers);
        _device.Dispose();
    }

    [Fact]
    public void Views_share_the_memory_of_their_owner()
    {
        using Tensor owner = _device.Allocate(new Shape(1, 2, 2, 3), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        using Tensor plane = owner.Slice(6, new Shape(1, 1, 2, 3));
        using Tensor row = plane.Slice(3, Shape.Vector(3));
        using Tensor flat = owner.Reshape(Shape.Vector(12));

        _device.Upload([-1, -2, -3], row);

        Assert.Equal([6, 7, 8, -1, -2, -3], plane.ToArray());
        Assert.Equal(-3, flat.ToArray()[11]);
        Assert.Equal(6, plane.ToScalar());
        Assert.Equal(1, _device.LiveBuffers);
    }

    [Fact]
    public void Views_stay_within_their_owner()
    {
        using Tensor owner = _device.Allocate(Shape.Vector(6));
        Assert.Throws<ShapeException>(() => owner.Reshape(Shape.Vector(5)));
        Assert.Throws<ShapeException>(() => owner.Slice(4, Shape.Vector(3)));
        Assert.Throws<ShapeException>(() => owner.Slice(-1, Shape.Vector(3)));
    }

    [Fact]
    public void Disposing_a_view_leaves_the_memory()
    {
        using Tensor owner = _device.Allocate(Shape.Vector(2), [1, 2]);
        owner.Reshape(Shape.Matrix(2, 1)).Dispose();
        Assert.Equal([1, 2], owner.ToArray());
    }

    [Fact]
    public void Disposing_twice_does_nothing_more()
    {
        Tensor tensor = _device.Allocate(Shape.Vector(2));
        tensor.Dispose();
        tensor.Dispose();
        Assert.Equal(0, _device.LiveBuffers);
    }

    /// <summary>
    /// Catches parts of a failed creation that stay allocated, also those of a creation inside it that succeeded, and parts
    /// that are freed although nothing failed.
    /// </summary>
    [Fact]
    public void What_a_failed_creation_allocated_is_freed()
    {
        using Tensor before = _device.Allocate(Shape.Vector(2), [1, 2]);
        Assert.Throws<InvalidOperationException>(() => _device.Create<Tensor>(() =>
        {
            _device.Allocate(Shape.Vector(3)).Dispose();
            _device.Create(() => _device.Allocate(Shape.Vector(4)));
            _device.Allocate(Shape.Vector(5));
            throw new InvalidOperationException();
        }));
        Assert.Equal(1, _device.LiveBuffers);
        using Tensor created = _device.Create(() => _device.Allocate(Shape.Vector(2), [3, 4]));
        Assert.Equal([1, 2, 3, 4], [.. before.ToArray(), .. created.ToArray()]);
        Assert.Throws<InvalidOperationException>(() => _device.Create<Tensor>(() => throw new InvalidOperationException()));
        Assert.Equal(2, _device.LiveBuffers);
    }

    [Fact]
    public void Host_copies_must_have_the_same_count()
    {
        using Tensor tensor = _device.Allocate(Shape.Vector(3));
        Assert.Throws<ShapeException>(() => _device.Upload(new float[2], tensor));
        Assert.Throws<ShapeException>(() => _device.Download(tensor, new float[4]));
        Assert.Throws<ShapeException>(() => _device.Allocate(new Shape(1, 0, 1, 1)));
    }

    [Fact]
    public void A_scope_frees_what_was_not_kept()
    {
        Tensor kept;
        using (var scope = new TensorScope(_device))
        {
            scope.Allocate(Shape.Vector(8));
            kept = scope.Keep(scope.Add(_device.Allocate(Shape.Vector(2), [3, 4])));
            Assert.Equal(2, _device.LiveBuffers);
            Assert.Throws<InvalidOperationException>(() => scope.Keep(kept));
        }

        Assert.Equal(1, _device.LiveBuffers);
        Assert.Equal([3, 4], kept.ToArray());
        kept.Dispose();
    }
}
