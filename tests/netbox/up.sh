#!/usr/bin/env bash
# Starts a real NetBox (the `netbox` package from PyPI) with its own PostgreSQL and Redis on loopback, fills it with
# made-up data, serves it a second time behind nginx (TLS, sub-path, gzip), twice more with other limits of the page size and once
# with choices of its own, and prints the variables a client needs.
# Safe to run again: it goes on from where it stands. `down.sh` stops what this started; the data stays.
#
#   NETBOX_LAB    folder for everything it makes (default /tmp/netbox-lab); the users postgres and www-data must reach it
#   NETBOX_PORT   first of the nine ports it takes (default 8900)
#
# Needs Debian or a relative, root (for apt-get) and a Python >= 3.12 with venv: in PATH or of pyenv.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
LAB=$(readlink -m "${NETBOX_LAB:-/tmp/netbox-lab}")
PORT=${NETBOX_PORT:-8900}; PGPORT=$((PORT + 1)); REDISPORT=$((PORT + 2)); SUBPORT=$((PORT + 3)); NGINXPORT=$((PORT + 4))
SMALLPORT=$((PORT + 5)); UNLIMITEDPORT=$((PORT + 6)); ETAGPORT=$((PORT + 7))
CHOICESPORT=$((PORT + 8))
VERSION=4.7.3
V1_TOKEN=0123456789abcdef0123456789abcdef01234567
V2_KEY=LabKey123456; V2_SECRET=LabSecret0123456789LabSecret0123456789LS
export DEBIAN_FRONTEND=noninteractive PYTHONWARNINGS=ignore NETBOX_ROOT=$LAB/root DJANGO_SETTINGS_MODULE=netbox.settings

say() { echo "netbox-lab: $*" >&2; }
fail() { say "$1"; [[ ! -s ${2:-} ]] || tail -n 40 "$2" >&2; exit 1; }

