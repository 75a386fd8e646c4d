namespace InfAdmm.Imaging.Priors;

/// <summary>What a built-in prior was trained for.</summary>
public enum PriorStyle
{
    /// <summary>The smallest error: where the measurement does not say what was there, the result is smooth.</summary>
    Faithful,

    /// <summary>
    /// Pictures that look like photographs: where the measurement does not say what was there, texture is invented. Trained with
    /// a discriminator and a feature comparator (<see cref="SharpOptions"/>).
    /// </summary>
    Sharp,
}
