#!/bin/sh
# Generates what is checked in of the messages:
#   Sources/CAnimoMessages       C, by protoc-c
#   Sources/AnimoWire/Messages   native Swift structs and their conversion, by generate.py
# Needs Debian's protobuf-compiler, protobuf-c-compiler and python3-protobuf.
#
#   Protos/generate.sh [ROOT]    ROOT: where Sources/ is; by default this package
set -eu
protos=$(cd "$(dirname "$0")" && pwd)
root=${1:-$protos/..}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$protos"
messages=$root/Sources/CAnimoMessages
native=$root/Sources/AnimoWire/Messages
mkdir -p "$messages/include" "$native"
rm -f "$messages"/*.pb-c.c "$messages"/include/*.pb-c.h "$native"/*.swift

protoc-c --c_out="$work" ./*.proto
mv "$work"/*.pb-c.c "$messages"
mv "$work"/*.pb-c.h "$messages/include"

protoc --include_source_info --descriptor_set_out="$work/descriptors" ./*.proto
/usr/bin/python3 generate.py "$work/descriptors" "$protos" "$native"
