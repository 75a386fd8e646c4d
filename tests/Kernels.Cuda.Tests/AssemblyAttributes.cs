// The tests share one GPU, and count what lives on it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
