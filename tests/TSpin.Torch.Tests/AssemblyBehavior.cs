using Xunit;

// TorchLibrary.LiveTensors and TorchLibrary.Threads belong to the whole process: no test runs beside another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
