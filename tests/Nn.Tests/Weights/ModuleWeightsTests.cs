using InfAdmm.Engine;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Nn.Tests;

public sealed class ModuleWeightsTests : DeviceTest
{
    private static readonly Dictionary<string, string> Metadata = new() { ["seed"] = "3" };

    [Fact]
    public void Weights_pass_from_one_network_to_another_through_a_file()
    {
        using var directory = new TemporaryDirectory();
        using var scope = new TensorScope(Device);
        using var source = new TiedNetwork(Device);
        using var target = new TiedNetwork(Device);
        Device.Copy(Noise(scope, source.Weight.Shape), source.Weight.Data);
        Device.Copy(Noise(scope, source.Bias.Shape), source.Bias.Data);
        string path = directory.File("weights.safetensors");

        SafeTensorsFile.Save(path, ModuleWeights.Export(source, Metadata));
        var loaded = SafeTensorsFile.Load(path);
        ModuleWeights.Import(target, loaded, path);

        Assert.Equal(Metadata, loaded.Metadata);
        Assert.Equal(["expand.weight", "expand.bias"], loaded.Arrays.Keys);
        Assert.Equal([1, 8, 3, 3], loaded.Arrays["expand.weight"].Shape);
        Assert.Equal(source.Weight.Data.ToArray(), target.Weight.Data.ToArray());
        Assert.Equal(source.Bias.Data.ToArray(), target.Bias.Data.ToArray());
    }

    [Fact]
    public void A_missing_array_is_refused() => AssertRefused("expand.bias", arrays => arrays.Remove("expand.bias"));

    [Fact]
    public void An_extra_array_is_refused() => AssertRefused("gain", arrays => arrays["gain"] = new([1], [1]));

    [Fact]
    public void Another_shape_is_refused()
    {
        AssertRefused("(8, 1, 3, 3)", arrays => arrays["expand.weight"] = new([8, 1, 3, 3], new float[72]));
        AssertRefused("(8)", arrays => arrays["expand.bias"] = new([8], new float[8]));
    }

    /// <summary>The message names the file and the array, and the network is unchanged.</summary>
    private void AssertRefused(string culprit, Action<Dictionary<string, WeightArray>> spoil)
    {
        using var network = new TiedNetwork(Device);
        WeightSet good = ModuleWeights.Export(network, Metadata);
        var arrays = new Dictionary<string, WeightArray>(good.Arrays);
        spoil(arrays);
        Device.Fill(5, network.Weight.Data);

        InputException refusal = Assert.Throws<InputException>(
            () => ModuleWeights.Import(network, good with { Arrays = arrays }, "some.safetensors"));

        Assert.Contains("some.safetensors", refusal.Message);
        Assert.Contains(culprit, refusal.Message);
        Assert.All(network.Weight.Data.ToArray(), value => Assert.Equal(5, value));
    }
}