# A pid file may outlive its process; the working folder tells ours from a stranger that got the number.
running() {
  local pid cwd
  pid=$(head -n 1 "$LAB/$1" 2>/dev/null) && cwd=$(readlink "/proc/$pid/cwd" 2>/dev/null) && [[ $cwd == "$LAB" || $cwd == "$LAB"/* ]]
}

# daemon NAME COMMAND…: runs it in a session of its own, with NAME.pid and NAME.log.
daemon() {
  local name=$1; shift
  if running "$name.pid"; then return; fi
  say "starting $name"
  setsid "$@" >"$LAB/$name.log" 2>&1 &
  echo $! > "$LAB/$name.pid"
}

# answers NAME URL [curl options]: waits until NetBox answers there.
answers() {
  local name=$1 url=$2 deadline=$((SECONDS + 180)); shift 2
  while ((SECONDS < deadline)); do
    if curl -sf -m 10 --noproxy '*' -o /dev/null -H "Authorization: Token $V1_TOKEN" "$@" "$url/api/status/"; then return; fi
    running "$name.pid" || fail "$name has ended; the last lines of its log:" "$LAB/$name.log"
    sleep 0.5
  done
  fail "$url does not answer; the last lines of the log of $name:" "$LAB/$name.log"
}

install_packages() {
  local missing=()
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
  [[ -e /usr/include/postgresql/libpq-fe.h ]] || missing+=(libpq-dev)   # psycopg is compiled
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v nginx >/dev/null || missing+=(nginx)
  command -v openssl >/dev/null || missing+=(openssl)
  command -v curl >/dev/null || missing+=(curl)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  say "installing ${missing[*]}"
  # In a session of its own: an installation cut short would spoil every later one.
  setsid --wait apt-get update -qq
  setsid --wait apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null
  if [[ " ${missing[*]} " == *" nginx "* ]]; then   # only the lab's own nginx is wanted
    systemctl disable --now nginx >/dev/null 2>&1 || service nginx stop >/dev/null 2>&1 || true
  fi
}

install_netbox() {
  [[ ! -x $LAB/venv/bin/netbox ]] || return 0
  local python='' p
  for p in python3.12 python3.13 python3.14 python3 {"${PYENV_ROOT:-}","${HOME:-}/.pyenv",~root/.pyenv}/versions/3.1[2-9].*/bin/python3; do
    if "$p" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then python=$p; break; fi
  done
  [[ -n $python ]] || fail "no Python >= 3.12 found"
  say "installing NetBox $VERSION with $python"
  "$python" -m venv --clear "$LAB/venv"
  # The plugins' versions are those of the dump.
  "$LAB/venv/bin/pip" install -q "netbox[branching,custom-objects]==$VERSION" \
    netboxlabs-netbox-branching==1.2.2 netboxlabs-netbox-custom-objects==0.7.1
}

start_stores() {
  PGBIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)
  if [[ ! -e $LAB/pg/PG_VERSION ]]; then
    mkdir -p "$LAB/pg"; chown postgres "$LAB/pg"
    runuser -u postgres -- test -w "$LAB/pg" || fail "the user postgres cannot reach $LAB; set NETBOX_LAB to another folder"
    runuser -u postgres -- "$PGBIN/initdb" -D "$LAB/pg" -A trust -E UTF8 --locale=C >/dev/null
    printf '%s = off\n' fsync synchronous_commit full_page_writes >> "$LAB/pg/postgresql.conf"
  fi
  if ! running pg/postmaster.pid; then
    say "starting PostgreSQL"
    runuser -u postgres -- "$PGBIN/pg_ctl" -D "$LAB/pg" -w -l "$LAB/pg/log" \
      -o "-p $PGPORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >/dev/null ||
      fail "PostgreSQL did not start; the last lines of its log:" "$LAB/pg/log"
  fi
  daemon redis redis-server --bind 127.0.0.1 --port "$REDISPORT" --save "" --appendonly no --dir "$LAB"
}

configure() {
  mkdir -p "$LAB/root/conf"
  cat > "$LAB/root/conf/configuration.py" <<CONF
import os
from netbox_branching.utilities import DynamicSchemaDict
ALLOWED_HOSTS = ["*"]
BASE_PATH = os.environ.get("LAB_BASE_PATH", "")
DATABASES = DynamicSchemaDict({"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "netbox", "USER": "postgres",
    "HOST": "127.0.0.1", "PORT": "$PGPORT", "CONN_MAX_AGE": 300}})
DATABASE_ROUTERS = ["netbox_branching.database.BranchAwareRouter"]
REDIS = {k: {"HOST": "127.0.0.1", "PORT": $REDISPORT, "DATABASE": n, "SSL": False} for k, n in (("tasks", 0), ("caching", 1))}
SECRET_KEY = "lab-only-lab-only-lab-only-lab-only-lab-only-lab-only-lab"
API_TOKEN_PEPPERS = {1: "lab-only-lab-only-lab-only-lab-only-lab-only-lab-only-lab"}
MAX_PAGE_SIZE = int(os.environ.get("LAB_MAX_PAGE_SIZE", "1000"))
if os.environ.get("LAB_FIELD_CHOICES"):   # every choice of an object is extended, but for one that is replaced
    FIELD_CHOICES = {f"{field}+": [["lab", "Of the lab", "red"]] for field in """
        circuits.Circuit.status circuits.CircuitGroupAssignment.priority dcim.Site.status dcim.Rack.status dcim.Rack.airflow
        dcim.RackReservation.status dcim.Device.status dcim.Device.airflow dcim.Module.status dcim.Module.airflow dcim.PowerFeed.status
        dcim.PowerOutlet.status dcim.CoolingSource.type dcim.CoolingSource.status dcim.CoolingFeed.status
        dcim.VirtualDeviceContext.status dcim.InventoryItem.status extras.JournalEntry.kind ipam.Prefix.status ipam.IPRange.status
        ipam.IPAddress.status ipam.VLAN.status virtualization.Cluster.status virtualization.VirtualMachine.status
        virtualization.VirtualMachine.start_on_boot vpn.Tunnel.status vpn.L2VPN.status wireless.WirelessLAN.status
    """.split()}
    FIELD_CHOICES["dcim.Location.status"] = [["open", "Open", "green"], ["shut", "Shut for good", "red"]]
CENSUS_REPORTING_ENABLED = False
ISOLATED_DEPLOYMENT = True
PLUGINS = ["netbox_custom_objects", "netbox_branching"]   # branching must come last
CONF
}

