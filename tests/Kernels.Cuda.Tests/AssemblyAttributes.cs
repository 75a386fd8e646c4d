using Xunit.Sdk;
using Xunit.v3;

// The tests share one GPU, and count what lives on it.
[assembly: Parallelization(Mode = ParallelMode.None)]
