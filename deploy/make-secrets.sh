#!/bin/sh
# Make the files that docker-compose.yml mounts as secrets: deploy/make-secrets.sh HOST-NAME [EDGERC] [FOLDER]
#   HOST-NAME  the name under which clients reach the service, for the certificate
#   EDGERC     the credentials to copy; default: ~/.edgerc
#   FOLDER     where the files go; default: the folder `secrets` beside this script
# A file that exists is kept, so the script can be run again after one was removed. Needs openssl; run it as root, or it prints the
# command that gives each file to the user of its container.
set -eu
umask 077

host=${1:?"usage: deploy/make-secrets.sh HOST-NAME [EDGERC] [FOLDER]"}
edgerc=${2:-$HOME/.edgerc}
folder=${3:-$(dirname "$0")/secrets}

case $host in
  *[!A-Za-z0-9.-]*) echo "make-secrets: $host is not a host name." >&2; exit 1 ;;
esac
command -v openssl >/dev/null || { echo "make-secrets: openssl is not installed." >&2; exit 1; }
[ -r "$edgerc" ] || [ -e "$folder/edgerc" ] || { echo "make-secrets: $edgerc cannot be read. Name another file as the second argument." >&2; exit 1; }
mkdir -p "$folder"

random() { openssl rand -base64 32 | tr '+/' '-_' | tr -d '=\n'; }
new() { [ ! -e "$folder/$1" ] && echo "  $1: $2"; }
owners=

# give FILE USER: the user of the container that reads the file.
give() {
  chmod 400 "$folder/$1"
  if [ "$(id -u)" = 0 ]; then
    chown "$2" "$folder/$1"
  elif [ "$(id -u)" != "$2" ]; then
    owners="$owners
  sudo chown $2 $folder/$1"
  fi
}

echo "Secrets in $folder:"
if new edgerc "a copy of $edgerc"; then
  cp "$edgerc" "$folder/edgerc"
fi
if new tokens "one caller, \`admin\`; add others with \`akamai-mcp token NAME ROLE\`"; then
  token="amcp_$(random)"
  printf 'admin:%s:admin\n' "$(printf %s "$token" | openssl dgst -sha256 -r | cut -d ' ' -f 1)" > "$folder/tokens"
fi
if new redis.conf "Redis with a password of its own"; then
  password=$(random)
  printf 'requirepass %s\nsave ""\nmaxmemory 256mb\nmaxmemory-policy noeviction\n' "$password" > "$folder/redis.conf"
  rm -f "$folder/redis_url"
fi
if new redis_url "the address of Redis with this password"; then
  printf 'redis://:%s@redis:6379/0\n' "$(sed -n 's/^requirepass //p' "$folder/redis.conf")" > "$folder/redis_url"
fi
if new shared_key "the key that the servers share"; then
  random > "$folder/shared_key"
fi
if [ ! -e "$folder/tls.crt" ] || [ ! -e "$folder/tls.key" ]; then
  echo "  tls.crt, tls.key: a certificate for $host, signed by itself. Replace both with those of your certificate authority"
  openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
    -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>/dev/null
fi

for name in edgerc tokens redis_url shared_key; do give "$name" 10001; done
give redis.conf 999
give tls.crt 101
give tls.key 101
if [ -n "$owners" ]; then
  echo "Each container reads as a user of its own. Run:$owners"
fi
if [ -n "${token:-}" ]; then
  echo "The token of \`admin\`, which is stored nowhere: $token"
fi
echo "Next: AKAMAI_MCP_HOST_NAME=$host docker compose up --detach --build"
