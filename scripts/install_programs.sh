#!/usr/bin/env bash
# Installs the Debian packages of programs that tests drive, where they are missing and root may do so:
#   install_programs.sh PURPOSE PROGRAM...
# Exits with 1 where a program is missing and cannot be installed.
set -euo pipefail
purpose=$1
shift
missing=()
for program in "$@"; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing+=("$program")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "$purpose need ${missing[*]}: install them (Debian: apt-get install ${missing[*]}) and run this again." >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if [[ " ${missing[*]} " == *" postfix "* ]]; then  # for the tests only: the machine's own mail stays as it is
  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
fi
install() { apt-get install --yes --quiet=2 --no-install-recommends --no-remove "${missing[@]}"; }
install || { apt-get update --quiet=2 && install; }
