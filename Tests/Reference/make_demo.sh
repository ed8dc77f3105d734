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
    $python -m animo.train_estimator --out "$runs/estimators" --domain "$1" --minutes 20 --compile
}
train_domain anime &
anime=$!
train_domain vox
wait $anime

parts=(--anime "$runs/anime-warp" "$runs/anime-edit" --vox "$runs/vox-warp" "$runs/vox-edit" --estimators "$runs/estimators")
$python -m animo.evaluate "${parts[@]}" --sheets "$runs/sheets" --results "$runs/table.md"
$python -m animo.export "${parts[@]}" --out ../../Sources/CAnimoDemo
