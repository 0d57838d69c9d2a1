#!/usr/bin/env bash
# Stops all that up.sh started in the same NETBOX_LAB and waits until it is gone; the data stays.
set -euo pipefail
LAB=$(readlink -m "${NETBOX_LAB:-/tmp/netbox-lab}")

# As in up.sh: a pid file may outlive its process.
running() {
  local cwd
  cwd=$(readlink "/proc/$1/cwd" 2>/dev/null) && [[ $cwd == "$LAB" || $cwd == "$LAB"/* ]]
}

# stop PIDFILE SIGNAL: asks, waits up to 30 seconds, then ends its whole process group.
stop() {
  local pid
  pid=$(head -n 1 "$LAB/$1" 2>/dev/null) || return 0
  if running "$pid"; then
    kill -s "$2" "$pid" 2>/dev/null || return 0
    for _ in $(seq 150); do
      running "$pid" || return 0
      sleep 0.2
    done
    echo "netbox-lab: $1 did not end by itself" >&2
    kill -s KILL -- "-$pid" 2>/dev/null || true
  fi
}

stop nginx.pid QUIT
stop sub.pid TERM
stop web.pid TERM
stop small.pid TERM
stop unlimited.pid TERM
stop choices.pid TERM
stop worker.pid TERM
stop redis.pid TERM
stop pg/postmaster.pid INT   # PostgreSQL's fast shutdown
rm -f "$LAB"/*.pid
