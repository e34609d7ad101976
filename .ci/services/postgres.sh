#!/usr/bin/env bash
# A PostgreSQL 15 for the integration tests: `postgres.sh start <folder>` prints its URL, `postgres.sh stop <folder>` ends it.
# `<folder>/ca.pem` is the certificate to trust. It listens on 127.0.0.1 only, on POSTGRES_PORT (21030) or the next free port, and keeps its data in <folder>.
set -euo pipefail

readonly bin=${POSTGRES_BIN:-/usr/lib/postgresql/15/bin}
readonly action=${1:?start or stop} folder=$(realpath -m "${2:?folder for its data}")
readonly data=$folder/data log=$folder/server.log

fail() {
  echo "postgres: $1" >&2
  exit 1
}

# The server refuses to run as root; the package brings the system user `postgres`.
as_owner() {
  if ((EUID == 0)); then
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@")
  else
    "$@"
  fi
}

install_if_missing() {
  [[ ! -x $bin/pg_ctl ]] || return 0
  ((EUID == 0)) || fail "expected PostgreSQL 15 in $bin; install postgresql-15 or set POSTGRES_BIN"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # postgresql-common first: told not to, the server's package makes no cluster of its own on port 5432.
  apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/no-main-cluster.conf
  apt-get install -y -qq --no-install-recommends postgresql-15 >/dev/null
  [[ -x $bin/pg_ctl ]] || fail "the package brought no $bin/pg_ctl"
}

free_port() {
  local port=${POSTGRES_PORT:-21030}
  local last=$((port + 50))
  while ((port < last)); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
    port=$((port + 1))
  done
  fail "no free port from ${POSTGRES_PORT:-21030} to $last"
}

create() {
  local password=$1 password_file=$folder/password
  mkdir -p "$data"
  (umask 077 && echo "$password" >"$password_file")
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$folder/key.pem" -out "$folder/ca.pem" 2>"$folder/openssl.log" || fail "no certificate: $(cat "$folder/openssl.log")"
  chmod 600 "$folder/key.pem"
  if ((EUID == 0)); then chown -R postgres:postgres "$folder"; fi
  as_owner "$bin/initdb" -D "$data" -U postgres --auth=scram-sha-256 --pwfile="$password_file" \
    --locale=C.UTF-8 -E UTF8 >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    fail 'initdb failed'
  }
  rm -f "$password_file"
  cat >>"$data/postgresql.conf" <<TEXT
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_prepared_transactions = 16
ssl = on
ssl_cert_file = '$folder/ca.pem'
ssl_key_file = '$folder/key.pem'
TEXT
}

start() {
  install_if_missing
  [[ ! -e $data ]] || fail "expected no data in $folder, it is somebody's"
  local password port
  password=$(head -c 18 /dev/urandom | base64 | tr -dc 'a-zA-Z0-9')
  create "$password"
  port=$(free_port)
  as_owner "$bin/pg_ctl" -D "$data" -l "$log" -w -t 60 -o "-p $port" start >/dev/null || {
    tail -n 20 "$log" >&2
    fail 'the server did not start'
  }
  echo "postgres://postgres:$password@127.0.0.1:$port/postgres"
}

# pg_ctl signals the process id that the server wrote into its own data folder, and no other.
stop() {
  [[ -f $data/postmaster.pid ]] || return 0
  as_owner "$bin/pg_ctl" -D "$data" -m immediate -w -t 60 stop >/dev/null
}

case $action in
  start) start ;;
  stop) stop ;;
  *) fail "expected start or stop, got $action" ;;
esac
