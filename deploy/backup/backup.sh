#!/usr/bin/env bash
# Saves a weft installation into a new folder: backup.sh FOLDER
#
#   WEFT_STORE_URL   mysql://NAME:PASSWORD@HOST:PORT/DATABASE, as the nodes have it
#   ARTEMIS_DATA     the broker's data directory, to save its journal too; only of a broker that is stopped
#
# The store is everything: conversations, people, plugins, uploads. It is saved in one transaction, nodes stay up. What the broker
# holds is made again by the nodes' sweeps; its journal is worth saving only to look into dead letters later.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/store.sh"

folder=${1:?"usage: backup.sh FOLDER"}
[ ! -e "$folder" ] || fail "$folder exists: a backup never overwrites another"
store_login "${WEFT_STORE_URL:?"is not set: mysql://NAME:PASSWORD@HOST:PORT/DATABASE"}"

unfinished="$folder.unfinished"
rm -rf "$unfinished"
mkdir -p "$unfinished"

dump=$(first_of mariadb-dump mysqldump)
echo "saving the store"
"$dump" --defaults-extra-file="$login" --single-transaction --quick --hex-blob --no-tablespaces --skip-lock-tables \
    --default-character-set=utf8mb4 "$database" | gzip > "$unfinished/store.sql.gz"

if [ -n "${ARTEMIS_DATA:-}" ]; then
    [ -d "$ARTEMIS_DATA/journal" ] || fail "$ARTEMIS_DATA is no broker's data directory: it has no journal"
    # A broker that runs holds a lock on one of these.
    for lock in "$ARTEMIS_DATA"/journal/server*lock*; do
        if [ -e "$lock" ] && grep -q ":$(stat -c %i "$lock") " /proc/locks; then
            fail "a broker runs on $ARTEMIS_DATA: its journal can be saved only while it is stopped"
        fi
    done
    echo "saving the broker's journal"
    tar -C "$ARTEMIS_DATA" -czf "$unfinished/broker.tar.gz" .
fi

(cd "$unfinished" && sha256sum -- *.gz > SHA256SUMS)
# A folder of this name is a whole backup.
mv "$unfinished" "$folder"
echo "saved into $folder"
