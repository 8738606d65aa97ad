#!/bin/sh
# Starts nginx, Webchat, PostgreSQL and Redis in containers:
#
#     sh deploy/docker.sh chat.example.org
#
# What is missing is made first, in deploy/docker/: random secrets, the settings, the configuration
# of nginx, and a certificate that signs itself until you put your own in its place. What is there
# stays as it is, but for the configuration of nginx. `--prepare` before the name makes it and stops.
#
# Run it again after every update. WEB_PROCESSES in deploy/.env says how many processes there are.
set -eu

prepare_only=
if [ "${1:-}" = --prepare ]; then
    prepare_only=yes
    shift
fi
if [ $# -ne 1 ]; then
    echo "Usage: sh deploy/docker.sh [--prepare] chat.example.org" >&2
    exit 2
fi
name=$1
case $name in
    "" | *[!A-Za-z0-9.-]*)
        echo "The name must be that of a host, such as chat.example.org, not '$name'." >&2
        exit 2
        ;;
esac
if ! command -v openssl >/dev/null; then
    echo "Secrets are made by openssl, which is not here (Debian: apt install openssl)." >&2
    exit 1
fi
cd "$(dirname "$0")"

# The folder is yours alone. The files in it must be readable by the accounts in the containers.
umask 022
mkdir -p docker
chmod 700 docker
mkdir -p docker/secrets docker/certificates docker/webroot

# keep FILE: what comes in becomes the file, unless there is one.
keep() {
    if [ -s "docker/$1" ]; then
        cat >/dev/null
    else
        cat >"docker/$1.new"
        mv "docker/$1.new" "docker/$1"
    fi
}

# In a variable first: what fails in a pipe is not noticed, and would leave an empty secret.
for secret in database_password metrics_token; do
    random=$(openssl rand -hex 24)
    printf '%s' "$random" | keep "secrets/$secret"
done
printf 'postgres://webchat:%s@postgres/webchat' "$(cat docker/secrets/database_password)" |
    keep secrets/database_url
printf '# docs/configuration.md explains every setting.\nORIGINS=https://%s\n' "$name" |
    keep webchat.env

if ! grep -q "^ORIGINS=.*https://$name\(,\|\$\)" docker/webchat.env; then
    echo "ORIGINS in deploy/docker/webchat.env does not name https://$name: put it there." >&2
    exit 1
fi

if [ ! -s docker/certificates/fullchain.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
        -subj "/CN=$name" -addext "subjectAltName=DNS:$name" \
        -keyout docker/certificates/privkey.pem -out docker/certificates/fullchain.pem 2>/dev/null
    chmod 644 docker/certificates/privkey.pem
    echo "Browsers will warn of the certificate: it signs itself. Put yours in its place:"
    echo "deploy/docker/certificates/fullchain.pem and privkey.pem, readable by the account 10001."
fi

# Its place is beside the compose file, where every command of compose finds it.
[ -e .env ] || echo 'WEB_PROCESSES=1' >.env

# The shipped configuration with its marked lines filled in. Containers get a new address with every
# update and there may be several of them, so nginx asks for their addresses again and again
# (`resolve`; it takes nginx 1.27.3, which is why deploy/nginx.conf itself does without).
sed -e 's|server 127.0.0.1:8001 max_fails=0;.*|zone webchat_servers 64k;\
    server web:8000 resolve max_fails=0;|' \
    -e '/server 127.0.0.1:8002 /d' \
    -e '/listen \[::\]/d' \
    -e 's|listen 80;|listen 8080;|' \
    -e 's|listen 443 |listen 8443 |' \
    -e 's|/etc/letsencrypt/live/chat.example.org/|/etc/nginx/certificates/|' \
    -e "s|chat\.example\.org|$name|g" \
    -e 's|/var/lib/webchat/|/srv/webchat/|' \
    nginx.conf >docker/nginx.conf

if [ -n "$prepare_only" ]; then
    exit
fi
docker compose --file compose.yaml up --detach --build --wait
# It runs on where only its file has changed: it takes the new one, and no page loses its socket.
# One that has only just been started must have written its number first.
docker compose --file compose.yaml exec -T nginx \
    sh -c 'until [ -s /run/nginx.pid ]; do sleep 1; done; nginx -t -q && nginx -s reload'
echo "Webchat is at https://$name"
docker compose --file compose.yaml exec -T web python manage.py setup_link 2>/dev/null || true
