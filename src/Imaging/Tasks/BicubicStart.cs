using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The bicubic image; a grey one is copied to all channels. Computed on the host.</summary>
public sealed record BicubicStart : ITaskStart
{
    /// <inheritdoc/>
    public int MarginIterations => 0;

    /// <inheritdoc/>
    public IStartEstimate Create(TaskOperator linearOperator, Tensor y) => new Estimate(linearOperator, y);

    private sealed class Estimate(TaskOperator linearOperator, Tensor y) : IStartEstimate
    {
        public void Apply(Tensor z)
        {
            float[] upsampled = BicubicUpsampling.Apply(
                y.ToArray(), linearOperator.MeasurementShape, linearOperator.Task.Stride);
            bool isComplete = linearOperator.MeasurementShape.C == linearOperator.ImageShape.C;
            linearOperator.Device.Upload(isComplete ? upsampled : RepeatPlanes(upsampled), z);
        }

        public void Dispose()
        {
        }

        private float[] RepeatPlanes(float[] planes)
        {
            Shape image = linearOperator.ImageShape;
            int size = image.PlaneSize;
            float[] repeated = new float[image.Count];
            for (int plane = 0; plane < image.Planes; plane++)
            {
                planes.AsSpan(plane / image.C * size, size).CopyTo(repeated.AsSpan(plane * size));
            }

            return repeated;
        }
    }
}
