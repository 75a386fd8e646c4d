using System.CommandLine;
using System.Globalization;
using InfAdmm.Bench.Archives;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var photos = new Argument<string>("PHOTOS") { Description = "a folder of photographs" };
var archive = new Argument<string>("ARCHIVE") { Description = "a folder of small pictures, from 'crops'" };
var program = new Argument<string>("INFADMM") { Description = "the command to run" };
var count = new Option<int>("--count") { DefaultValueFactory = _ => 5000, Description = "number of crops" };
var pictures = new Option<int>("--pictures") { DefaultValueFactory = _ => 600, Description = "pictures of the archive to restore" };
var single = new Option<int>("--single") { DefaultValueFactory = _ => 30, Description = "of them, pictures with a call each" };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 2, Description = "measurements of each" };
var kills = new Option<int>("--kills") { DefaultValueFactory = _ => 50, Description = "number of kills" };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1, Description = "seed of the crops or the kills" };

var crops = new Command("crops", "Cuts crops of 64×64 to 96×96 pixels from photographs.") { photos, archive, count, seed };
crops.SetAction(parsed => Crops.Write(
    parsed.GetRequiredValue(photos), parsed.GetRequiredValue(archive), parsed.GetValue(count), parsed.GetValue(seed)));
var throughput = new Command("throughput", "Measures one process, two shards, and a call for each picture.")
{
    program, archive, pictures, single, rounds,
};
throughput.SetAction(parsed => Throughput.Measure(
    parsed.GetRequiredValue(program), parsed.GetRequiredValue(archive), parsed.GetValue(pictures), parsed.GetValue(single),
    parsed.GetValue(rounds)));
var killed = new Command("kills", "Kills the workers of two shards, and compares with an undisturbed run.")
{
    program, archive, kills, seed,
};
killed.SetAction(parsed => Kills.Run(
    parsed.GetRequiredValue(program), parsed.GetRequiredValue(archive), parsed.GetValue(kills), parsed.GetValue(seed)));
return new RootCommand("Archives of small pictures.") { crops, throughput, killed }.Parse(args).Invoke();
