using System.Collections.Concurrent;
using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Restores the frames of a video in order. While one is restored, the next one is read and decoded and the last one
/// encoded and written, each by a thread of its own; nothing runs further ahead, so that a slow reader of the output
/// slows down the input. Memory does not depend on the number of frames.
/// <code>
/// Y4mReader reader = Y4mReader.Open(input);
/// var writer = new Y4mWriter(output, restorer.RestoredShape(reader.Shape), reader);
/// new VideoRestorer(reader, restorer, writer).Run();
/// </code>
/// </summary>
public sealed class VideoRestorer
{
    // One frame in work and one on the way.
    private const int Slots = 2;

    private readonly IFrameReader _reader;
    private readonly Restorer _restorer;
    private readonly IFrameWriter _writer;
    private readonly BlockingCollection<Frame> _freeInputs = [];
    private readonly BlockingCollection<Frame> _inputs = [];
    private readonly BlockingCollection<Frame> _freeOutputs = [];
    private readonly BlockingCollection<Frame> _outputs = [];
    private readonly LatencyHistogram _latencies = new();
    private int _restored;
    private int _written;
    private long _iterations;
    private int _continued;
    private int _cuts;
    private long _firstRead;
    private long _lastWritten;
    private bool _outputClosed;

    /// <summary>Puts the parts together.</summary>
    /// <param name="reader">The input. The caller keeps ownership.</param>
    /// <param name="restorer">
    /// The restorer. With <see cref="RestorationOptions.ContinuedIterations"/>, a frame continues from the last one,
    /// unless the scene changes (<see cref="Restorer.RestoreNext"/>). The caller keeps ownership.
    /// </param>
    /// <param name="writer">The output. The caller keeps ownership.</param>
    public VideoRestorer(IFrameReader reader, Restorer restorer, IFrameWriter writer)
    {
        _reader = reader;
        _restorer = restorer;
        _writer = writer;
    }

    /// <summary>How long a cancelled run waits for the current frame, and for the reader of its output.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What was done so far; call it after <see cref="Run"/> has returned or thrown.</summary>
    public VideoSummary Summary => new(
        _written, _written == 0 ? 0 : Stopwatch.GetElapsedTime(_firstRead, _lastWritten).TotalSeconds,
        _latencies.Quantile(0.5), _latencies.Quantile(0.99), _restored == 0 ? null : (double)_iterations / _restored,
        _continued, _cuts, _outputClosed);

    /// <summary>
    /// Restores all frames, until the input ends or the reader of the output closes it. Call it once. Frames before one
    /// that fails are written.
    /// </summary>
    /// <param name="cancellation">
    /// Ends the work after the current frame, which is still written unless it takes longer than 5 s.
    /// </param>
    /// <exception cref="InputException">
    /// The input has no frames, cannot be read, or ends within a frame; or its frames cannot be restored.
    /// </exception>
    /// <exception cref="ArithmeticException">The iteration diverged; the message names the frame.</exception>
    /// <exception cref="IOException">The output cannot be written to.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Run(CancellationToken cancellation = default)
    {
        _restorer.Prepare(_reader.Shape, cancellation);
        for (int i = 0; i < Slots; i++)
        {
            _freeInputs.Add(new Frame(_reader.Shape.Count), cancellation);
            _freeOutputs.Add(new Frame(_writer.Shape.Count), cancellation);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationToken stopped = stop.Token;
        using var abandon = new CancellationTokenSource();
        using CancellationTokenRegistration interrupted = cancellation.Register(() => abandon.CancelAfter(Patience));
        Task reading = Start(() => ReadFrames(stopped));
        Task writing = Start(() => WriteFrames(stop, abandon));
        try
        {
            RestoreFrames(stopped, abandon.Token);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // The output was closed or failed, or the caller cancelled, perhaps within a frame that takes long.
        }
        finally
        {
            _outputs.CompleteAdding();
            WaitFor(writing, cancellation);
            stop.Cancel();
        }

        cancellation.ThrowIfCancellationRequested();
        writing.GetAwaiter().GetResult();
        if (!_outputClosed)
        {
            reading.GetAwaiter().GetResult();
            CheckNotEmpty();
        }
    }

    /// <summary>Starts a thread, which does not keep the process alive while it waits for a pipe.</summary>
    private static Task Start(Action work) => Task.Factory.StartNew(
        work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void WaitFor(Task writing, CancellationToken cancellation)
    {
        try
        {
            Task.WaitAny([writing], cancellation);
        }
        catch (OperationCanceledException)
        {
            Task.WaitAny([writing], Patience);
        }
    }

    private void CheckNotEmpty()
    {
        if (_restored == 0)
        {
            throw new InputException("the input has no frames: there is nothing to restore");
        }
    }

    private void ReadFrames(CancellationToken stopped)
    {
        try
        {
            do
            {
                // Not before there is room: nothing is read further ahead.
                Frame frame = _freeInputs.Take(stopped);
                if (!_reader.Advance())
                {
                    return;
                }

                frame.Read = Stopwatch.GetTimestamp();
                _reader.Decode(frame.Values);
                _inputs.Add(frame, stopped);
            }
            while (true);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            // Nobody needs more frames.
        }
        finally
        {
            _inputs.CompleteAdding();
        }
    }

    private void RestoreFrames(CancellationToken stopped, CancellationToken abandoned)
    {
        while (_inputs.TryTake(out Frame? input, Timeout.Infinite, stopped))
        {
            Frame output = _freeOutputs.Take(stopped);
            try
            {
                Restore(input.Values, output.Values, abandoned);
            }
            catch (ArithmeticException failure)
            {
                throw new ArithmeticException($"frame {_restored + 1}: {failure.Message}", failure);
            }

            _restored++;
            _iterations += _restorer.LastIterations;
            output.Read = input.Read;

            // What is restored is written, whatever happens meanwhile.
            _outputs.Add(output, CancellationToken.None);
            _freeInputs.Add(input, stopped);
        }
    }

    private void Restore(float[] y, float[] x, CancellationToken abandoned)
    {
        if (!_restorer.CanContinue)
        {
            _restorer.Restore(y, _reader.Shape, x, cancellation: abandoned);
        }
        else if (_restorer.RestoreNext(y, _reader.Shape, x, cancellation: abandoned))
        {
            _continued++;
        }
        else if (_restored > 0)
        {
            _cuts++;
        }
    }

    private void WriteFrames(CancellationTokenSource stop, CancellationTokenSource abandon)
    {
        try
        {
            foreach (Frame frame in _outputs.GetConsumingEnumerable())
            {
                _writer.Write(frame.Values);
                _lastWritten = Stopwatch.GetTimestamp();
                _firstRead = _written == 0 ? frame.Read : _firstRead;
                _latencies.Add(Stopwatch.GetElapsedTime(frame.Read, _lastWritten).TotalSeconds);
                _written++;
                _freeOutputs.Add(frame);
            }
        }
        catch (IOException failure) when (StandardStreams.IsClosedPipe(failure))
        {
            _outputClosed = true;
            stop.Cancel();
            abandon.Cancel();
        }
        catch
        {
            stop.Cancel();
            abandon.Cancel();
            throw;
        }
    }

    /// <summary>The values of a frame, and when it had been read.</summary>
    private sealed class Frame(long count)
    {
        public float[] Values { get; } = new float[count];

        public long Read { get; set; }
    }
}