# A migrated, empty database beside this file saves the eight minutes that the migrations take.
make_database() {
  [[ ! -e $LAB/migrated-$VERSION ]] || return 0
  local at=(-h 127.0.0.1 -p "$PGPORT" -U postgres)
  "$PGBIN/dropdb" "${at[@]}" --if-exists --force netbox
  "$PGBIN/createdb" "${at[@]}" netbox
  say "restoring a migrated database"
  "$PGBIN/pg_restore" "${at[@]}" -d netbox --no-owner "$HERE/netbox-$VERSION.dump"
  "$LAB/venv/bin/netbox" migrate -v 0
  "$LAB/venv/bin/netbox" nbshell -c "
from users.models import User, Token
u, _ = User.objects.get_or_create(username='admin', defaults=dict(is_superuser=True, is_active=True, email='admin@example.com'))
u.set_password('admin'); u.save()
Token.objects.filter(user=u).delete()
Token(user=u, version=1, token='$V1_TOKEN', write_enabled=True).save()
Token(user=u, version=2, key='$V2_KEY', token='$V2_SECRET', write_enabled=True).save()
" >/dev/null
  "$LAB/venv/bin/netbox" collectstatic --no-input -v 0   # rack elevations as SVG read their style sheet from there
  touch "$LAB/migrated-$VERSION"
}

# Writes leave jobs by the thousands, which make NetBox slow. Those that wait this long were lost with Redis.
delete_old_jobs() {
  "$PGBIN/psql" -h 127.0.0.1 -p "$PGPORT" -U postgres -d netbox -q \
    -c "DELETE FROM core_job WHERE status <> 'scheduled' AND created < now() - interval '10 minutes'"
}

start_netbox() {
  local web=("$LAB/venv/bin/gunicorn" netbox.wsgi --timeout 120)
  daemon web "${web[@]}" --bind "127.0.0.1:$PORT" --workers 2 --threads 3
  daemon sub env LAB_BASE_PATH=netbox/ "${web[@]}" --bind "127.0.0.1:$SUBPORT" --workers 1 --threads 2
  daemon small env LAB_MAX_PAGE_SIZE=10 "${web[@]}" --bind "127.0.0.1:$SMALLPORT" --workers 1 --threads 2
  daemon unlimited env LAB_MAX_PAGE_SIZE=0 "${web[@]}" --bind "127.0.0.1:$UNLIMITEDPORT" --workers 1 --threads 2
  daemon choices env LAB_FIELD_CHOICES=1 "${web[@]}" --bind "127.0.0.1:$CHOICESPORT" --workers 1 --threads 2
  daemon worker "$LAB/venv/bin/netbox" rqworker high default low
}

seed() {
  [[ ! -e $LAB/seeded-$VERSION ]] || return 0
  say "filling NetBox with made-up data"
  (cd "$HERE" && "$LAB/venv/bin/netbox" nbshell -c "exec(open('seed.py').read())")
  touch "$LAB/seeded-$VERSION"
}

# A private CA and a server certificate; both anew when one has less than a week left.
make_certificates() {
  mkdir -p "$LAB/tls"
  if openssl x509 -in "$LAB/tls/ca.pem" -noout -checkend 604800 >/dev/null 2>&1 &&
    openssl x509 -in "$LAB/tls/server.pem" -noout -checkend 604800 >/dev/null 2>&1; then return; fi
  cat > "$LAB/tls/openssl.cnf" <<'CONF'
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONF
  (
    cd "$LAB/tls"
    new=(openssl req -config openssl.cnf -x509 -sha256 -days 365 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc)
    "${new[@]}" -extensions ca -subj "/CN=netbox-lab CA" -keyout ca.key -out ca.pem
    "${new[@]}" -extensions server -subj "/CN=localhost" -CA ca.pem -CAkey ca.key -keyout server.key -out server.pem
  ) 2>"$LAB/tls/log" || fail "openssl made no certificates:" "$LAB/tls/log"
}

