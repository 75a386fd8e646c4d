using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class CropReaderTests
{
    private static readonly CropSettings Settings = new(Seed: 5, Size: 6, Batch: 3, Channels: 3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<string> _lines = [];

    private static CancellationToken Running => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1, 4)]
    [InlineData(0, 2, 4)]
    [InlineData(17, 1, 1)]
    [InlineData(17, 2, 3)]
    public void Batches_come_in_order_as_they_are_cut_at_once(long first, int threads, int ahead)
    {
        CropSampler sampler = Sampler(CropSamplerTests.Positions(9));
        using CropReader reader = Sampler(CropSamplerTests.Positions(9)).Read(first, threads, ahead);
        var expected = new float[sampler.Shape.Count];
        for (long b = first; b < first + 40; b++)
        {
            sampler.Fill(b, expected);
            Assert.Equal(expected, reader.Next(Running).ToArray());
        }
    }

    [Fact]
    public void No_more_is_read_than_may_wait()
    {
        FakeImages images = CropSamplerTests.Positions(9);
        using CropReader reader = Sampler(images, cacheBytes: 0).Read(0, threads: 2, ahead: 2);
        WaitForLoads(images, 3 * Settings.Batch);
        reader.Next(Running);
        WaitForLoads(images, 3 * Settings.Batch);
        reader.Next(Running);
        WaitForLoads(images, 4 * Settings.Batch);
    }

    [Fact]
    public void A_caller_that_gives_up_waiting_loses_no_batch()
    {
        using var open = new ManualResetEventSlim();
        FakeImages positions = CropSamplerTests.Positions(9);
        var images = new FakeImages(9, i =>
        {
            open.Wait(Patience, Running);
            return positions.Load(i);
        });
        using CropReader reader = Sampler(images).Read(0);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => reader.Next(soon.Token).ToArray());
        Assert.Throws<OperationCanceledException>(() => reader.Next(new CancellationToken(true)).ToArray());

        open.Set();
        CropSampler sampler = Sampler(CropSamplerTests.Positions(9));
        var expected = new float[sampler.Shape.Count];
        sampler.Fill(0, expected);
        Assert.Equal(expected, reader.Next(Running).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_failure_comes_to_the_caller_at_its_batch(int threads)
    {
        FakeImages positions = CropSamplerTests.Positions(60);
        var images = new FakeImages(60, i => i == 8 ? throw new OperationCanceledException("a bug") : positions.Load(i));
        int whole = 0;
        var crops = new float[Sampler(images).Shape.Count];
        try
        {
            while (true)
            {
                Sampler(images).Fill(whole, crops);
                whole++;
            }
        }
        catch (OperationCanceledException)
        {
            Assert.InRange(whole, 5, 500);
        }

        using CropReader reader = Sampler(images).Read(0, threads);
        for (int b = 0; b < whole; b++)
        {
            reader.Next(Running);
        }

        for (int i = 0; i < 2; i++)
        {
            Exception failure = Assert.Throws<OperationCanceledException>(() => reader.Next(Running).ToArray());
            Assert.Equal("a bug", failure.Message);
        }
    }

    [Fact]
    public void Skipped_images_are_reported_on_the_callers_thread()
    {
        FakeImages positions = CropSamplerTests.Positions(9);
        var images = new FakeImages(4, i => i > 1 ? throw new InputException($"'{i}' is damaged") : positions.Load(i));
        var threads = new HashSet<int>();
        var sampler = new CropSampler(images, Settings with { Batch = 40 }, line =>
        {
            _lines.Add(line);
            threads.Add(Environment.CurrentManagedThreadId);
        });
        using CropReader reader = sampler.Read(0, threads: 2);
        reader.Next(Running);

        Assert.Equal(["skipped: '2' is damaged", "skipped: '3' is damaged"], _lines.Order());
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
    }

    [Fact]
    public void A_set_without_any_usable_image_is_refused()
    {
        using CropReader reader = Sampler(new FakeImages(3)).Read(0, threads: 2);
        Assert.Contains("smaller crop", Assert.Throws<InputException>(() => reader.Next(Running).ToArray()).Message);
        Assert.Equal(3, _lines.Count);
    }

    [Fact]
    public void Disposal_ends_the_threads()
    {
        FakeImages images = CropSamplerTests.Positions(9);
        CropReader reader = Sampler(images, cacheBytes: 0).Read(0, threads: 2);
        reader.Next(Running);
        reader.Dispose();
        reader.Dispose();
        int loads = images.Loads;
        Thread.Sleep(30);
        Assert.Equal(loads, images.Loads);
        Assert.Throws<ObjectDisposedException>(() => reader.Next(Running).ToArray());
    }

    [Fact]
    public async Task Disposal_ends_a_caller_that_waits()
    {
        using var open = new ManualResetEventSlim();
        var images = new FakeImages(1, i =>
        {
            open.Wait(Patience, Running);
            return new PlanarImage(new float[36], new Shape(1, 1, 6, 6));
        });
        CropReader reader = Sampler(images).Read(0);
        Task<float[]> waiting = Task.Run(() => reader.Next(Running).ToArray(), Running);
        Task disposal = Task.Run(reader.Dispose, Running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(Patience, Running));

        open.Set();
        await disposal.WaitAsync(Patience, Running);
    }

    [Fact]
    public void The_caller_allocates_nothing()
    {
        using CropReader reader = Sampler(CropSamplerTests.Positions(9)).Read(0);
        for (int b = 0; b < 10; b++)
        {
            reader.Next(Running);
        }

        // Registering with a token that can be cancelled allocates occasionally.
        var never = new CancellationToken(false);
        Allocations.AssertNone(() =>
        {
            for (int b = 0; b < 40; b++)
            {
                reader.Next(never);
            }
        });
    }

    private CropSampler Sampler(IImageSet images, long cacheBytes = 1 << 20) =>
        new(images, Settings with { CacheBytes = cacheBytes }, _lines.Add);

    /// <summary>Waits until the count is reached, and checks that it does not change.</summary>
    private static void WaitForLoads(FakeImages images, int count)
    {
        Assert.True(SpinWait.SpinUntil(() => images.Loads >= count, Patience));
        Thread.Sleep(30);
        Assert.Equal(count, images.Loads);
    }
}
