using InfAdmm.Engine;

namespace InfAdmm.Imaging.Tasks;

/// <summary>The bicubic image; a grey one is copied to all channels. Computed on the host.</summary>
public sealed record BicubicStart : ITaskStart
{
    /// <inheritdoc/>
    public int MarginIterations => 0;

    /// <inheritdoc/>
    public IStartEstimate Create(TaskOperator linearOperator, Tensor y) => new Estimate(linearOperator, y);

    private sealed class Estimate : IStartEstimate
    {
        private readonly TaskOperator _operator;
        private readonly Tensor _y;
        private readonly BicubicUpsampler _upsampler;
        private readonly float[] _measured;
        private readonly float[] _upsampled;
        private readonly float[] _image;

        public Estimate(TaskOperator linearOperator, Tensor y)
        {
            _operator = linearOperator;
            _y = y;
            Shape measured = linearOperator.MeasurementShape;
            _upsampler = new BicubicUpsampler(measured, linearOperator.Task.Stride);
            _measured = new float[measured.Count];
            _upsampled = new float[measured.Upsampled(linearOperator.Task.Stride).Count];
            _image = measured.C == linearOperator.ImageShape.C
                ? _upsampled
                : new float[linearOperator.ImageShape.Count];
        }

        public void Apply(Tensor z)
        {
            _y.Device.Download(_y, _measured);
            _upsampler.Apply(_measured, _upsampled);
            if (_image != _upsampled)
            {
                RepeatPlanes();
            }

            _operator.Device.Upload(_image, z);
        }

        public void Dispose()
        {
        }

        private void RepeatPlanes()
        {
            Shape image = _operator.ImageShape;
            int size = image.PlaneSize;
            for (int plane = 0; plane < image.Planes; plane++)
            {
                _upsampled.AsSpan(plane / image.C * size, size).CopyTo(_image.AsSpan(plane * size));
            }
        }
    }
}
