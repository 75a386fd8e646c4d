namespace InfAdmm.Imaging.Datasets;

/// <summary>The parts of a data set.</summary>
public enum DataSplit
{
    /// <summary>For training, and for choosing parameters.</summary>
    Train,

    /// <summary>For validation; only CelebA and folders with a sub-folder "val" have it.</summary>
    Validation,

    /// <summary>Only for reported results.</summary>
    Test,
}

/// <summary>Names of the parts.</summary>
public static class DataSplitNames
{
    /// <summary>The part as an adjective: "training", "validation" or "test".</summary>
    public static string Word(this DataSplit split) => split switch
    {
        DataSplit.Train => "training",
        DataSplit.Validation => "validation",
        _ => "test",
    };
}
