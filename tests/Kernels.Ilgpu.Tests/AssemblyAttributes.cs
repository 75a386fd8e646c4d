using Xunit.Sdk;
using Xunit.v3;

// Devices of one accelerator share its stream.
[assembly: Parallelization(Mode = ParallelMode.None)]
