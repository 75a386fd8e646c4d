using System.Text.Json;

namespace InfAdmm.Bench.Peers;

/// <summary>All results of a run.</summary>
/// <param name="Machine">The processor and the vector width.</param>
/// <param name="Threads">The number of threads per side.</param>
/// <param name="FmaPeakGflops">The measured arithmetic peak of all threads, in GFLOP/s.</param>
/// <param name="CopyGbps">The measured memory bandwidth of a copy, in GB/s.</param>
/// <param name="Rows">The measurements.</param>
internal sealed record Report(
    string Machine, int Threads, double FmaPeakGflops, double CopyGbps, IReadOnlyList<Row> Rows)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the results as JSON.</summary>
    public void WriteJson(string file) => File.WriteAllText(file, JsonSerializer.Serialize(this, Format) + "\n");

    /// <summary>Writes the results as a table.</summary>
    public void WriteTable(TextWriter text)
    {
        text.WriteLine($"{Machine}; {Threads} threads; {FmaPeakGflops:0} GFLOP/s at most; copies {CopyGbps:0.0} GB/s");
        text.WriteLine(
            $"{"case",-28} {"ours ms",10} {"peer ms",10} {"ratio",6} {"GFLOP/s",8} {"% peak",6} {"difference",10}");
        foreach (Row row in Rows)
        {
            text.WriteLine(
                $"{row.Case,-28} {row.OursMs,10:0.0000} {row.PeerMs,10:0.0000} {row.Ratio,6:0.00} {row.Gflops,8:0.0} " +
                $"{100 * row.Gflops / FmaPeakGflops,6:0} {row.MaxAbsDifference,10:0.0e+0}");
        }
    }
}
