using System.Reflection;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>The kernels of the backend: the methods of the classes whose names end in "Kernels".</summary>
internal static class KernelList
{
    public static IReadOnlyList<MethodInfo> All { get; } =
        [.. typeof(IlgpuDevice).Assembly.GetTypes().SelectMany(KernelsOf)];

    /// <summary>The class, the method and its type arguments.</summary>
    public static string Name(MethodInfo kernel) =>
        $"{kernel.DeclaringType!.Name}.{kernel.Name}" +
        (kernel.IsGenericMethod ? $"<{kernel.GetGenericArguments()[0].Name}>" : "");

    /// <summary>
    /// Public methods with one parameter, instantiated with every struct that their type parameter allows.
    /// </summary>
    private static IEnumerable<MethodInfo> KernelsOf(Type type) =>
        !type.Name.EndsWith("Kernels", StringComparison.Ordinal)
            ? []
            : type.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method => method.ReturnType == typeof(void) && method.GetParameters().Length == 1)
                .SelectMany(method => method.IsGenericMethodDefinition ? Closed(method) : [method]);

    private static IEnumerable<MethodInfo> Closed(MethodInfo method)
    {
        Type term = method.GetGenericArguments()[0].GetGenericParameterConstraints().Single(type => type.IsInterface);
        return typeof(IlgpuDevice).Assembly.GetTypes()
            .Where(type => type.IsValueType && type.IsAssignableTo(term))
            .Select(type => method.MakeGenericMethod(type));
    }
}
