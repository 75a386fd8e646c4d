namespace InfAdmm.NativeApi;

/// <summary>The result of a call: <c>infadmm_status_code</c> of infadmm.h.</summary>
internal enum Status
{
    /// <summary>The call succeeded.</summary>
    Ok = 0,

    /// <summary>An argument is null, out of range, or names nothing.</summary>
    BadArgument = 1,

    /// <summary>The handle was never created, or it was destroyed.</summary>
    BadHandle = 2,

    /// <summary>Another thread uses the handle.</summary>
    Busy = 3,

    /// <summary>The picture cannot be restored.</summary>
    CannotBeRestored = 4,

    /// <summary>There is too little memory.</summary>
    OutOfMemory = 5,

    /// <summary>The result has values that are not finite.</summary>
    Diverged = 6,

    /// <summary>Anything else: a bug in the library.</summary>
    Internal = 7,
}
