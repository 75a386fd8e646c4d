using InfAdmm.Cli.Archives;

namespace InfAdmm.Cli.Tests;

/// <summary>The memory of the pictures in work.</summary>
public sealed class MemoryBudgetTests
{
    /// <summary>Catches pictures that together exceed the budget, one that never gets it, and memory that is not given back.</summary>
    [Fact]
    public void Work_waits_for_memory()
    {
        var budget = new MemoryBudget(100);
        long taken = 0;
        int done = 0;

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            long need = i % 8 == 0 ? 1000 : 30;
            budget.Use(
                need,
                () =>
                {
                    long now = Interlocked.Add(ref taken, need);
                    Assert.True(now <= 100 || now == need, $"{now} bytes are taken");
                    Thread.Sleep(1);
                    Interlocked.Add(ref taken, -need);
                    Interlocked.Increment(ref done);
                },
                TestContext.Current.CancellationToken);
        });

        Assert.Equal(64, done);
    }

    /// <summary>Catches a large picture that waits until no small one is left.</summary>
    [Fact]
    public void Small_pictures_do_not_overtake_a_large_one()
    {
        var budget = new MemoryBudget(100);
        using var release = new ManualResetEventSlim();
        var order = new List<string>();
        Thread first = Start("first", 60, release.Wait);
        Thread large = Start("large", 100, () => { });
        Thread small = Start("small", 10, () => { });

        release.Set();

        Assert.All((Thread[])[first, large, small], thread => thread.Join());
        Assert.Equal(["first", "large", "small"], order);

        Thread Start(string name, long need, Action work)
        {
            var thread = new Thread(() => budget.Use(
                need,
                () =>
                {
                    lock (order)
                    {
                        order.Add(name);
                    }

                    work();
                },
                CancellationToken.None));
            thread.Start();

            // Until it waits: for the release, for memory, or for its turn.
            Assert.True(SpinWait.SpinUntil(
                () => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromSeconds(30)));
            return thread;
        }
    }

    /// <summary>Catches an interrupted run that waits for memory for ever, and memory that failed work keeps.</summary>
    [Fact]
    public void Waiting_ends_with_the_run()
    {
        var budget = new MemoryBudget(100);
        using var interrupted = new CancellationTokenSource();
        budget.Use(
            100,
            () =>
            {
                interrupted.CancelAfter(50);
                Task waiting = Task.Run(() => budget.Use(1, () => { }, interrupted.Token), CancellationToken.None);
                Assert.Equal(0, Task.WaitAny([waiting], TimeSpan.FromSeconds(30)));
                Assert.Throws<OperationCanceledException>(() => waiting.GetAwaiter().GetResult());
            },
            CancellationToken.None);
        Assert.Throws<InvalidOperationException>(() =>
            budget.Use(100, () => throw new InvalidOperationException(), CancellationToken.None));
        bool isDone = false;
        budget.Use(100, () => isDone = true, CancellationToken.None);
        Assert.True(isDone);
    }
}
