using InfAdmm.Samples.WebRestore;

await WebRestoreApp.Create(args).RunAsync();