start_nginx() {
  mkdir -p "$LAB/nginx"
  cat > "$LAB/nginx.conf" <<CONF
user www-data;
pid $LAB/nginx/master.pid;
daemon off;
worker_processes 1;
events {}
http {
  access_log $LAB/nginx/access.log;
  client_body_temp_path $LAB/nginx/body;
  proxy_temp_path $LAB/nginx/proxy;
  fastcgi_temp_path $LAB/nginx/fastcgi;
  uwsgi_temp_path $LAB/nginx/uwsgi;
  scgi_temp_path $LAB/nginx/scgi;
  # With a cache, which nothing may enter, nginx compares ETags and answers 304 itself: NetBox never does.
  proxy_cache_path $LAB/nginx/cache keys_zone=etags:1m;
  server {
    listen 127.0.0.1:$ETAGPORT;
    location / {
      proxy_pass http://127.0.0.1:$PORT;
      proxy_set_header Host \$http_host;
      proxy_cache etags;
    }
  }
  server {
    listen 127.0.0.1:$NGINXPORT ssl;
    server_name localhost;
    ssl_certificate $LAB/tls/server.pem;
    ssl_certificate_key $LAB/tls/server.key;
    client_max_body_size 300m;
    gzip on;
    gzip_types application/json;
    location /netbox/ {
      proxy_pass http://127.0.0.1:$SUBPORT;
      proxy_read_timeout 300s;
      proxy_set_header Host \$http_host;
      proxy_set_header X-Forwarded-Host \$http_host;
      proxy_set_header X-Forwarded-Proto https;
    }
  }
}
CONF
  if running nginx.pid; then kill -HUP "$(cat "$LAB/nginx/master.pid")"; fi   # it may run with another configuration
  daemon nginx nginx -e stderr -c "$LAB/nginx.conf"
}

up() {
  mkdir -p "$LAB"; chmod 755 "$LAB"; cd "$LAB"
  install_packages
  install_netbox
  start_stores
  configure
  make_database
  delete_old_jobs
  start_netbox
  seed
  make_certificates
  start_nginx
  answers web "http://127.0.0.1:$PORT"
  answers sub "http://127.0.0.1:$SUBPORT/netbox"
  answers small "http://127.0.0.1:$SMALLPORT"
  answers unlimited "http://127.0.0.1:$UNLIMITEDPORT"
  answers choices "http://127.0.0.1:$CHOICESPORT"
  answers nginx "http://127.0.0.1:$ETAGPORT"
  answers nginx "https://localhost:$NGINXPORT/netbox" --cacert "$LAB/tls/ca.pem"
}
up >&2 </dev/null

cat <<VARS
export NETBOX_URL=http://127.0.0.1:$PORT
export NETBOX_TOKEN=nbt_$V2_KEY.$V2_SECRET
export NETBOX_TOKEN_V1=$V1_TOKEN
export NETBOX_USERNAME=admin
export NETBOX_PASSWORD=admin
export NETBOX_NGINX_URL=https://localhost:$NGINXPORT/netbox
export NETBOX_NGINX_CA=$LAB/tls/ca.pem
export NETBOX_ETAG_URL=http://127.0.0.1:$ETAGPORT
export NETBOX_SMALL_PAGES_URL=http://127.0.0.1:$SMALLPORT
export NETBOX_UNLIMITED_PAGES_URL=http://127.0.0.1:$UNLIMITEDPORT
export NETBOX_FIELD_CHOICES_URL=http://127.0.0.1:$CHOICESPORT
VARS
