using System.CommandLine;

namespace InfAdmm.Cli.Options;

/// <summary>
/// An option that names a file or a directory that the command writes. What all other options and arguments name is read,
/// and never overwritten.
/// </summary>
internal sealed class OutputOption(string name) : Option<string>(name);
