#!/bin/bash
# Trains the demo model from nothing and writes it to where the daemon embeds it.
#
#   Tests/Reference/make_demo.sh [FOLDER]     FOLDER keeps the runs; .build/demo-runs by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
runs=${1:-../../.build/demo-runs}
python=${PYTHON:-python3}

$python -m animo.train --out "$runs/joint" --config demo --stage 1 --size 128 --minutes 7.5 --lr 2e-3 --lr-end 6e-4

train_domain() { # domain
    local train="$python -m animo.train --domains $1 --freeze-motion --threads 1 --compile --size 128"
    local warp="$train --out $runs/$1-warp --stage 1"
    local edit="$train --out $runs/$1-edit --stage 2 --edit-only --batch 4 --focus 12"
    $warp --start "$runs/joint/last.pt" --minutes 6.5 --lr 2e-3 --lr-end 5e-4
    $warp --minutes 14 --batch 4 --lr 1.2e-3 --lr-end 5e-5 --focus 12 --ema .995
    $edit --start "$runs/$1-warp/last.pt" --minutes 18 --true-flow 1 --lr 2e-3 --lr-end 1e-4 --carry-lr .08 --ema .996
    $edit --minutes 3.4 --true-flow .4 --lr 5e-4 --lr-end 3e-5 --carry-lr .3 --ema .99 --warp-from "$runs/$1-warp/last.pt"
}
train_domain anime &
anime=$!
train_domain vox
wait $anime

# Until here the heads move, rigid but for what the pictures alone could teach. Both domains go on as one model: first the
# flow learns expressions, then the editing network what no flow can show, at last at twice the size as well.
mkdir -p "$runs/rigid"
cp ../../Sources/CAnimoDemo/demo.c "$runs/rigid"
$python -m animo.export --anime "$runs/anime-warp" "$runs/anime-edit" --vox "$runs/vox-warp" "$runs/vox-edit" \
    --out "$runs/rigid"
further="$python -m animo.train --size 128 --batch 4 --focus 8 --near-weight 2.5 --threads 1 --compile"
edit="$further --stage 2 --lr 8e-4 --true-flow .3 --carry-lr .3 --still .3 --half"
$further --out "$runs/flow" --start "$runs/rigid/model/demo.safetensors" --stage 1 --steps 5000 --lr 1e-3 --lr-end 2e-4 \
    --ema .995 --expression-gain 3 --still .5
$edit --out "$runs/edit" --start "$runs/flow/last.pt" --steps 4000 --lr-end 5e-5
$edit --out "$runs/enlarged" --start "$runs/edit/last.pt" --steps 3300 --lr-end 4e-5 --edit-sizes 256 128

# Then everything at 256, whose flow has a grid of 64 x 64: both domains together until the motion network has settled, and
# each in a process of its own from there on, first the flow, then the editing network, then the estimator.
large="$python -m animo.train --size 256 --batch 4 --focus 8 --threads 1 --compile --half --muon --still .3"
flow="$large --stage 1 --near-weight 1.5 --expressed-weight 2"
$flow --out "$runs/large" --start "$runs/enlarged/last.pt" --steps 300 --lr 1e-3 --lr-end 1e-3
finish_domain() { # domain
    $flow --out "$runs/$1-flow" --start "$runs/large/last.pt" --domains "$1" --freeze-motion --steps 11450 --lr 1.2e-3 \
        --lr-end 6e-5
    $large --out "$runs/$1-final" --start "$runs/$1-flow/last.pt" --domains "$1" --freeze-motion --stage 2 --edit-only \
        --steps 1400 --lr 6e-4 --lr-end 3e-5 --true-flow .2 --carry-lr .3 --square-weight 2
    $python -m animo.train_estimator --out "$runs/estimators" --domain "$1" --steps 3700 --compile --half
}
finish_domain anime &
anime=$!
finish_domain vox
wait $anime

parts=(--anime "$runs/anime-final" --vox "$runs/vox-final" --native 256 --estimators "$runs/estimators")
$python -m animo.evaluate "${parts[@]}" --sheets "$runs/sheets" --results "$runs/table.md"
$python -m animo.export "${parts[@]}" --out ../../Sources/CAnimoDemo
