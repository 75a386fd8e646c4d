using InfAdmm.Conformance;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// Every op of the CUDA backend, compared with the double-precision reference: through cuDNN, cuBLAS and cuFFT where
/// available, and with only the hand-written kernels.
/// </summary>
public sealed class ConformanceTests(ConformanceTests.Devices devices) : IClassFixture<ConformanceTests.Devices>
{
    public static TheoryData<bool, string> Cases => Of(Suite.Cases.Values);

    public static TheoryData<bool, string> RecordableCases => Of(Suite.Cases.Values.Where(item => item.IsRecordable));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Op_agrees_with_the_reference(bool libraries, string name)
    {
        CudaDevice device = devices.Get(libraries);
        Assert.Null(Suite.Check(device, Suite.Cases[name]));
    }

    /// <summary>The same case recorded: a replayed graph must give the results of the ops.</summary>
    [Theory]
    [MemberData(nameof(RecordableCases))]
    public void A_recorded_op_agrees_with_the_reference(bool libraries, string name)
    {
        CudaDevice device = devices.Get(libraries);
        Assert.Null(Suite.Check(device, Suite.Cases[name].Recorded()));
    }

    private static TheoryData<bool, string> Of(IEnumerable<OpCase> items)
    {
        var data = new TheoryData<bool, string>();
        CudaProbe probe = CudaDevice.Probe();
        if (!probe.Available)
        {
            // One skip instead of thousands.
            data.Add(new TheoryDataRow<bool, string>(true, "every case") { Skip = probe.Description });
            return data;
        }

        foreach (OpCase item in items)
        {
            data.Add(true, item.Name);
            data.Add(false, item.Name);
        }

        return data;
    }

    /// <summary>Two devices shared by all cases, because creating one takes longer than most cases.</summary>
    public sealed class Devices : IDisposable
    {
        private readonly Dictionary<bool, CudaDevice> _made = [];

        public void Dispose()
        {
            foreach (CudaDevice device in _made.Values)
            {
                device.Dispose();
            }
        }

        internal CudaDevice Get(bool libraries)
        {
            if (!_made.TryGetValue(libraries, out CudaDevice? device))
            {
                device = Gpu.Create(new CudaOptions { UseLibraries = libraries });
                _made[libraries] = device;
            }

            return device;
        }
    }
}
