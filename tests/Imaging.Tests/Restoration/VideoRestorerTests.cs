using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// Videos: order, memory and back-pressure of the stream, and frames that continue from the last one.
/// </summary>
public sealed class VideoRestorerTests
{
    private const int Side = 12;

    private static readonly PriorWeights Denoiser = ShippedWeights.Denoiser(ImageTasks.Deblurring, channels: 1);
    private static readonly RestorationOptions OneStep = new() { Iterations = 1 };
    private static readonly RestorationOptions Continued = new() { ContinuedIterations = 4 };

    /// <summary>Catches frames that are lost, exchanged or overwritten while another thread uses them.</summary>
    [Fact]
    public void Frames_keep_their_order() => Fixture.OnDevice(device =>
    {
        const int Frames = 20;
        byte[] input = Pixels(Frames);
        using var restorer = new Restorer(device, Denoiser, OneStep);
        using var output = new MemoryStream();

        VideoSummary summary = Run(restorer, new MemoryStream(input), output);

        using var expected = new MemoryStream();
        var reader = new RawFrameReader(new MemoryStream(input), RawFrameFormat.Gray8, Side, Side);
        var writer = new RawFrameWriter(expected, reader.Shape);
        float[] y = new float[reader.Shape.Count];
        while (reader.Advance())
        {
            reader.Decode(y);
            writer.Write(restorer.Restore(y, reader.Shape, cancellation: TestContext.Current.CancellationToken));
        }

        Assert.Equal(expected.ToArray(), output.ToArray());
        Assert.Equal((Frames, 0, 0, false), (summary.Frames, summary.Continued, summary.Cuts, summary.OutputClosed));
        Assert.Equal(1, summary.Iterations);
        Assert.InRange(summary.MedianLatency!.Value, 0, summary.LargestLatency!.Value);
    });

    /// <summary>Catches memory that grows with the number of frames.</summary>
    [Fact]
    public void Memory_does_not_grow_with_the_frames() => Fixture.OnDevice(device =>
    {
        const int Frames = 300;
        const int WarmUp = 50;
        using var restorer = new Restorer(device, Denoiser, Continued with { Iterations = 1 });
        var read = new ThreadAllocations(WarmUp, Frames);
        var written = new ThreadAllocations(WarmUp, Frames);
        using var input = new GeneratedFrames(Side * Side, Frames, _ => read.Next());
        using var output = new WatchedStream(written.Next);

        long few = 0;
        for (int run = 0; run < 2; run++)
        {
            // The first run allocates what is kept for the shape.
            using var start = new GeneratedFrames(Side * Side, WarmUp, _ => { });
            few = AllocatedBy(() => Run(restorer, start, Stream.Null));
        }

        long all = AllocatedBy(() => Assert.Equal(Frames, Run(restorer, input, output).Frames));

        // Handing a frame on takes some 100 bytes; its values are 576 bytes in each place.
        Assert.InRange((all - few) / (Frames - WarmUp), -500, 500);
        Assert.InRange(read.BytesPerFrame, 0, 500);
        Assert.InRange(written.BytesPerFrame, 0, 500);

        static long AllocatedBy(Action action)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    });

    /// <summary>Catches an input that is read ahead while the reader of the output waits.</summary>
    [Fact]
    public void A_slow_output_slows_the_input_down() => Fixture.OnDevice(device =>
    {
        using var restorer = new Restorer(device, Denoiser, OneStep);
        int read = 0;
        int most = 0;
        int written = 0;
        using var input = new GeneratedFrames(Side * Side, 12, frame => Interlocked.Increment(ref read));
        using var output = new WatchedStream(() =>
        {
            // A slow reader of the output.
            Thread.Sleep(40);
            written++;
            most = Math.Max(most, Volatile.Read(ref read) - written);
        });

        Run(restorer, input, output);

        // Two decoded and two restored at most, of which one is in work.
        Assert.Equal(12, written);
        Assert.InRange(most, 1, 4);
    });

