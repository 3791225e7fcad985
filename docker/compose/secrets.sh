#!/bin/sh
# Certificates for the names given, and a token for the administration, each where its server reads it, owned by its
# user. What is there stays.
set -eu
umask 077

made=/gate/ca
portcullis certs make --dir $made --san "$(echo "$@" aggregator-1 aggregator-2 | tr ' ' ',')"
[ -e $made/token ] || head -c 32 /dev/urandom | base64 >$made/token

# give USER MODE FOLDER FILE...
give() {
    user=$1 mode=$2 folder=$3
    shift 3
    for file in "$@"; do install -o "$user" -g "$user" -m "$mode" "$made/$file" "$folder/$file"; done
}

give 10001 0444 /gate ca-cert.pem server-cert.pem client-cert.pem
give 10001 0400 /gate server-key.pem client-key.pem token
give 999 0444 /aggregator ca-cert.pem aggregator-cert.pem # mysql of the image mariadb
give 999 0400 /aggregator aggregator-key.pem
give 65534 0444 /prometheus ca-cert.pem # nobody of the image prom/prometheus
give 65534 0400 /prometheus token
chmod 755 /gate /aggregator /prometheus
