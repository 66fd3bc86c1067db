#!/bin/sh
# Starts Kafka: formats its folder the first time, with the passwords of /run/secrets.
set -eu

libraries=${KAFKA_LIBS:-/opt/kafka/libs}
properties=${KAFKA_PROPERTIES:-/etc/qm/kafka.properties}
secrets=${SECRETS:-/run/secrets}
folder=$(sed -n 's/^log.dirs=//p' "$properties")

if [ ! -f "$folder/meta.properties" ]; then
    id=$(java -cp "$libraries/*" kafka.tools.StorageTool random-uuid | tail -n 1)
    set -- --standalone -t "$id" -c "$properties"
    for user in admin worker gateway; do
        set -- "$@" --add-scram "SCRAM-SHA-512=[name=$user,password=$(cat "$secrets/kafka_$user")]"
    done
    java -cp "$libraries/*" kafka.tools.StorageTool format "$@"
fi
# shellcheck disable=SC2086  # options are several words
exec java ${KAFKA_HEAP_OPTS:--Xmx1g} -cp "$libraries/*" kafka.Kafka "$properties"
