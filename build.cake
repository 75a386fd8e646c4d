// The build: `dotnet cake` formats (as a check), builds and tests; `dotnet cake --target=NAME` does one of
// Format, Build, Test, Bench, Pack with what it needs.

var target = Argument("target", "Default");
var configuration = Argument("configuration", "Release");
var solution = "InfAdmm.slnx";

void Dotnet(string arguments)
{
    int exitCode = StartProcess("dotnet", arguments);
    if (exitCode != 0)
    {
        throw new CakeException(exitCode, $"dotnet {arguments} ended with {exitCode}");
    }
}

Task("Format")
    .Description("Fails if a file is not formatted as .editorconfig asks.")
    .Does(() => Dotnet($"format {solution} --verify-no-changes"));

Task("Build")
    .Description("Builds everything; warnings are errors.")
    .Does(() => Dotnet($"build {solution} -c {configuration} --nologo"));

Task("Test")
    .Description("Runs all tests.")
    .IsDependentOn("Build")
    .Does(() => Dotnet($"test --solution {solution} -c {configuration} --no-build"));

Task("Bench")
    .Description("Measures the z-solvers and writes bench/results/DATE-z-solvers.md; --only=NAME does one part.")
    .Does(() =>
    {
        string only = Argument("only", "all");
        string file = $"bench/results/{DateTime.UtcNow:yyyy-MM-dd}-z-solvers.md";
        Dotnet($"run -c Release --project bench/Solvers -- {only} --out {file}");
    });

Task("Pack")
    .Description("Publishes the command to artifacts/infadmm.")
    .Does(() => Dotnet("publish src/Cli -c Release -o artifacts/infadmm --nologo"));

Task("Default")
    .IsDependentOn("Format")
    .IsDependentOn("Build")
    .IsDependentOn("Test");

RunTarget(target);
