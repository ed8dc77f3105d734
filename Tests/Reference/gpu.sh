#!/bin/bash
# Takes a model further on one GPU, in one run of at most nine minutes: the vox domain's flow and editing, both motion
# estimators, wider ones, and the judges.
#
#   Tests/Reference/gpu.sh FOLDER [MINUTES [MODEL]]     nine minutes, and the embedded model
#
# About every two minutes and at the end FOLDER gets what there is: demo.safetensors (averaged weights, float16), table.md
# and the judges; so a run that is cut off is worth having. The runs themselves lie in FOLDER/runs. Each run begins with a
# few steps of every phase; SMOKE=1 stops there. COMPILE= leaves out torch.compile, which takes the first two minutes
# where its cache is empty. Whole minutes only.
set -euo pipefail
folder=$(realpath -m "$1")
minutes=${2:-9}
cd "$(dirname "${BASH_SOURCE[0]}")"
start=$(realpath "${3:-../../Sources/CAnimoDemo/model/demo.safetensors}")
python=${PYTHON:-python3}
compile=${COMPILE---compile}
runs=$folder/runs
mkdir -p "$runs"
set -m # every phase is a group of processes, which ends with this one
trap 'for group in $(jobs -p); do kill -- "-$group" 2>/dev/null || true; done' EXIT

# Half of the pairs have eyes closed or half closed, half have open mouths. The flow at the eyes, whose lids are a cell and
# a half high, counts by itself: beside jaw and brows they would be lost in a mean. First the flow alone, which needs the
# most steps, then with it the editing network.
vox() { # FOLDER, then how long: the option's name, its value for the flow, and the one for both networks
    local train=($python -m animo.train --out "$1/vox" --domains vox --freeze-motion --size 256 --batch "${BATCH:-32}" --muon
        --closing .5 --still .2 --flow-weight 8 --near-weight 1.5 --expressed-weight 2 --eye-weight 3 --focus 12
        --save-every 500 $compile)
    "${train[@]}" --start "$start" --stage 1 --lr 2.5e-3 --lr-end 8e-4 "$2" "$3"
    "${train[@]}" --stage 2 --lr 8e-4 --lr-end 2e-5 --true-flow .3 --square-weight 2 --carry-lr .5 "$2" "$4"
}
estimator() { # FOLDER, domain, and how long
    $python -m animo.train_estimator --out "$1/estimators" --domain "$2" --width 24 --batch 128 --place-weight 4 \
        --save-every 1000 $compile "${@:3}"
}
judge() { # FOLDER, domain, and how long
    $python -m animo.judge --out "$1/judge" --domain "$2" --batch 128 --lr 2e-3 $compile "${@:3}"
}

# Puts together what the runs have saved, and measures it on a number of heads.
take() { # heads
    mkdir -p "$runs/export"
    cp ../../Sources/CAnimoDemo/demo.c "$runs/export"
    $python -m animo.export --anime "$start" --vox "$runs/vox" --native 256 --estimators "$start" "$runs/estimators" \
        --out "$runs/export"
    mv "$runs/export/model/demo.safetensors" "$folder/demo.safetensors"
    cp "$runs"/judge/judge-*.pt "$folder"
    $python -m animo.table --model "$folder/demo.safetensors" --judges "$runs/judge" --n "$1" --threads 6 >"$runs/table.md"
    { echo "## after $SECONDS s"; echo; cat "$runs/table.md"; } | tee -a "$folder/table.md"
}

smoke() { # not compiled: it is there to find errors soon
    local compile= phases=() phase domain
    vox "$runs/smoke" --steps 3 3 & phases+=($!)
    for domain in anime vox; do
        estimator "$runs/smoke" $domain --steps 3 & phases+=($!)
        judge "$runs/smoke" $domain --steps 3 & phases+=($!)
    done
    for phase in "${phases[@]}"; do wait "$phase"; done
    echo "a few steps of every phase: $SECONDS s"
}

smoke
[ -z "${SMOKE-}" ] || exit 0

begun=$SECONDS
left=$((minutes * 60 - begun - 65)) # the last export and table take the rest
part() { awk "BEGIN { print $left * $1 / 60 }"; }
lanes=()
vox "$runs" --minutes "$(part .48)" "$(part .5)" & lanes+=($!)
{ estimator "$runs" vox --minutes "$(part .28)"; estimator "$runs" anime --minutes "$(part .28)"; } & lanes+=($!)
{ judge "$runs" vox --minutes "$(part .2)"; judge "$runs" anime --minutes "$(part .12)"; } & lanes+=($!)
for ((at = 120; at < left - 60; at += 120)); do
    early=$((begun + at - SECONDS))
    sleep $((early > 0 ? early : 0))
    take 16 || echo "nothing to take after $SECONDS s"
done
failed=0
for lane in "${lanes[@]}"; do wait "$lane" || failed=1; done
take 48
exit $failed
