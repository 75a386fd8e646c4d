using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Tasks;

/// <summary>Makes the z-update of a task for a measurement and ρ.</summary>
public delegate IZUpdate ZSolverFactory(TaskOperator linearOperator, Tensor y, double rho);
