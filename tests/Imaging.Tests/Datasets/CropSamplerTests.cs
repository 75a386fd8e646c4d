using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class CropSamplerTests
{
    private const int Height = 12;
    private const int Width = 20;
    private const int Size = 5;

    private static readonly CropSettings Settings = new(Seed: 3, Size, Batch: 4, Channels: 1);

    private readonly List<string> _lines = [];

    [Fact]
    public void A_batch_is_the_same_whatever_was_read_before()
    {
        foreach (long cacheBytes in new[] { 0, 3 * Height * Width, 1 << 20 })
        {
            CropSettings settings = Settings with { CacheBytes = cacheBytes };
            float[] first = Batch(new CropSampler(Positions(7), settings, _lines.Add), 17);
            var other = new CropSampler(Positions(7), settings, _lines.Add);
            for (int b = 0; b < 17; b++)
            {
                Assert.NotEqual(first, Batch(other, b));
            }

            Assert.Equal(first, Batch(other, 17));
            Assert.Equal(first, Batch(new CropSampler(Positions(7), Settings, _lines.Add), 17));
        }
    }

    [Fact]
    public void Draws_stay_the_same_from_one_release_to_the_next()
    {
        // A change of these numbers changes every training run that is resumed with the new version.
        var random = new CounterRandom(seed: 1, first: 2, second: 3);
        Assert.Equal([71663, 863331, 357189, 504980], Enumerable.Range(0, 4).Select(_ => random.Next(1_000_000)));
    }

    [Fact]
    public void Seeds_batches_and_places_give_different_crops()
    {
        var sampler = new CropSampler(Positions(7), Settings with { Batch = 64 }, _lines.Add);
        var other = new CropSampler(Positions(7), Settings with { Batch = 64, Seed = 4 }, _lines.Add);
        Assert.NotEqual(Batch(sampler, 0), Batch(other, 0));
        Assert.NotEqual(Batch(sampler, 0), Batch(sampler, long.MaxValue));
        IEnumerable<string> crops = Batch(sampler, 0).Chunk(Size * Size).Select(crop => string.Join(' ', crop));
        Assert.True(crops.Distinct().Count() > 55);
    }

    [Fact]
    public void Crops_are_squares_of_the_image_in_all_orientations()
    {
        // 8 by 16 positions in 8 orientations: about eight crops of each.
        var sampler = new CropSampler(Positions(1), Settings with { Batch = 8192 }, _lines.Add);
        var places = new HashSet<(int, int)>();
        var counts = new int[8];
        foreach (float[] crop in Batch(sampler, 0).Chunk(Size * Size))
        {
            int[] values = [.. crop.Select(value => (int)MathF.Round(value * 255))];
            int corner = values.Min();
            int[] square = [.. Enumerable.Range(0, Size * Size).Select(i => corner + i / Size * Width + i % Size)];
            int orientation = Turned(square).ToList().FindIndex(values.SequenceEqual);
            Assert.True(orientation >= 0, string.Join(' ', values));
            counts[orientation]++;
            places.Add((corner / Width, corner % Width));
        }

        Assert.Equal((Height - Size + 1) * (Width - Size + 1), places.Count);

        // The standard deviation of a count is 30.
        Assert.All(counts, count => Assert.InRange(count, 1024 - 150, 1024 + 150));
    }

    [Fact]
    public void Without_augmentation_crops_stay_upright()
    {
        var sampler = new CropSampler(
            Positions(1), Settings with { Augmentation = Augmentation.None, Batch = 100 }, _lines.Add);
        foreach (float[] crop in Batch(sampler, 0).Chunk(Size * Size))
        {
            Assert.Equal(crop[0] + 1 / 255f, crop[1], 1e-6f);
            Assert.Equal(crop[0] + Width / 255f, crop[Size], 1e-6f);
        }
    }

    [Fact]
    public void Mirroring_leaves_up_and_down_alone()
    {
        var sampler = new CropSampler(
            Positions(1), Settings with { Augmentation = Augmentation.Mirror, Batch = 1000 }, _lines.Add);
        int mirrored = 0;
        foreach (float[] crop in Batch(sampler, 0).Chunk(Size * Size))
        {
            Assert.Equal(crop[0] + Width / 255f, crop[Size], 1e-6f);
            Assert.Equal(1 / 255f, MathF.Abs(crop[1] - crop[0]), 1e-6f);
            mirrored += crop[1] < crop[0] ? 1 : 0;
        }

        // The standard deviation of a count is 16.
        Assert.InRange(mirrored, 420, 580);
    }

    [Fact]
    public void Images_are_equally_likely()
    {
        var images = new FakeImages(10, i => Uniform(i, 8 + i, 9));
        var sampler = new CropSampler(images, Settings with { Batch = 10_000 }, _lines.Add);
        int[] counts = new int[10];
        foreach (float[] crop in Batch(sampler, 0).Chunk(Size * Size))
        {
            counts[(int)MathF.Round(crop[0] * 255)]++;
        }

        // The standard deviation of a count is 30.
        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void Images_become_grey_or_colour()
    {
        var colour = new FakeImages(1, _ => new PlanarImage([1, 0, 0.4f], new Shape(1, 3, 1, 1)));
        var grey = new FakeImages(1, _ => new PlanarImage([0.4f], new Shape(1, 1, 1, 1)));
        CropSettings one = Settings with { Size = 1, Batch = 1 };

        Assert.Equal([1, 0, 0.4f], Batch(new CropSampler(colour, one with { Channels = 3 }, _lines.Add), 0));
        Assert.Equal([0.4f, 0.4f, 0.4f], Batch(new CropSampler(grey, one with { Channels = 3 }, _lines.Add), 0));
        Assert.Equal([0.4f], Batch(new CropSampler(grey, one, _lines.Add), 0));
        float luma = Assert.Single(Batch(new CropSampler(colour, one, _lines.Add), 0));
        Assert.Equal(0.299f + 0.114f * 0.4f, luma, 0.5f / 255);
    }

    [Fact]
    public void Channels_are_cut_at_the_same_place()
    {
        var images = new FakeImages(1, _ =>
        {
            float[] plane = Position(0).Values;
            return new PlanarImage(
                [.. plane, .. plane.Select(value => 1 - value), .. plane], new Shape(1, 3, Height, Width));
        });
        var sampler = new CropSampler(images, Settings with { Channels = 3 }, _lines.Add);
        Assert.Equal(new Shape(4, 3, Size, Size), sampler.Shape);
        foreach (float[] crop in Batch(sampler, 5).Chunk(3 * Size * Size))
        {
            float[][] planes = [.. crop.Chunk(Size * Size)];
            Assert.Equal(planes[0], planes[2]);
            Assert.All(planes[0].Zip(planes[1]), pair => Assert.Equal(1, pair.First + pair.Second, 1e-6f));
        }
    }

    [Fact]
    public void Damaged_and_small_images_are_skipped_by_name()
    {
        PlanarImage Load(int i) => i switch
        {
            1 => throw new InputException("'1' is damaged"),
            2 => Uniform(i, Size, Size - 1),
            3 => Uniform(i, Size - 1, Size),
            _ => Uniform(i, Size, Size),
        };
        var sampler = new CropSampler(new FakeImages(5, Load), Settings with { Batch = 200 }, _lines.Add);
        var later = new CropSampler(new FakeImages(5, Load), Settings with { Batch = 200 }, _ => { });

        float[] batch = Batch(sampler, 0);
        Batch(later, 1);

        Assert.Equal([0, 4], batch.Select(value => (int)MathF.Round(value * 255)).Distinct().Order());
        Assert.Equal(batch, Batch(later, 0));
        Assert.Equal(batch, Batch(sampler, 0));
        Assert.Equal(
            [
                "skipped: '1' is damaged",
                "skipped: '2' has 4x5 pixels, fewer than a crop of 5x5",
                "skipped: '3' has 5x4 pixels, fewer than a crop of 5x5",
            ],
            _lines.Order());
    }

    [Fact]
    public void A_set_without_any_usable_image_is_refused()
    {
        var sampler = new CropSampler(new FakeImages(3), Settings, _lines.Add);
        InputException refusal = Assert.Throws<InputException>(() => Batch(sampler, 0));
        Assert.Equal(
            "no picture of fake is readable and has at least 5x5 pixels: give larger pictures or choose smaller crops",
            refusal.Message);
        Assert.Equal(3, _lines.Count);
    }

    [Theory]
    [InlineData(0, 400, 400)]
    [InlineData(3 * Height * Width, 5, 399)]
    [InlineData(8 * Height * Width, 8, 8)]
    public void Decoded_images_are_kept_as_far_as_they_fit(long cacheBytes, int least, int most)
    {
        FakeImages images = Positions(8);
        var sampler = new CropSampler(images, Settings with { Batch = 400, CacheBytes = cacheBytes }, _lines.Add);
        Batch(sampler, 0);
        Assert.InRange(images.Loads, least, most);
    }

    [Fact]
    public void Nothing_is_allocated_once_all_images_are_kept()
    {
        var sampler = new CropSampler(Positions(4), Settings with { Batch = 50 }, _lines.Add);
        float[] batch = Batch(sampler, 0);
        Allocations.AssertNone(() =>
        {
            for (int b = 0; b < 20; b++)
            {
                sampler.Fill(b, batch);
            }
        });
    }

    [Fact]
    public void Wrong_settings_and_buffers_are_refused()
    {
        CropSampler Create(CropSettings settings) => new(Positions(1), settings, _lines.Add);
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(Settings with { Channels = 2 }));
        Assert.Throws<ShapeException>(() => Create(Settings with { Size = 0 }));
        Assert.Throws<ShapeException>(() => Create(Settings with { Batch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(Settings).Fill(0, new float[99]));
    }

    /// <summary>Images whose pixel values encode their positions.</summary>
    internal static FakeImages Positions(int count) => new(count, Position);

    private static PlanarImage Position(int image) => new(
        [.. Enumerable.Range(0, Height * Width).Select(i => (i + image) / 255f)], new Shape(1, 1, Height, Width));

    private static PlanarImage Uniform(int value, int height, int width) => new(
        [.. Enumerable.Repeat(value / 255f, height * width)], new Shape(1, 1, height, width));

    private static float[] Batch(CropSampler sampler, long batch)
    {
        var crops = new float[sampler.Shape.Count];
        sampler.Fill(batch, crops);
        return crops;
    }

    /// <summary>The eight symmetries of a square: four rotations, with and without mirroring.</summary>
    private static IEnumerable<int[]> Turned(int[] square)
    {
        int[] form = square;
        for (int i = 0; i < 8; i++)
        {
            yield return form;
            int[] last = form;
            form = [.. Enumerable.Range(0, Size * Size).Select(p => last[p % Size * Size + Size - 1 - p / Size])];
            form = i == 3 ? [.. form.Chunk(Size).SelectMany(row => row.Reverse())] : form;
        }
    }
}
