#!/usr/bin/env bash
# Makes what the studies need, in runs/worlds: data, tasks, and the worlds' base model (12 minutes on two quiet cores; a
# killed one continues). Then, in any order, on one machine or several (README.md):
#   ./tspin study studies/problems.yaml
#   ./tspin study studies/lists.yaml
#   ./tspin study studies/sums.yaml
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
dotnet build studies/TSpin.Worlds -c Release --nologo -v quiet
worlds=studies/TSpin.Worlds/bin/Release/net10.0/TSpin.Worlds.dll
dotnet "$worlds" documents --out runs/worlds/base
dotnet "$worlds" data --out runs/worlds/data
./tspin sft studies/base-textbook.yaml --model src/TSpin.Demo/demo-base --set output.directory=runs/worlds/base
./tspin sft studies/base-crawl.yaml --model runs/worlds/base/base-textbook/iteration-00/checkpoint --set output.directory=runs/worlds/base
