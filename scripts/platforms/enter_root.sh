# Usage: enter_root.sh ROOT FOLDER [SOURCE INSIDE rw|ro]... -- COMMAND...
# Mount what the command needs and run it in ROOT, in FOLDER of it. Called in a mount namespace of its own: the mounts end with it.
set -eu
root=$1 folder=$2
shift 2
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
  mkdir -p "$root$2" 2>/dev/null || true # in a read-only mount it exists
  mount --bind "$1" "$root$2"
  [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
  shift 3
done
shift
# Not by exec: this shell stays process 1 of the namespace and reaps what loses its parent.
chroot "$root" /bin/sh -c 'cd "$1"; shift; exec "$@"' sh "$folder" "$@" < /dev/null
