using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Computes measurements of images and restores them with several methods.</summary>
/// <param name="device">The device to run on.</param>
/// <param name="task">The task.</param>
/// <param name="results">The methods with their parameters; receives the results.</param>
/// <param name="seed">The seed of the noise.</param>
internal sealed class MethodComparison(
    Device device, ImageTask task, IReadOnlyList<MethodResults> results, ulong seed) : IDisposable
{
    private TaskWorkspace? _workspace;
    private readonly List<PreparedMethod> _prepared = [];

    /// <summary>Compares what images look like; null to leave that out.</summary>
    public PerceptualDistance? Perceptual { get; init; }

    /// <summary>Measures and restores an image.</summary>
    /// <param name="number">The index of the image among those reported, used as the stream of its noise.</param>
    /// <param name="image">The image, cropped for the task.</param>
    /// <exception cref="ArithmeticException">A method gave values that are not finite.</exception>
    /// <remarks>After an exception, no method has a result for the image.</remarks>
    public RestoredImage Add(int number, PlanarImage image)
    {
        int count = results[0].Count;
        try
        {
            return AddToAll(number, image);
        }
        catch
        {
            foreach (MethodResults of in results)
            {
                of.KeepFirst(count);
            }

            Dispose();
            throw;
        }
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (PreparedMethod method in _prepared)
        {
            method.Dispose();
        }

        _prepared.Clear();
        _workspace?.Dispose();
        _workspace = null;
    }

    private RestoredImage AddToAll(int number, PlanarImage image)
    {
        TaskWorkspace workspace = WorkspaceFor(image);
        workspace.Measure(image, seed, number);
        var images = new List<PlanarImage>();
        var iterates = new List<List<(int Iteration, PlanarImage Image)>>();
        for (int i = 0; i < results.Count; i++)
        {
            iterates.Add([]);
            images.Add(new PlanarImage(
                Restore(workspace, _prepared[i], results[i], image, iterates[i]), image.Shape));
        }

        return new RestoredImage(new PlanarImage(TaskWorkspace.Clipped(workspace.Y), workspace.Y.Shape), images, image)
        {
            Iterates = iterates,
        };
    }

    /// <summary>Restores and times an image; the evaluation of iterates is not timed.</summary>
    private float[] Restore(
        TaskWorkspace workspace, PreparedMethod method, MethodResults methodResults, PlanarImage truth,
        List<(int Iteration, PlanarImage Image)> shown)
    {
        int iteration = 0;
        device.Synchronize();
        var clock = Stopwatch.StartNew();
        method.Restore(workspace.Result, Evaluate);
        device.Synchronize();
        clock.Stop();
        float[] restored = TaskWorkspace.Clipped(workspace.Result);
        if (!FiniteValues.All(restored))
        {
            throw new ArithmeticException(
                $"{methodResults.Method.Name} gave values that are not finite: choose other parameters or fewer iterations");
        }

        methodResults.Add(restored, truth, clock.Elapsed.TotalSeconds, workspace.Misfit(restored), Perceptual);
        return restored;

        void Evaluate(Tensor iterate)
        {
            device.Synchronize();
            clock.Stop();
            float[] values = TaskWorkspace.Clipped(iterate);
            methodResults.AddIterate(iteration++, values, truth);
            if (method.MeasureZUpdate() is { } update)
            {
                methodResults.AddZUpdate(iteration - 1, update);
            }

            if (RestoredImage.ShownIterations.Contains(iteration) || iteration == methodResults.Method.Iterations)
            {
                shown.Add((iteration, new PlanarImage(values, truth.Shape)));
            }

            clock.Start();
        }
    }

    private TaskWorkspace WorkspaceFor(PlanarImage image)
    {
        if (_workspace?.X.Shape == image.Shape)
        {
            return _workspace;
        }

        Dispose();
        _workspace = new TaskWorkspace(device, task, image.Shape);
        _workspace.Measure(image, seed, 0);
        foreach (MethodResults of in results)
        {
            PreparedMethod method = of.Method.Create(_workspace.Operator, _workspace.Y, of.Parameters);
            _prepared.Add(method);

            // Not timed: work that is done once per process or shape is not part of an image's time.
            method.Restore(_workspace.Result, null);
        }

        return _workspace;
    }
}
