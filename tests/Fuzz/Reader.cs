using System.IO.Compression;
using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace InfAdmm.Fuzz;

/// <summary>Something that reads files of users.</summary>
/// <param name="Name">What it reads.</param>
/// <param name="Seeds">Intact files, which are damaged.</param>
/// <param name="Read">Reads the file at a path; throws <see cref="InputException"/> if it cannot be used.</param>
internal sealed record Reader(string Name, IReadOnlyList<byte[]> Seeds, Action<string> Read)
{
    /// <summary>The most memory that one file may take, in bytes.</summary>
    public long MostBytes { get; init; } = 300_000_000;

    /// <summary>The most processor time that one file may take, in seconds.</summary>
    public double MostSeconds { get; init; } = 2;

    /// <summary>All readers of the project.</summary>
    public static IReadOnlyList<Reader> All() =>
    [
        new("png", [Case("rgb.png"), Case("rgb16_trns.png"), Case("ramp16i.png"), Case("icc.png"), Case("png8eXIf.png")], ReadPicture),
        new("jpeg", [Case("exif6.jpg"), Case("prog_noeoi.jpg"), Encoded(new JpegEncoder())], ReadPicture),
        new("webp", [Encoded(new WebpEncoder()), Encoded(new WebpEncoder { FileFormat = WebpFileFormatType.Lossless })], ReadPicture)
        {
            // A lossless file can ask for 65,536 groups of Huffman tables, of 13 kB each.
            MostBytes = 2_000_000_000,
            MostSeconds = 10,
        },
        new("bmp", [Encoded(new BmpEncoder()), Encoded(new BmpEncoder { BitsPerPixel = BmpBitsPerPixel.Pixel8 })], ReadPicture),
        new("tiff", [Encoded(new TiffEncoder()), Encoded(new TiffEncoder { Compression = SixLabors.ImageSharp.Formats.Tiff.Constants.TiffCompression.Lzw })], ReadPicture),
        new("pnm", [Text("P3\n2 2\n255\n1 2 3 4 5 6 7 8 9 10 11 12\n"), [.. Text("P6 4 3 65535\n"), .. new byte[72]], Text("P1\n3 2\n1 0 1 0 1 0\n")], ReadPicture),
        new("y4m", [Y4m("C420jpeg XCOLORRANGE=FULL", 24), Y4m("C422", 32), Y4m("Cmono", 16)], ReadFrames),
        new("npy", [Case("hwc.npy"), Case("huge.npy"), Npy()], path => NpyFile.Read(path)),
        new("idx", [Idx(), Gzip(Idx())], path => LoadAll(path)),
        new("safetensors", [Saved(ShippedWeights.Inverses().Networks[0].Save)], path => SafeTensorsFile.Load(path)),
        new("inverse", [.. ShippedWeights.Inverses().Networks.Take(2).Select(inverse => Saved(inverse.Save))], path => InverseSet.Load(path)),
        new("filters", [Saved(path => ShippedWeights.Inverses().Filters[0].Save(path))], path => TrainedInverses.Load(path)),
        new("prior", [SafeTensorsFile.ToBytes(ShippedWeights.Prior("mnist-sr4").Weights)], path => PriorWeights.Load(path)),
        new("checkpoint", [Checkpoint()], Resume),
        new("kernel", [Text("0.1,0.2,0.1\n0.2,0.4,0.2\n"), Case("k_255.csv"), Text("1 2 3\n4 5 6\n")], AnalyseKernel),
        new("lists", [Text("1 a.png\n2 a.png\n3 a.png\n")], ReadLists),
    ];

    /// <summary>Frames take memory by the size that their header claims, which a limit bounds.</summary>
    private static void ReadFrames(string path)
    {
        using FileStream file = File.OpenRead(path);
        Y4mReader reader = Y4mReader.Open(file, maxPixels: 1 << 22);
        float[] values = new float[reader.Shape.Count];
        while (reader.Advance())
        {
            reader.Decode(values);
        }
    }

    private static byte[] Y4m(string format, int bytes) =>
    [
        .. Text($"YUV4MPEG2 W4 H4 F25:1 Ip A1:1 {format}\nFRAME\n"), .. new byte[bytes], .. Text("FRAME Ip\n"),
        .. new byte[bytes],
    ];

    private static void ReadPicture(string path) => ImageFile.ReadPicture(path);

    private static void LoadAll(string path)
    {
        IImageSet images = ImageSets.Open(path, DataSplit.Test);
        images.Load(images.Count - 1);
    }

    private static void AnalyseKernel(string path)
    {
        var kernel = BlurKernel.FromCsv(path);
        PeriodicKernel.Gram(kernel, 2).Spectrum(16, 16);
        kernel.CountSeparableTerms(64);
    }

    private static void ReadLists(string path)
    {
        string folder = Path.Combine(Path.GetDirectoryName(path)!, "cub");
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        File.Copy(path, Path.Combine(folder, "images.txt"), overwrite: true);
        File.WriteAllText(Path.Combine(folder, "train_test_split.txt"), "1 0\n2 1\n3 0\n");
        File.WriteAllBytes(Path.Combine(folder, "images", "a.png"), Case("flat200.png"));
        IImageSet images = ImageSets.Open(folder, DataSplit.Test);
        images.Load(0);
    }

    private static byte[] Checkpoint() => Saved(file =>
    {
        using PriorTrainer trainer = CreateTrainer();
        trainer.Train(new TrainingBudget(Steps: 1), checkpoint: file);
    });

    private static byte[] Saved(Action<string> save)
    {
        string file = Path.GetTempFileName();
        save(file);
        byte[] bytes = File.ReadAllBytes(file);
        File.Delete(file);
        return bytes;
    }

    private static void Resume(string path)
    {
        using PriorTrainer trainer = CreateTrainer();
        trainer.Resume(path, new TrainingBudget(Steps: 1));
    }

    private static readonly CpuDevice Device = CpuDevice.Create(1);

    private static PriorTrainer CreateTrainer() => new(
        Device,
        PriorTrainingOptions.Create(ImageTasks.MnistSuperResolution, PriorArchitecture.Default, 1, 28),
        (_, images) => images.Fill(0.5f));

    private static byte[] Case(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "cases", name));

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Encoded(IImageEncoder encoder)
    {
        using var image = new Image<Rgba32>(23, 17);
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0; y < rows.Height; y++)
            {
                for (int x = 0; x < rows.Width; x++)
                {
                    rows.GetRowSpan(y)[x] = new Rgba32((byte)(9 * x), (byte)(11 * y), (byte)(x * y), 255);
                }
            }
        });
        using var stream = new MemoryStream();
        image.Save(stream, encoder);
        return stream.ToArray();
    }

    private static byte[] Npy() => [.. NpyHeader.Write(3, 4, 5), .. new byte[240]];

    private static byte[] Idx() => [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 4, .. new byte[40]];

    private static byte[] Gzip(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
        {
            gzip.Write(data);
        }

        return packed.ToArray();
    }
}
