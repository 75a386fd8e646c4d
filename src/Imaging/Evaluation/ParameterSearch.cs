namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// Searches for positive parameters with the best score, one parameter at a time: each is multiplied or divided by a
/// factor while the score improves, then the factor is reduced. No point is evaluated twice.
/// </summary>
/// <param name="score">The score of a point; higher is better.</param>
public sealed class ParameterSearch(Func<IReadOnlyDictionary<string, double>, double> score)
{
    private static readonly double[] Factors = [4, 2, Math.Sqrt(2)];

    private readonly Dictionary<string, double> _known = [];

    /// <summary>Returns the best parameters found from a starting point.</summary>
    public IReadOnlyDictionary<string, double> Best(IReadOnlyDictionary<string, double> start)
    {
        var best = new Dictionary<string, double>(start);
        foreach (double factor in Factors)
        {
            while (start.Keys.Order(StringComparer.Ordinal).Any(name => Improve(best, name, factor)))
            {
            }
        }

        return best;
    }

    private bool Improve(Dictionary<string, double> best, string name, double factor) =>
        Walk(best, name, factor) || Walk(best, name, 1 / factor);

    private bool Walk(Dictionary<string, double> best, string name, double factor)
    {
        bool moved = false;
        while (true)
        {
            var next = new Dictionary<string, double>(best) { [name] = best[name] * factor };
            if (!(Score(next) > Score(best)))
            {
                return moved;
            }

            best[name] = next[name];
            moved = true;
        }
    }

    private double Score(Dictionary<string, double> parameters)
    {
        string key = string.Join(
            ' ', parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Value:e4}"));
        if (!_known.TryGetValue(key, out double known))
        {
            known = score(parameters);
            _known[key] = known;
        }

        return known;
    }
}
