#!/usr/bin/env bash
# Packs what src publishes, looks into the packages, and builds against them as a stranger would: samples/SelfPlay against TSpin, and the
# example of each package that has a README of its own against that package alone; outside the repository, from an empty package cache.
# What the packages depend on comes from NuGet's own cache, where building the repository has put it, so that no feed is asked.
#   scripts/pack-check.sh [FOLDER]      the packages stay in FOLDER (default artifacts/packages)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
mkdir -p "${1:-$root/artifacts/packages}"
packages=$(cd "${1:-$root/artifacts/packages}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { printf 'pack-check: %s\n' "$*" >&2; exit 1; }

# Each package, and which of ours it depends on.
names=(TSpin.Torch TSpin.Formats TSpin.Tokenizers TSpin.ChatTemplates TSpin)
declare -A needs=(
  [TSpin.Torch]="" [TSpin.Formats]="" [TSpin.Tokenizers]="TSpin.Formats" [TSpin.ChatTemplates]="TSpin.Formats"
  [TSpin]="TSpin.ChatTemplates TSpin.Formats TSpin.Tokenizers TSpin.Torch"
)

rm -f "$packages"/TSpin.*.nupkg "$packages"/TSpin.*.snupkg
for project in "${names[@]}"; do
  dotnet pack "$root/src/$project" -c Release -v q -nologo -maxcpucount:1 -o "$packages"
done
version=$(basename "$packages"/TSpin.Torch.*.nupkg .nupkg)
version=${version#TSpin.Torch.}

for name in "${names[@]}"; do
  package=$packages/$name.$version.nupkg
  [[ -f $package ]] || fail "$package was not made"
  [[ -f ${package%.nupkg}.snupkg ]] || fail "${package%.nupkg}.snupkg was not made: symbols go beside the package"
  readme=$root/src/$name/README.md
  [[ -e $readme ]] || readme=$root/README.md
  python3 - "$package" "$name" "$readme" "${needs[$name]}" <<'PY' || fail "$package is not as it should be"
import re, sys, zipfile
path, name, readme, needs = sys.argv[1:]
with zipfile.ZipFile(path) as package:
    names = set(package.namelist())
    nuspec = package.read(name + ".nuspec").decode("utf-8-sig")
    shown = package.read("README.md") if "README.md" in names else b""
files = ("README.md", "LICENSE", "THIRD-PARTY-NOTICES.md", f"lib/net10.0/{name}.dll", f"lib/net10.0/{name}.xml")
faults = [f"lacks {file}" for file in files if file not in names]
texts = ('<license type="expression">MIT</license>', "<readme>README.md</readme>")
faults += [f"its .nuspec lacks {text}" for text in texts if text not in nuspec]
if shown != open(readme, "rb").read():
    faults.append(f"its README.md is not {readme}")
found = sorted(re.findall(r'<dependency id="(TSpin[^"]*)"', nuspec))
if found != needs.split():
    faults.append(f"depends on {', '.join(found) or 'none'} of ours, not on {needs or 'none'}")
for fault in faults:
    print(f"{path}: {fault}", file=sys.stderr)
sys.exit(bool(faults))
PY
done

cache=$(dotnet nuget locals global-packages --list)
cache=${cache#*: }

# A program in $work/NAME that refers to one package and nothing else.
build_against() { # NAME PACKAGE
  cat >"$work/$1/$1.csproj" <<XML
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
    <PackageReference Include="$2" Version="$version" />
  </ItemGroup>
</Project>
XML
  (cd "$work/$1" && dotnet build -c Release -v q -nologo -maxcpucount:1) || fail "$1 does not build against $2"
}

# The example of a README, given a model folder.
for name in "${names[@]}"; do
  readme=$root/src/$name/README.md
  [[ -e $readme ]] || continue
  example=Example.${name#TSpin.}
  mkdir -p "$work/$example"
  awk '/^```csharp$/ { on = 1; next } /^```$/ { on = 0 } on' "$readme" | awk '{ print } /^using TSpin/ { getline; print; print "var folder = args[0];" }' >"$work/$example/Program.cs"
  build_against "$example" "$name"
  [[ ! -e $work/$example/bin/Release/net10.0/TSpin.Torch.dll ]] || fail "$name brings torch along"
done
cp -r "$root/src/TSpin.Demo/demo-base" "$work/model"
printf '{{ messages[0].content }}' >"$work/model/chat_template.jinja"
for example in "$work"/Example.*; do
  dotnet "$example/bin/Release/net10.0/$(basename "$example").dll" "$work/model" || fail "$(basename "$example") fails on src/TSpin.Demo/demo-base"
done

mkdir -p "$work/SelfPlay" && cp "$root/samples/SelfPlay/Program.cs" "$work/SelfPlay/"
build_against SelfPlay TSpin

# Without arguments the sample says how it is used, and exits with 2.
status=0
usage=$(dotnet "$work/SelfPlay/bin/Release/net10.0/SelfPlay.dll" 2>&1) || status=$?
[[ $status == 2 && $usage == usage:* ]] || fail "the sample built against the packages ended with $status: $usage"
printf 'pack-check: %s, version %s, packed; samples/SelfPlay and the examples of their README files build and start on them\n' "${names[*]}" "$version"
