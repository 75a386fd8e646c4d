using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Measures and restores images by several methods, and keeps what the reports need.</summary>
/// <param name="device">Where it computes.</param>
/// <param name="task">The task.</param>
/// <param name="records">The methods with their parameters; they are filled.</param>
/// <param name="seed">Of the noise.</param>
public sealed class EvaluationRun(
    Device device, ImageTask task, IReadOnlyList<MethodRecord> records, ulong seed) : IDisposable
{
    private TaskBench? _bench;
    private readonly List<Restorer> _restorers = [];

    /// <summary>Measures and restores an image.</summary>
    /// <param name="number">Its number among those reported.</param>
    /// <param name="image">An image of the task's size.</param>
    /// <returns>The measurement, each method's result and the truth.</returns>
    public RestoredImage Add(int number, PlanarImage image)
    {
        TaskBench bench = BenchFor(image);
        bench.Measure(image, seed, number);
        var results = new List<PlanarImage>();
        for (int i = 0; i < records.Count; i++)
        {
            results.Add(new PlanarImage(Restore(bench, _restorers[i], records[i], image), image.Shape));
        }

        return new RestoredImage(new PlanarImage(TaskBench.Clipped(bench.Y), bench.Y.Shape), results, image);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Restorer restorer in _restorers)
        {
            restorer.Dispose();
        }

        _restorers.Clear();
        _bench?.Dispose();
        _bench = null;
    }

    /// <summary>Restores and times it; evaluation of the iterates is not counted.</summary>
    private float[] Restore(TaskBench bench, Restorer restorer, MethodRecord record, PlanarImage truth)
    {
        int iteration = 0;
        device.Synchronize();
        var clock = Stopwatch.StartNew();
        restorer.Restore(bench.Result, Evaluate);
        device.Synchronize();
        clock.Stop();
        float[] restored = TaskBench.Clipped(bench.Result);
        record.Add(restored, truth, clock.Elapsed.TotalSeconds);
        return restored;

        void Evaluate(Tensor iterate)
        {
            device.Synchronize();
            clock.Stop();
            record.AddIterate(iteration++, TaskBench.Clipped(iterate), truth);
            clock.Start();
        }
    }

    private TaskBench BenchFor(PlanarImage image)
    {
        if (_bench?.X.Shape == image.Shape)
        {
            return _bench;
        }

        Dispose();
        _bench = new TaskBench(device, task, image.Shape);
        _bench.Measure(image, seed, 0);
        foreach (MethodRecord record in records)
        {
            Restorer restorer = record.Method.Create(_bench.Operator, _bench.Y, record.Parameters);
            _restorers.Add(restorer);

            // Untimed: what only happens once in a process, or for a shape, is not part of an image's time.
            restorer.Restore(_bench.Result, null);
        }

        return _bench;
    }
}

/// <summary>An image of the contact sheet.</summary>
/// <param name="Measurement">y, clipped to [0, 1].</param>
/// <param name="Results">One a method.</param>
/// <param name="Truth">x.</param>
public sealed record RestoredImage(
    PlanarImage Measurement, IReadOnlyList<PlanarImage> Results, PlanarImage Truth);
