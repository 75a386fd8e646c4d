using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// Mean over the images of a batch of ln(mse + floor), where mse is the mean of (x − target)² over one image; the
    /// result has one element. Without the floor this is −ln(10)/10 times the mean PSNR in dB, so that well and badly
    /// restored images have equal weight.
    /// </summary>
    /// <param name="x">The images, (N, C, H, W).</param>
    /// <param name="target">The reference images, of the shape of x.</param>
    /// <param name="floor">Added to each mse; errors well below it no longer matter. Greater than 0.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Variable MeanLogSquaredError(Variable x, Variable target, float floor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(floor);
        var graph = Graph.Of(x, target);
        CheckSameShape(x, target, nameof(MeanLogSquaredError));
        Device device = graph.Device;
        int images = x.Shape.N;
        Shape image = x.Shape with { N = 1 };
        float mean = 1f / image.Count;
        Tensor distances = graph.Allocate(Shape.Vector(images));
        for (int n = 0; n < images; n++)
        {
            device.SquaredDistance(Image(x.Data, n), Image(target.Data, n), distances.Slice(n, Shape.Scalar));
        }

        float[] errors = [.. distances.ToArray().Select(distance => distance * mean + floor)];
        Tensor loss = graph.Allocate(Shape.Scalar);
        device.Fill((float)errors.Average(error => Math.Log(error)), loss);
        return graph.Record(loss, AnyRequiresGradient(x, target), gradient =>
        {
            float scale = 2 * mean * gradient.ToScalar() / images;
            x.AccumulateGradient(graph, gx => Slopes(scale, x.Data, target.Data, gx));
            target.AccumulateGradient(graph, gt => Slopes(scale, target.Data, x.Data, gt));
        });

        void Slopes(float scale, Tensor of, Tensor from, Tensor result)
        {
            for (int n = 0; n < images; n++)
            {
                float slope = scale / errors[n];
                device.Combine(slope, Image(of, n), -slope, Image(from, n), Image(result, n));
            }
        }

        Tensor Image(Tensor batch, int n) => batch.Slice(n * image.Count, image);
    }
}
