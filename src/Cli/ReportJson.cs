using System.Text.Json;
using System.Text.Json.Serialization;
using InfAdmm.Cli.Archives;
using InfAdmm.Cli.Degrade;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Evaluate;
using InfAdmm.Cli.Explain;
using InfAdmm.Cli.Export;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.LearnOperator;
using InfAdmm.Cli.Restore;
using InfAdmm.Cli.Streaming;
using InfAdmm.Cli.TrainInverse;
using InfAdmm.Cli.TrainPrior;

namespace InfAdmm.Cli;

/// <summary>The JSON serialization of the reports, generated at compile time: no reflection is used.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(FiniteOrNullConverter)])]
[JsonSerializable(typeof(ArchiveReport))]
[JsonSerializable(typeof(DevicesReport))]
[JsonSerializable(typeof(DegradeReport))]
[JsonSerializable(typeof(EvaluateReport))]
[JsonSerializable(typeof(ExplainReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(LaplaceReport))]
[JsonSerializable(typeof(LearnOperatorReport))]
[JsonSerializable(typeof(RestoreReport))]
[JsonSerializable(typeof(StreamReport))]
[JsonSerializable(typeof(TrainInverseReport))]
[JsonSerializable(typeof(TrainPriorReport))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>JSON has neither NaN nor infinity: both are written as null.</summary>
internal sealed class FiniteOrNullConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
