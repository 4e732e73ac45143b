#!/usr/bin/env bash
# Puts a backup back: restore.sh FOLDER. All nodes must be stopped.
#
#   WEFT_STORE_URL   mysql://NAME:PASSWORD@HOST:PORT/DATABASE; the database must exist and be empty
#   ARTEMIS_DATA     where a stopped broker is to find its journal; must not exist or be empty
#
# Clients that saw more than the backup holds are told so: the store gets a new epoch, and what they resume is not called exact.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/store.sh"

folder=${1:?"usage: restore.sh FOLDER"}
store_login "${WEFT_STORE_URL:?"is not set: mysql://NAME:PASSWORD@HOST:PORT/DATABASE"}"
(cd "$folder" && sha256sum --quiet --check SHA256SUMS) || fail "$folder is not what was saved"

client=$(first_of mariadb mysql)
ask() { "$client" --defaults-extra-file="$login" --default-character-set=utf8mb4 --batch --skip-column-names "$database" "$@"; }

tables=$(ask -e "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()")
[ "$tables" = 0 ] || fail "the database $database has $tables tables: a restore never overwrites anything. Make an empty one"
if [ -n "${ARTEMIS_DATA:-}" ] && [ -n "$(ls -A "$ARTEMIS_DATA" 2>/dev/null)" ]; then
    fail "$ARTEMIS_DATA is not empty: a restore never overwrites anything"
fi

echo "restoring the store"
gunzip -c "$folder/store.sql.gz" | ask
# Eight bytes: milliseconds since 1970, as a node writes it at its first start.
ask -e "UPDATE meta SET value = UNHEX(LPAD(HEX(ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000)), 16, '0')) WHERE name = 'epoch'"

if [ -n "${ARTEMIS_DATA:-}" ] && [ -e "$folder/broker.tar.gz" ]; then
    echo "restoring the broker's journal"
    mkdir -p "$ARTEMIS_DATA"
    tar -C "$ARTEMIS_DATA" -xzf "$folder/broker.tar.gz"
fi

echo "restored. Delete the search index of the old state (DELETE /weft-entries-*): the nodes index the log again. Then start them."
