#!/bin/sh
# Runs a command with another root, in namespaces of its own: on_root.sh ROOT COMMAND ARGUMENT...
set -eu
mount -t proc proc "$1/proc"
exec chroot "$@"
