# The infadmm command, compiled ahead of time for each level of x86-64 (docs/native.md), in an image without .NET:
#
#   docker build --tag infadmm .
#   docker run --rm --user "$(id -u)" --volume "$PWD:/data" infadmm restore scans --task sr4 --out restored
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN dotnet tool restore && dotnet cake --target=Native

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
COPY --from=build /source/artifacts/native/bin /opt/infadmm
ENV PATH="/opt/infadmm:$PATH"
WORKDIR /data
ENTRYPOINT ["infadmm"]
