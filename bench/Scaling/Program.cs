using System.CommandLine;
using System.Globalization;
using InfAdmm.Bench;
using InfAdmm.Bench.Scaling;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 12, Description = "training steps of each measurement" };
var crops = new Option<int>("--crops") { DefaultValueFactory = _ => 4, Description = "crops of each process in a step" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3, Description = "rounds of measurements" };
var bound = new Option<bool>("--bound") { Description = "binds each process of a job to a core" };
var worker = new Command("worker", "One process of a measurement; prints one line of JSON.") { steps, crops };
worker.SetAction(parsed => Worker.Run(parsed.GetValue(steps), parsed.GetValue(crops)));
var root = new RootCommand(
    "Measures training over MPI: one process of one thread alone, two without MPI at the same time, and jobs of two and four.")
{
    steps, crops, rounds, bound, worker,
};
root.SetAction(parsed =>
{
    Console.WriteLine($"sr4, {parsed.GetValue(crops)} crops of 96² per process and step, one thread each; {Machine.Name}");
    Driver.Run(parsed.GetValue(steps), parsed.GetValue(crops), parsed.GetValue(rounds), parsed.GetValue(bound));
});
return root.Parse(args).Invoke();
