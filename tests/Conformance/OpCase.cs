using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// One op on one set of shapes: how to run it on a device, and a simple double-precision reference. Every backend must
/// pass every case; the benchmarks time the same cases.
/// </summary>
public sealed class OpCase
{
    /// <summary>The name, unique and readable: "conv2d 7→33 4x4 periodic".</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The shapes of the inputs. They are filled with standard normal values unless <see cref="Fill"/> is set.
    /// </summary>
    public required Shape[] Inputs { get; init; }

    /// <summary>The shapes of the outputs.</summary>
    public required Shape[] Outputs { get; init; }

    /// <summary>Runs the op. Inputs must not change; an in-place op works on outputs copied from inputs.</summary>
    public required Action<Device, Tensor[], Tensor[]> Run { get; init; }

    /// <summary>False if <see cref="Run"/> allocates or reads back, so that it cannot be recorded.</summary>
    public bool IsRecordable { get; init; } = true;

    /// <summary>Computes the outputs from the same float32 inputs in double precision, with simple loops.</summary>
    public required Func<double[][], double[][]> Reference { get; init; }

    /// <summary>The largest allowed error, relative to the largest magnitude of the reference output.</summary>
    public required double Tolerance { get; init; }

    /// <summary>
    /// Replaces the normal values of input i, for operands that must be positive, triangular and so on.
    /// </summary>
    public Action<int, float[]>? Fill { get; init; }

    public override string ToString() => Name;

    /// <summary>The same case with its op recorded and then launched once.</summary>
    public OpCase Recorded() => new()
    {
        Name = Name,
        Inputs = Inputs,
        Outputs = Outputs,
        Reference = Reference,
        Tolerance = Tolerance,
        Fill = Fill,
        Run = (device, inputs, outputs) =>
        {
            using Recording recording = device.Record(() => Run(device, inputs, outputs));
            recording.Launch();
        },
    };

    /// <summary>Creates the inputs of this case, the same at every call.</summary>
    public float[][] MakeInputs()
    {
        var random = new Random(20170906);
        var inputs = new float[Inputs.Length][];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = new float[Inputs[i].Count];
            for (int j = 0; j < inputs[i].Length; j++)
            {
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
                inputs[i][j] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
            }

            Fill?.Invoke(i, inputs[i]);
        }

        return inputs;
    }
}
