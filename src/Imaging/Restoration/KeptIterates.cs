using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;

namespace InfAdmm.Imaging.Restoration;

/// <summary>The iterates of each window of the last picture, for the next one.</summary>
internal sealed class KeptIterates : IDisposable
{
    private readonly List<LoopIterates> _windows = [];

    /// <summary>The shape of the measurement that they belong to; null if they have no values.</summary>
    public Shape? Shape { get; set; }

    /// <summary>Returns the iterates of a window, which are allocated once.</summary>
    /// <param name="window">The number of the window.</param>
    /// <param name="device">The device of the loop.</param>
    /// <param name="images">The shape of the loop's images, the same for all windows.</param>
    public LoopIterates Of(int window, Device device, Shape images)
    {
        if (_windows.Count > 0 && _windows[0].Z.Shape != images)
        {
            Dispose();
        }

        while (_windows.Count <= window)
        {
            _windows.Add(new LoopIterates(device, images));
        }

        return _windows[window];
    }

    /// <summary>Frees them.</summary>
    public void Dispose()
    {
        foreach (LoopIterates iterates in _windows)
        {
            iterates.Dispose();
        }

        _windows.Clear();
    }
}
