using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mono.Unix.Native;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// Slurm with two nodes on this machine, in a folder of its own: a controller and two daemons, which it starts and ends. It
/// needs no rights, no munge and no configuration of the system.
/// </summary>
internal sealed class SlurmCluster : IDisposable
{
    /// <summary>The names of the nodes.</summary>
    public static readonly string[] Nodes = ["node1", "node2"];

    private static readonly string[] Programs =
        ["slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "sinfo", "squeue"];

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly string _configuration;
    private readonly List<Process> _daemons = [];

    private SlurmCluster(string folder)
    {
        _folder = folder;
        _configuration = Path.Combine(folder, "slurm.conf");
        Directory.CreateDirectory(Path.Combine(folder, "state"));
        int[] ports = FreePorts(1 + Nodes.Length);
        File.WriteAllText(_configuration, Configuration(ports));
        _daemons.Add(Daemon("slurmctld", "-D", "-f", _configuration));
        foreach (string node in Nodes)
        {
            // The nodes are one machine, so each needs a place of its own for the sockets of PMIx.
            string configuration = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, $"etc-{node}")).FullName, "slurm.conf");
            File.Copy(_configuration, configuration);
            string sockets = Directory.CreateDirectory(Path.Combine(folder, $"pmix-{node}")).FullName;
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(configuration)!, "mpi.conf"), $"PMIxCliTmpDirBase={sockets}\n");
            _daemons.Add(Daemon("slurmd", "-D", "-N", node, "-f", configuration));
        }
    }

    /// <summary>Starts it, and waits until its nodes take jobs. Skips the test where there is no Slurm.</summary>
    /// <param name="folder">The folder for its state and logs.</param>
    public static SlurmCluster Start(string folder)
    {
        string? absent = Programs.FirstOrDefault(program => ChildProcess.Find(program) is null);
        Assert.SkipUnless(absent is null, $"no {absent} (Debian: slurm-wlm)");
        Directory.CreateDirectory(folder);
        var cluster = new SlurmCluster(folder);
        try
        {
            cluster.WaitForNodes();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command of Slurm to its end.</summary>
    /// <param name="program">The command.</param>
    /// <param name="workingFolder">Where it runs.</param>
    /// <param name="arguments">Its arguments.</param>
    public (int ExitCode, string Out, string Error) Run(string program, string workingFolder, params string[] arguments)
    {
        ProcessStartInfo start = ChildProcess.Start(ChildProcess.Find(program)!, workingFolder, arguments);
        start.Environment["SLURM_CONF"] = _configuration;

        // Open MPI names its shared memory by machine and by the number on a node: two nodes on one machine would share it.
        start.Environment["OMPI_MCA_btl"] = "tcp,self";
        return ChildProcess.Run(start);
    }

    /// <summary>Ends the jobs, then the daemons.</summary>
    public void Dispose()
    {
        if (!_daemons[0].HasExited)
        {
            // Also those that were submitted from another folder.
            Run("scancel", _folder, "--quiet", "--user", Environment.UserName);
            SpinWait.SpinUntil(() => Run("squeue", _folder, "--noheader").Out.Trim().Length == 0, LongestStart);
        }

        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            // The controller ends its helpers only if it is asked to end.
            _ = Syscall.kill(daemon.Id, Signum.SIGTERM);
            if (!daemon.WaitForExit(LongestStart))
            {
                daemon.Kill(entireProcessTree: true);
                daemon.WaitForExit();
            }

            daemon.Dispose();
        }
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Any, 0))];
        Array.ForEach(listeners, listener => listener.Start());
        int[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }

    /// <summary>
    /// Nodes with four processors, whatever this machine has; without accounting, without limits that need cgroups.
    /// </summary>
    private string Configuration(int[] ports) =>
        $"""
        ClusterName=test
        SlurmctldHost=localhost
        SlurmctldPort={ports[0]}
        AuthType=auth/none
        CredType=cred/none
        SlurmUser={Environment.UserName}
        SlurmdUser={Environment.UserName}
        StateSaveLocation={_folder}/state
        SlurmdSpoolDir={_folder}/%n
        SlurmctldPidFile={_folder}/slurmctld.pid
        SlurmdPidFile={_folder}/%n.pid
        SlurmctldLogFile={_folder}/slurmctld.log
        SlurmdLogFile={_folder}/%n.log
        SlurmdParameters=config_overrides
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        JobAcctGatherType=jobacct_gather/none
        AccountingStorageType=accounting_storage/none
        SwitchType=switch/none
        MpiDefault=none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_CPU_Memory
        SchedulerParameters=batch_sched_delay=0,sched_interval=1
        {string.Concat(Nodes.Zip(ports[1..], (node, port) =>
            $"NodeName={node} NodeAddr=localhost NodeHostname=localhost Port={port} CPUs=4 RealMemory=8000\n"))}
        PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE

        """;

    private Process Daemon(string program, params string[] arguments)
    {
        ProcessStartInfo start = ChildProcess.Start(ChildProcess.Find(program)!, _folder, arguments);
        start.Environment["SLURM_CONF"] = _configuration;
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void WaitForNodes()
    {
        string states = "";
        bool isReady = SpinWait.SpinUntil(
            () => _daemons.Any(daemon => daemon.HasExited)
                || (states = Run("sinfo", _folder, "--noheader", "--Node", "--format", "%N %T").Out).Split('\n')
                    .Count(line => line.EndsWith(" idle", StringComparison.Ordinal)) == Nodes.Length,
            LongestStart);
        Assert.True(
            isReady && !_daemons.Any(daemon => daemon.HasExited),
            $"Slurm did not start: {states}" + string.Concat(Directory.GetFiles(_folder, "*.log").Select(ReadShared)));

        static string ReadShared(string file)
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return $"\n{Path.GetFileName(file)}:\n{reader.ReadToEnd()}";
        }
    }
}
