using Xunit.Sdk;
using Xunit.v3;

// The tests share one GPU and count the objects that are allocated on it.
[assembly: Parallelization(Mode = ParallelMode.None)]
