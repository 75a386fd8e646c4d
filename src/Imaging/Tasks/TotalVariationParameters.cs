namespace InfAdmm.Imaging.Tasks;

/// <summary>The parameters of total variation by ADMM.</summary>
/// <param name="Weight">The weight λ.</param>
/// <param name="Rho">The penalty ρ.</param>
public readonly record struct TotalVariationParameters(double Weight, double Rho);
