#!/usr/bin/env bash
# Packs TSpin.Torch and TSpin, looks into the packages, and builds samples/SelfPlay against them as a stranger would: outside the
# repository, with a package reference, from an empty package cache. What the packages depend on comes from NuGet's own cache, where
# building the repository has put it, so that no feed is asked.
#   scripts/pack-check.sh [FOLDER]      the packages stay in FOLDER (default artifacts/packages)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
mkdir -p "${1:-$root/artifacts/packages}"
packages=$(cd "${1:-$root/artifacts/packages}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'pack-check: %s\n' "$*" >&2; exit 1; }

rm -f "$packages"/TSpin.*.nupkg "$packages"/TSpin.*.snupkg
for project in TSpin.Torch TSpin; do
  dotnet pack "$root/src/$project" -c Release -v q -nologo -maxcpucount:1 -o "$packages"
done
version=$(basename "$packages"/TSpin.Torch.*.nupkg .nupkg)
version=${version#TSpin.Torch.}

for name in TSpin.Torch TSpin; do
  package=$packages/$name.$version.nupkg
  [[ -f $package ]] || fail "$package was not made"
  [[ -f ${package%.nupkg}.snupkg ]] || fail "${package%.nupkg}.snupkg was not made: symbols go beside the package"
  python3 - "$package" "$name" <<'PY' || fail "$package is not as it should be"
import sys, zipfile
path, name = sys.argv[1:]
with zipfile.ZipFile(path) as package:
    names = set(package.namelist())
    nuspec = package.read(name + ".nuspec").decode("utf-8-sig")
files = ("README.md", "LICENSE", "THIRD-PARTY-NOTICES.md", f"lib/net10.0/{name}.dll", f"lib/net10.0/{name}.xml")
faults = [f"lacks {file}" for file in files if file not in names]
texts = ('<license type="expression">MIT</license>', "<readme>README.md</readme>")
faults += [f"its .nuspec lacks {text}" for text in texts if text not in nuspec]
if name == "TSpin" and 'id="TSpin.Torch"' not in nuspec:
    faults.append("does not depend on TSpin.Torch")
for fault in faults:
    print(f"{path}: {fault}", file=sys.stderr)
sys.exit(bool(faults))
PY
done

cache=$(dotnet nuget locals global-packages --list)
cache=${cache#*: }
cp "$root/samples/SelfPlay/Program.cs" "$work/"
cat >"$work/SelfPlay.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings>
    <RestoreSources>$packages;$cache</RestoreSources>
    <RestorePackagesPath>$work/cache</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TSpin" Version="$version" />
  </ItemGroup>
</Project>
XML
(cd "$work" && dotnet build -c Release -v q -nologo -maxcpucount:1)

# Without arguments the sample says how it is used, and exits with 2.
status=0
usage=$(dotnet "$work/bin/Release/net10.0/SelfPlay.dll" 2>&1) || status=$?
[[ $status == 2 && $usage == usage:* ]] || fail "the sample built against the packages ended with $status: $usage"
printf 'pack-check: TSpin.Torch and TSpin %s packed; samples/SelfPlay builds and starts on them\n' "$version"
