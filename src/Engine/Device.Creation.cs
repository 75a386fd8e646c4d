namespace InfAdmm.Engine;

/// <remarks>Objects that consist of several tensors and plans.</remarks>
public abstract partial class Device
{
    private List<IDisposable>? _created;

    /// <summary>
    /// Creates an object that holds tensors and plans of this device. If that throws, because memory runs out for example,
    /// all of those that were created on the way are freed.
    /// </summary>
    /// <param name="create">Creates the object.</param>
    public T Create<T>(Func<T> create)
    {
        using UseGuard.Scope use = Use();
        List<IDisposable>? outer = _created;
        var own = new List<IDisposable>();
        _created = own;
        try
        {
            T result = create();

            // An object around this one may still fail.
            outer?.AddRange(own);
            return result;
        }
        catch
        {
            own.Reverse();
            own.ForEach(part => part.Dispose());
            throw;
        }
        finally
        {
            _created = outer;
        }
    }

    private T Created<T>(T part)
        where T : IDisposable
    {
        _created?.Add(part);
        return part;
    }
}
