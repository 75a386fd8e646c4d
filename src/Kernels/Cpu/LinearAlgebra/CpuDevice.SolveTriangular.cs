using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Substitution with a row-major lower factor. Forward substitution computes the dot product of a row with the solved
/// part; backward substitution subtracts multiples of a row. Both read the factor once, row by row: m²/2 floats per
/// system, bound by memory bandwidth. Systems run in parallel; within a system, each unknown depends on the one before.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x)
    {
        if (Pointer(b) != Pointer(x))
        {
            CopyCore(b, x);
        }

        int size = factor.Shape.W;
        _pool.Run(new SubstitutionJob(Pointer(factor), size, transposed, Pointer(x)), x.Count / size);
    }

    private readonly struct SubstitutionJob(float* factor, int size, bool transposed, float* x) : IJob
    {
        public void Execute(int index, int worker)
        {
            float* system = x + (long)index * size;
            if (transposed)
            {
                Backward(system);
            }
            else
            {
                Forward(system);
            }
        }

        private void Forward(float* system)
        {
            for (int i = 0; i < size; i++)
            {
                float* row = factor + (long)i * size;
                V a = S.Zero;
                V b = S.Zero;
                int j = 0;
                for (; j <= i - 2 * S.Width; j += 2 * S.Width)
                {
                    a = S.MultiplyAdd(S.Load(row + j), S.Load(system + j), a);
                    b = S.MultiplyAdd(S.Load(row + j + S.Width), S.Load(system + j + S.Width), b);
                }

                double sum = S.Sum(S.Add(a, b));
                for (; j < i; j++)
                {
                    sum += row[j] * system[j];
                }

                system[i] = (float)((system[i] - sum) / row[i]);
            }
        }

        private void Backward(float* system)
        {
            for (int i = size - 1; i >= 0; i--)
            {
                float* row = factor + (long)i * size;
                float value = system[i] / row[i];
                system[i] = value;
                V negative = S.Broadcast(-value);
                int j = 0;
                for (; j <= i - S.Width; j += S.Width)
                {
                    S.Store(system + j, S.MultiplyAdd(negative, S.Load(row + j), S.Load(system + j)));
                }

                for (; j < i; j++)
                {
                    system[j] = float.MultiplyAddEstimate(-value, row[j], system[j]);
                }
            }
        }
    }
}
