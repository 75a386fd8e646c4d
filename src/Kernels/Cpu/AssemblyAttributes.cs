using System.Runtime.CompilerServices;

// Every stackalloc here is written before it is read, or what is read is discarded; zeroing kilobytes at each call
// would cost more than the work itself.
[module: SkipLocalsInit]
