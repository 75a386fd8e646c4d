namespace InfAdmm.Imaging.Datasets;

/// <summary>The parts of a data set.</summary>
public enum DataSplit
{
    /// <summary>For training, and for every choice that is made by its result.</summary>
    Train,

    /// <summary>Few sets have one: CelebA, and folders with a sub-folder "val".</summary>
    Validation,

    /// <summary>For reported figures alone.</summary>
    Test,
}

/// <summary>What the parts are called.</summary>
public static class DataSplitNames
{
    /// <summary>The part in a sentence.</summary>
    public static string Word(this DataSplit split) => split switch
    {
        DataSplit.Train => "training",
        DataSplit.Validation => "validation",
        _ => "test",
    };
}
