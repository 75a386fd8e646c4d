using System.Runtime.CompilerServices;

// A stackalloc is written before it is read everywhere here, or what is read is dropped; zeroing kilobytes at each call costs more than the work.
[module: SkipLocalsInit]
