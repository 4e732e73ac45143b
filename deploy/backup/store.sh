# Read by backup.sh and restore.sh: how they reach the store.

fail() {
    echo "error: $*" >&2
    exit 1
}

# The first of these programs that is there.
first_of() {
    for program in "$@"; do
        if command -v "$program" > /dev/null; then
            echo "$program"
            return
        fi
    done
    fail "none of $* is installed (Debian: mariadb-client)"
}

# Sets `database` and writes `login`, an option file: a password on a command line is seen by everybody on the machine.
store_login() {
    [[ $1 =~ ^mysql://([^:@/]+):([^@]*)@([^:/]+)(:([0-9]+))?/([^?/]+) ]] || fail "WEFT_STORE_URL is not mysql://NAME:PASSWORD@HOST:PORT/DATABASE"
    database=${BASH_REMATCH[6]}
    login=$(mktemp)
    trap 'rm -f "$login"' EXIT
    local password
    # What stands as %XX in a URL is one byte here.
    printf -v password '%b' "${BASH_REMATCH[2]//%/\\x}"
    {
        echo "[client]"
        echo "user=${BASH_REMATCH[1]}"
        echo "password=\"${password//\"/\\\"}\""
        echo "host=${BASH_REMATCH[3]}"
        echo "port=${BASH_REMATCH[5]:-3306}"
        echo "protocol=tcp"
    } > "$login"
}
