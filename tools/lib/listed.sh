# SPDX-License-Identifier: MIT
# The programs that a list of packages brings, and no others: a recipe that finds only these fails on
# every machine when its list lacks one, and not only where nobody happens to have it.
# Sourced, never run.
# shellcheck shell=sh

# needed_packages NAME...: prints these packages, those that every Debian has (essential ones and
# apt), and all that they depend on, of what is installed; one a line.
needed_packages() {
    # The fields are dpkg's, not the shell's.
    # shellcheck disable=SC2016
    dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Essential}\t${Provides}\t${Pre-Depends},${Depends}\n' |
        awk -F '\t' -v queued="apt $*" '
            function names(text, found) {
                gsub(/\([^)]*\)|\[[^]]*\]|:[a-z0-9]+| /, "", text)
                return split(text, found, /[,|]/)
            }
            $1 == "installed" {
                installed[$2] = 1
                follows[$2] = follows[$2] "," $5
                count = names($4, provided)
                for (i = 1; i <= count; i++) follows[provided[i]] = follows[provided[i]] "," $2
                if ($3 == "yes") queued = queued " " $2
            }
            END {
                left = split(queued, queue, " ")
                while (left > 0) {
                    name = queue[left--]
                    if (name == "" || name in seen) continue
                    seen[name] = 1
                    if (name in installed) print name
                    count = names(follows[name], found)
                    for (i = 1; i <= count; i++) queue[++left] = found[i]
                }
            }'
}

# listed_programs NAME...: prints the paths of the programs of needed_packages NAME...
listed_programs() {
    listed=$(mktemp -d)
    # shellcheck disable=SC2046  # a list of words
    dpkg-query -L $(needed_packages "$@") 2>/dev/null |
        sed -n 's|^\(/usr\)\{0,1\}/s\{0,1\}bin/||p' | sort -u >"$listed/names"
    # What several packages have under one name leads to one of them.
    find /usr/sbin /usr/bin -lname '/etc/alternatives/*' >"$listed/links"
    xargs -r readlink -m <"$listed/links" | paste - "$listed/links" | sed 's|[^\t]*/||g' | sort |
        join -t "$(printf '\t')" - "$listed/names" | cut -f 2 | sort -u - "$listed/names" >"$listed/all"
    find /usr/sbin /usr/bin -mindepth 1 -maxdepth 1 -printf '%f\t%p\n' | sort |
        join -t "$(printf '\t')" - "$listed/all" | cut -f 2
    rm -r "$listed"
}

# link_programs FOLDER NAME...: makes FOLDER, with a link to each program of listed_programs NAME...
link_programs() {
    mkdir "$1"
    (
        cd "$1"
        shift
        listed_programs "$@" | xargs ln -sf -t .
    )
}