    /// <summary>
    /// Catches a run that does not end when its output is closed, and reports that as a failure, or hides another one.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_closed_output_ends_the_run(bool isClosed) => Fixture.OnDevice(device =>
    {
        using var restorer = new Restorer(device, Denoiser, OneStep);
        using var input = new GeneratedFrames(Side * Side, int.MaxValue, _ => { });
        int written = 0;
        using var output = new WatchedStream(() =>
        {
            if (++written == 3)
            {
                throw new IOException("no space or no reader", isClosed ? 32 : 28);
            }
        });
        VideoRestorer stream = Create(restorer, input, output);

        if (isClosed)
        {
            stream.Run(TestContext.Current.CancellationToken);
        }
        else
        {
            Assert.Throws<IOException>(() => stream.Run(TestContext.Current.CancellationToken));
        }

        Assert.Equal((2, isClosed), (stream.Summary.Frames, stream.Summary.OutputClosed));
    });

    /// <summary>Catches a cancellation that waits for the next frame, or loses one that is restored.</summary>
    [Fact]
    public void Cancellation_ends_after_the_current_frame() => Fixture.OnDevice(device =>
    {
        using var restorer = new Restorer(device, Denoiser, OneStep);
        using var source = new CancellationTokenSource();
        using var reached = new ManualResetEventSlim();
        using var blocked = new ManualResetEventSlim();
        CancellationToken running = TestContext.Current.CancellationToken;
        using var input = new GeneratedFrames(Side * Side, int.MaxValue, frame =>
        {
            // There is room for the fourth frame once the second is restored.
            if (frame == 3)
            {
                reached.Set();
                blocked.Wait(running);
            }
        });
        int written = 0;
        using var output = new WatchedStream(() =>
        {
            if (++written == 1)
            {
                reached.Wait(running);
                source.Cancel();
            }
        });
        VideoRestorer stream = Create(restorer, input, output);

        Assert.Throws<OperationCanceledException>(() => stream.Run(source.Token));

        Assert.Equal((2, 2), (stream.Summary.Frames, written));
        blocked.Set();
    });

    /// <summary>Catches a cancellation that waits for a frame that takes long.</summary>
    [Fact]
    public void Cancellation_abandons_a_long_frame() => Fixture.OnDevice(device =>
    {
        const int LongSide = 1_500;
        using var restorer = new Restorer(device, Denoiser, OneStep with { Tile = 96 });
        using var source = new CancellationTokenSource();
        using var input = new GeneratedFrames(LongSide * LongSide, 3, frame =>
        {
            // The first frame is restored while the second one is read.
            if (frame == 1)
            {
                source.Cancel();
            }
        });
        var reader = new RawFrameReader(input, RawFrameFormat.Gray8, LongSide, LongSide);
        var stream = new VideoRestorer(reader, restorer, new RawFrameWriter(Stream.Null, reader.Shape))
        {
            Patience = TimeSpan.FromMilliseconds(1),
        };

        Assert.Throws<OperationCanceledException>(() => stream.Run(source.Token));

        // Not even one was restored.
        Assert.Null(stream.Summary.Iterations);
        Assert.Throws<OperationCanceledException>(() => Create(restorer, input, Stream.Null).Run(new CancellationToken(true)));
    });

    /// <summary>Catches a frame without values that is written, and frames before it that are not.</summary>
    [Fact]
    public void A_failure_names_the_frame() => Fixture.OnDevice(device =>
    {
        using var restorer = new Restorer(device, Denoiser, OneStep);
        using var output = new MemoryStream();
        var shape = new Shape(1, 1, Side, Side);
        var stream = new VideoRestorer(new DivergingFrames(shape), restorer, new RawFrameWriter(output, shape));

        var failure = Assert.Throws<ArithmeticException>(() => stream.Run(TestContext.Current.CancellationToken));

        Assert.StartsWith("frame 2: ", failure.Message);
        Assert.Equal(Side * Side, output.Length);

        var empty = Create(restorer, new MemoryStream(), output);
        Assert.Contains(
            "no frames", Assert.Throws<InputException>(() => empty.Run(TestContext.Current.CancellationToken)).Message);
    });

    /// <summary>
    /// Catches frames that continue across a scene cut, that do not continue where nothing changes, and iterates of a
    /// prepared or failed picture that are taken for those of a frame.
    /// </summary>
    [Fact]
    public void A_scene_cut_starts_afresh() => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 24, 24);
        float[] first = new PanningClip(24, 24, 0.25, 0, seed: 1).Frame(0)[..(24 * 24)];
        float[] second = new PanningClip(24, 24, 0.25, 0, seed: 2).Frame(0)[..(24 * 24)];
        using var fresh = new Restorer(device, Denoiser);
        using var restorer = new Restorer(device, Denoiser, Continued);
        using var output = new MemoryStream();
        var frames = new RepeatedFrames(shape, [first, first, first, second, second]);
        var stream = new VideoRestorer(frames, restorer, new RawFrameWriter(output, shape));

        stream.Run(TestContext.Current.CancellationToken);

        VideoSummary summary = stream.Summary;
        Assert.Equal((5, 3, 1), (summary.Frames, summary.Continued, summary.Cuts));
        Assert.Equal((2 * 12 + 3 * 4) / 5.0, summary.Iterations);
        byte[][] written = [.. output.ToArray().Chunk((int)shape.Count)];
        Assert.Equal(Expected(first), written[0]);
        Assert.Equal(Expected(second), written[3]);
        Assert.NotEqual(written[0], written[1]);

        byte[] Expected(float[] y)
        {
            using var one = new MemoryStream();
            new RawFrameWriter(one, shape).Write(
                fresh.Restore(y, shape, cancellation: TestContext.Current.CancellationToken));
            return one.ToArray();
        }
    });

    /// <summary>
    /// Catches a last picture that is not moved, or in the wrong direction, or put into the wrong place of a tile, and
    /// steps that begin again at the noise level of the first: two iterations are then much worse than twelve.
    /// </summary>
    [Theory]
    [InlineData(0, 0, PixelAlignment.Grid)]
    [InlineData(0.6, 0.3, PixelAlignment.Grid)]
    [InlineData(0.6, 0.3, PixelAlignment.Grid, 128)]
    [InlineData(-2.5, 1, PixelAlignment.Grid)]
    [InlineData(0.6, 0.3, PixelAlignment.Center)]
    public void A_panning_clip_needs_fewer_iterations(
        double right, double down, PixelAlignment alignment, int tile = 0) => Fixture.OnDevice(device =>
    {
        const int High = 56;
        const int Wide = 200;
        var shape = new Shape(1, 1, High, Wide);
        var clip = new MeasuredClip(device, ImageTasks.Deblurring, shape, right, down);
        var restoration = new RestorationOptions { Tile = tile, Alignment = alignment };
        using var fresh = new Restorer(device, Denoiser, restoration);
        using var restorer = new Restorer(device, Denoiser, restoration with { ContinuedIterations = 2 });
        float[] truth = [];
        float[] y = [];
        float[] x = new float[shape.Count];
        float[] expected = new float[shape.Count];
        CancellationToken running = TestContext.Current.CancellationToken;
        restorer.Prepare(shape, running);
        for (int frame = 0; frame < 4; frame++)
        {
            (truth, y) = clip.Frame(frame);
            Assert.Equal(frame > 0, restorer.RestoreNext(y, shape, x, cancellation: running));
        }

        fresh.Restore(y, shape, expected, cancellation: running);
        Assert.Equal(2, restorer.LastIterations);
        Assert.InRange(Inside(x) - Inside(expected), -0.5, 2);
        Allocations.AssertNone(() => restorer.RestoreNext(y, shape, x, cancellation: running));
        restorer.Restore(y, shape, x, cancellation: running);
        Assert.Equal(expected, x);
        Assert.Throws<InvalidOperationException>(() => fresh.RestoreNext(y, shape, x, cancellation: running));

        double Inside(float[] values) => ImageMetrics.Psnr(Inner(values), Inner(truth));

        // Away from what has come in at the edges.
        static float[] Inner(float[] values) =>
        [
            .. values.Where((_, i) => Math.Min(i / Wide, i % Wide) >= 16 && i / Wide < High - 16 && i % Wide < Wide - 16),
        ];
    });

    /// <summary>
    /// Catches a good estimate that goes through the first trained step, which expects a bad one: it then falls by 20
    /// dB.
    /// </summary>
    [Fact]
    public void A_trained_prior_continues_after_its_first_step() => Fixture.OnDevice(device =>
    {
        PriorWeights trained = ShippedWeights.Prior("deblur");
        var shape = new Shape(1, 3, 48, 48);
        (float[] truth, float[] y) = new MeasuredClip(device, ImageTasks.Deblurring, shape, 0, 0).Frame(0);
        var restoration = new RestorationOptions { ContinuedIterations = trained.Rho.Count + 2 };
        using var restorer = new Restorer(device, trained, restoration);
        float[] fresh = new float[shape.Count];
        float[] x = new float[shape.Count];
        CancellationToken running = TestContext.Current.CancellationToken;

        Assert.False(restorer.RestoreNext(y, shape, fresh, cancellation: running));
        Assert.True(restorer.RestoreNext(y, shape, x, cancellation: running));

        Assert.Equal(trained.Rho.Count + 2, restorer.LastIterations);
        Assert.InRange(ImageMetrics.Psnr(x, truth) - ImageMetrics.Psnr(fresh, truth), -1, 3);
    });

    /// <summary>Catches a shift in the wrong direction or axis, and one that noise or a large distance hides.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.3, 0)]
    [InlineData(0, -0.7)]
    [InlineData(5.5, -3.25)]
    [InlineData(-21, 14)]
    public void The_shift_between_frames_is_estimated(double right, double down)
    {
        const int High = 90;
        const int Wide = 131;
        var shape = new Shape(1, 3, High, Wide);
        var clip = new PanningClip(High, Wide, right, down);
        float[] noise = Fixture.Normal(2 * (int)shape.Count, seed: 5);
        float[] first = [.. clip.Frame(1).Select((value, i) => value + 0.02f * noise[i])];
        float[] second = [.. clip.Frame(2).Select((value, i) => value + 0.02f * noise[shape.Count + i])];

        (double actualDown, double actualRight) = new ShiftEstimate().Between(first, second, shape);

        // A window that moves to the right moves its contents to the left.
        Assert.Equal(-down, actualDown, 0.03);
        Assert.Equal(-right, actualRight, 0.03);
        Assert.Equal((0, 0), new ShiftEstimate().Between(new float[shape.Count], new float[shape.Count], shape));
    }

    /// <summary>
    /// Catches a moving object that stays where it was, and what has come into the picture that is taken from its other
    /// edge.
    /// </summary>
    [Fact]
    public void What_moves_on_its_own_starts_afresh()
    {
        const int Size = 64;
        var shape = new Shape(1, 1, Size, Size);
        var clip = new PanningClip(Size, Size, 3, 0);
        float[] first = clip.Frame(0)[..(Size * Size)];
        float[] second = clip.Frame(1)[..(Size * Size)];
        for (int i = 0; i < 8; i++)
        {
            second.AsSpan((24 + i) * Size + 32, 8).Fill(i % 2);
        }

        var last = new LastPicture();
        Assert.False(last.Match(first, shape));
        last.Keep(first, shape);

        Assert.True(last.Match(second, shape));

        Assert.False(last.Agrees(24, 32));
        Assert.False(last.Agrees(31, 39));
        Assert.True(last.Agrees(24, 24));
        Assert.True(last.Agrees(32, 32));
        Assert.Contains(Enumerable.Range(0, Size), row => !last.Agrees(row, Size - 1));
        Assert.Equal(-3, last.Right, 0.1);
        last.Forget();
        Assert.False(last.Match(second, shape));
    }

    private static VideoSummary Run(Restorer restorer, Stream input, Stream output)
    {
        VideoRestorer stream = Create(restorer, input, output);
        stream.Run(TestContext.Current.CancellationToken);
        return stream.Summary;
    }

    private static VideoRestorer Create(Restorer restorer, Stream input, Stream output)
    {
        var reader = new RawFrameReader(input, RawFrameFormat.Gray8, Side, Side);
        return new VideoRestorer(reader, restorer, new RawFrameWriter(output, reader.Shape));
    }

    private static byte[] Pixels(int frames)
    {
        byte[] pixels = new byte[frames * Side * Side];
        new Random(2).NextBytes(pixels);
        return pixels;
    }

    /// <summary>What a thread allocates from one frame to another; other tests run at the same time.</summary>
    private sealed class ThreadAllocations(int first, int last)
    {
        private int _frame;
        private long _before;
        private long _after;

        public long BytesPerFrame => (_after - _before) / (last - first);

        public void Next()
        {
            _frame++;
            _before = _frame == first ? GC.GetAllocatedBytesForCurrentThread() : _before;
            _after = _frame == last ? GC.GetAllocatedBytesForCurrentThread() : _after;
        }
    }

    /// <summary>A stream of frames that are made as they are read; calls back before each.</summary>
    private sealed class GeneratedFrames(int size, int frames, Action<int> next) : MemoryStream
    {
        private long _at;

        public override int Read(Span<byte> buffer)
        {
            if (_at >= (long)size * frames)
            {
                return 0;
            }

            if (_at % size == 0)
            {
                next((int)(_at / size));
            }

            int count = (int)Math.Min(buffer.Length, size - _at % size);
            for (int i = 0; i < count; i++)
            {
                buffer[i] = (byte)(_at + i);
            }

            _at += count;
            return count;
        }
    }

    /// <summary>A stream that calls back before each write, and keeps nothing.</summary>
    private sealed class WatchedStream(Action writing) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => writing();

        public override void Write(byte[] buffer, int offset, int count) => writing();
    }

    /// <summary>Frames of which the second is too large for single precision.</summary>
    private sealed class DivergingFrames(Shape shape) : IFrameReader
    {
        private int _frame;

        public Shape Shape => shape;

        public bool Advance() => ++_frame <= 3;

        public void Decode(Span<float> values) => values.Fill(_frame == 2 ? float.MaxValue : 0.5f);
    }

    /// <summary>Given frames.</summary>
    private sealed class RepeatedFrames(Shape shape, float[][] frames) : IFrameReader
    {
        private int _frame = -1;

        public Shape Shape => shape;

        public bool Advance() => ++_frame < frames.Length;

        public void Decode(Span<float> values) => frames[_frame].CopyTo(values);
    }
}
